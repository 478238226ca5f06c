"""The section on confidence: calibration, confident errors, near misses and wrong labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from interference.classes import pair
from interference.reporting.report import pictures
from interference.reporting.report.section import Section, TextTable
from interference.study import confidence_sentences as sentences
from interference.study.confidence import NEAR, Confidence
from interference.study.study import Study
from interference.vocabulary import Array

RUNS = 6  # the most runs that are shown
CHARTS = 12  # the most reliability curves of a run
ROWS = 20  # the most rows of a table
NAMES = 20  # the largest number of images in the list that stands in place of pictures
SIDE = 100  # the edge of a chart, in its own unit
LEAST_DOT = 1.2  # the radius of a dot, in the same unit
LARGEST_DOT = 4.0
THRESHOLDS = np.arange(1, 10) / 10


@dataclass(frozen=True)
class Dot:
    """A bin of a reliability curve, in the unit of its chart.

    Attributes:
        x: The mean confidence.
        y: The accuracy, downwards from the upper edge.
        low: The low end of the accuracy's interval, likewise downwards.
        high: The high end.
        radius: The radius of the dot; its area grows with the images.
        text: The numbers, for the tip of the mouse.
    """

    x: float
    y: float
    low: float
    high: float
    radius: float
    text: str


@dataclass(frozen=True)
class Chart:
    """A reliability curve.

    Attributes:
        name: The class that is predicted, or `all images`.
        caption: How far its confidence is from its accuracy.
        dots: The bins with images.
        line: Their positions as SVG writes them.
    """

    name: str
    caption: str
    dots: Sequence[Dot]
    line: str


@dataclass(frozen=True)
class Tile:
    """An image of a list.

    Attributes:
        uri: The picture as a data URI; empty if there is none.
        name: Its file or its number; empty if neither is known.
        text: Its classes and its confidence.
    """

    uri: str
    name: str
    text: str


@dataclass(frozen=True)
class ImageList:
    """A list of images.

    Attributes:
        heading: The heading.
        meaning: A sentence on which images these are, without its full stop.
        images: The number of all of them.
        tiles: The first of them.
        has_pictures: Whether the images are shown.
    """

    heading: str
    meaning: str
    images: int
    tiles: Sequence[Tile]
    has_pictures: bool


@dataclass(frozen=True)
class RunFacts:
    """The facts of a run.

    Attributes:
        name: The name of the run.
        headline: The sentence that says whether it is too confident.
        threshold: The sentence on the best threshold of two classes; empty for more classes.
        charts: The reliability curves.
        left_out: The number of classes without a curve.
        lists: The lists of images.
        tables: The tables, with what their summaries say.
    """

    name: str
    headline: str
    threshold: str
    charts: Sequence[Chart]
    left_out: int
    lists: Sequence[ImageList]
    tables: Sequence[TextTable]


@dataclass(frozen=True)
class Context:
    """The facts of the section's template.

    Attributes:
        runs: The runs.
        left_out: The number of runs that are not shown.
        side: The edge of a chart.
        has_candidates: Whether candidates for wrong labels are known of a run.
    """

    runs: Sequence[RunFacts]
    left_out: int
    side: int
    has_candidates: bool


def section(study: Study) -> Section | None:
    """The confidences of the runs.

    Args:
        study: The study.

    Returns:
        The section, or None if no confidence is known.
    """
    if not study.confidences:
        return None
    shown = study.confidences[:RUNS]
    context = Context(
        runs=[_run(study, confidence) for confidence in shown],
        left_out=len(study.confidences) - len(shown),
        side=SIDE,
        has_candidates=any("suggested" in confidence.images for confidence in shown),
    )
    return Section("Confidence", "confidence.html", context)


def _run(study: Study, confidence: Confidence) -> RunFacts:
    charts, left_out = _charts(confidence)
    tables = [_class_table(confidence)]
    if "second" in confidence.images:
        tables += [_pair_table(confidence), _best_table(confidence)]
    if confidence.thresholds is not None:
        tables.append(_threshold_table(confidence))
    return RunFacts(
        name=confidence.run,
        headline=sentences.headline(confidence),
        threshold=sentences.threshold(confidence),
        charts=charts,
        left_out=left_out,
        lists=_lists(study, confidence),
        tables=tables,
    )


# Reliability curves


def _charts(confidence: Confidence) -> tuple[list[Chart], int]:
    """The curve of all images and those of the classes that are furthest from calibrated."""
    bins = confidence.calibration
    excess, low, high = bins.excess
    rows = confidence.furthest(CHARTS)
    names = ["all images", *confidence.classes.labels]
    charts = []
    for row in rows:
        dots = _dots(confidence, int(row))
        word = "too confident" if excess[row] > 0 else "too little confident"
        caption = (
            f"{int(bins.images[row].sum()):,} images; {100 * abs(excess[row]):.1f} points {word} "
            f"({100 * low[row]:+.1f} to {100 * high[row]:+.1f})"
        )
        line = " ".join(f"{dot.x},{dot.y}" for dot in dots)
        charts.append(Chart(names[row], caption, dots, line))
    return charts, len(confidence.classes) + 1 - len(rows)


def _dots(confidence: Confidence, row: int) -> list[Dot]:
    """The bins of a row that have images."""
    bins = confidence.calibration
    low, high = bins.interval
    most = bins.images[row].max()
    dots = []
    for place in np.flatnonzero(bins.images[row]):
        images = int(bins.images[row, place])
        sure = bins.confidence[row, place]
        right = bins.accuracy[row, place]
        text = (
            f"confidence {100 * sure:.1f} %: {100 * right:.1f} % right "
            f"({100 * low[row, place]:.1f} to {100 * high[row, place]:.1f}), {images:,} images"
        )
        dots.append(
            Dot(
                x=round(SIDE * float(sure), 2),
                y=round(SIDE * (1 - float(right)), 2),
                low=round(SIDE * (1 - float(low[row, place])), 2),
                high=round(SIDE * (1 - float(high[row, place])), 2),
                radius=round(max(LEAST_DOT, LARGEST_DOT * float(np.sqrt(images / most))), 2),
                text=text,
            )
        )
    return dots


# Lists of images


def _lists(study: Study, confidence: Confidence) -> list[ImageList]:
    labels = confidence.classes.labels
    lists = [
        _list(
            study,
            confidence,
            "Confidently wrong",
            "wrong predictions, the most confident first",
            confidence.errors,
            lambda row: f"{labels[row['label']]} as {labels[row['predicted']]}",
        )
    ]
    if "second" in confidence.images:
        lists.append(
            _list(
                study,
                confidence,
                "Near misses",
                f"right predictions with a confidence below {100 * NEAR:.0f} %, the least "
                "confident first",
                confidence.near_misses,
                lambda row: f"{labels[row['label']]}, nearly {labels[row['second']]}",
            )
        )
    if "suggested" in confidence.images:
        lists.append(
            _list(
                study,
                confidence,
                "Labels that may be wrong",
                "candidates by confident learning, the least probable label first",
                confidence.label_errors,
                lambda row: f"labelled {labels[row['label']]}, seems {labels[row['suggested']]}",
                column="label_confidence",
            )
        )
    return lists


def _list(
    study: Study,
    confidence: Confidence,
    heading: str,
    meaning: str,
    rows: pd.DataFrame,
    describe: pictures.Describe,
    column: str = "confidence",
) -> ImageList:
    """A list that shows its first images: their pictures, or their names without pictures."""
    shown = rows.head(NAMES).to_dict("records")
    tiles: list[Tile] = []
    for row in shown:
        uri = pictures.uri_of(study, row) if len(tiles) < pictures.EACH else ""
        name = pictures.name_of(row) if confidence.is_numbered or "image" in row else ""
        tiles.append(Tile(uri, name, f"{describe(row)}, {100 * row[column]:.1f} %"))
    has_pictures = any(tile.uri for tile in tiles)
    if not (has_pictures or any(tile.name for tile in tiles)):
        tiles = []  # an image that has no name cannot be found
    return ImageList(heading, meaning, len(rows), tiles, has_pictures)


# Tables


def _class_table(confidence: Confidence) -> TextTable:
    """The calibration of all images and of each class, the furthest from calibrated first."""
    bins = confidence.calibration
    excess, low, high = bins.excess
    images = bins.images.sum(1)
    known = np.flatnonzero(images[1:]) + 1
    order = known[np.argsort(-np.abs(excess[known]), kind="stable")]
    rows = [0, *order[:ROWS]]
    names = ["all images", *confidence.classes.labels]
    cells = []
    for row in rows:
        right = bins.right[row].sum()
        cells.append(
            [
                names[row],
                f"{int(images[row]):,}",
                f"{100 * bins.confidence_sum[row].sum() / images[row]:.1f}",
                f"{100 * right / images[row]:.1f}",
                f"{100 * excess[row]:+.1f} ({100 * low[row]:+.1f} to {100 * high[row]:+.1f})",
                f"{100 * bins.error[row]:.1f}",
            ]
        )
    heads = ["predicted as", "images", "confidence, %", "right, %"]
    heads += ["confidence less right, points (95 %)", "calibration error, points"]
    return TextTable(
        _caption("Calibration of each predicted class", len(known), ROWS), heads, cells
    )


def _pair_table(confidence: Confidence) -> TextTable:
    """The errors and near misses of each pair."""
    labels = confidence.classes.labels
    pairs = confidence.pairs
    cells = []
    for row in pairs.head(ROWS).to_dict("records"):
        name = pair(labels[row["class_1"]], labels[row["class_2"]])
        counts = [row["errors"], row["right_at_second"], row["near_misses"]]
        cells.append([name, *(f"{count:,}" for count in counts)])
    heads = ["pair, either way", "errors", "second best is right", "near misses"]
    return TextTable(_caption("Errors and near misses of pairs", len(pairs), ROWS), heads, cells)


def _best_table(confidence: Confidence) -> TextTable:
    """The errors of each cell that remain if the true class may be among the K best."""
    labels = confidence.classes.labels
    left = confidence.errors_left()
    largest = left[1].sort_values(ascending=False, kind="stable")
    cells = [["all errors", *(f"{int(series.sum()):,}" for series in left.values())]]
    for label, predicted in largest.head(ROWS).index:
        counts = [int(series.get((label, predicted), 0)) for series in left.values()]
        name = f"{labels[label]} as {labels[predicted]}"
        cells.append([name, *(f"{count:,}" for count in counts)])
    heads = ["errors", *(f"not among the best {best}" for best in left)]
    heads[1] = "all"
    return TextTable(_caption("Errors among the best classes", len(largest), ROWS), heads, cells)


def _threshold_table(confidence: Confidence) -> TextTable:
    """The errors of two classes at some thresholds."""
    curve = confidence.thresholds
    first, second = confidence.classes.labels
    assert curve is not None
    best = int(curve.errors[:-1].argmin())
    chosen: Array = np.unique(np.append(THRESHOLDS, curve.threshold[best]))
    cells = []
    for least in chosen:
        place = curve.at(least)
        counts = [curve.first_as_second[place], curve.second_as_first[place], curve.errors[place]]
        cells.append([f"{least:.3f}", *(f"{int(count):,}" for count in counts)])
    heads = [f"{second} from", f"{first} as {second}", f"{second} as {first}", "all errors"]
    return TextTable("Errors by threshold", heads, cells)


def _caption(text: str, rows: int, shown: int) -> str:
    """The summary of a table, which says how many of its rows are shown."""
    return text if rows <= shown else f"{text}, the first {shown} of {rows:,}"
