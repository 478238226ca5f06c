"""Writes the sections on class losses and class gradients: Fig. 5, Section 4.1, Definition 1."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from interference import confusion, surfaces
from interference.confusion import by_epoch, predictors
from interference.confusion.predictors import Prediction
from interference.io.tables import Table
from interference.reporting.figures import selection
from interference.reporting.reproduction.markdown import (
    details,
    escape_markdown,
    interval,
    number,
    table,
)
from interference.reporting.reproduction.page import RAW, Page
from interference.reporting.text import plural
from interference.surfaces import Surface, scores
from interference.surfaces.cosines import cosines
from interference.vocabulary import Array

NAMED = 3  # classes that a cell names
PLANES = 6  # planes that have a row


# Fig. 5


def losses(page: Page) -> list[str]:
    """Write the section on Fig. 5: how far each class's error rate varies over the planes.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none without planes at the raw scale.
    """
    run, planes = _of_main_run(page, page.planes)
    if not planes:
        return []
    ranges = [_ranges(plane) for plane in planes]
    medians = [float(np.nanmedian(of_plane)) for of_plane in ranges]
    names = [escape_markdown(plane.name) for plane in planes]
    rows = []
    for name, of_plane, median in list(zip(names, ranges, medians, strict=True))[:PLANES]:
        widest, narrowest = _widest_and_narrowest(page, of_plane)
        rows.append((name, widest, narrowest, number(median, 0)))
    other_figures = [
        (f"class_losses-{other}-{RAW}", name) for other, name in page.names.items() if other != run
    ]
    return [
        f"Around {page.names[run]}, the error rate of the median class "
        f"{_variation(names, medians)}.",
        *details(
            "Range of the training error rate over each plane, in points: the classes with the "
            "widest and the narrowest range, and the median of all classes",
            table(("plane", "widest", "narrowest", "median"), rows),
        ),
        *page.pictures.image(
            f"class_losses-{run}-{RAW}", f"Error rate of each class over the planes of {run}"
        ),
        *page.pictures.links(other_figures),
    ]


def _of_main_run(page: Page, swept: Sequence[Surface]) -> tuple[str, list[Surface]]:
    """The raw planes or lines of the main run, or those of the first run that has any."""
    raw = [surface for surface in swept if surface.scale == RAW]
    names = [surface.run for surface in raw]
    if not names:
        return "", []
    run = page.main_run if page.main_run in names else names[0]
    return run, [surface for surface in raw if surface.run == run]


def _ranges(plane: Surface) -> Array:
    """The range of each class's error rate (C,) over a plane, in points."""
    rates = surfaces.class_mistake_rates(plane)  # (n1, n2, C)
    ranges: Array = np.ptp(rates, axis=(0, 1))
    return ranges


def _variation(names: Sequence[str], medians: Sequence[float]) -> str:
    """Over which planes the median class varies most and least; `medians` are in points."""
    most = int(np.argmax(medians))
    least = int(np.argmin(medians))
    if len(names) == 1:
        return f"varies by {medians[most]:.0f} points over {names[most]}"
    if medians[most] == medians[least]:
        return f"varies equally over {len(names)} planes (by {medians[most]:.0f} points)"
    return (
        f"varies most over {names[most]} (by {medians[most]:.0f} points) and least over "
        f"{names[least]} (by {medians[least]:.0f} points)"
    )


def _widest_and_narrowest(page: Page, ranges: Array) -> tuple[str, str]:
    """The classes with the widest and with the narrowest ranges (C,), each with its range."""
    order = [int(label) for label in np.argsort(-ranges, kind="stable")]
    ranked = [
        f"{page.labels[label]} {ranges[label]:.0f}"
        for label in order
        if math.isfinite(ranges[label])
    ]
    widest = ranked[:NAMED]
    narrowest = ranked[::-1][:NAMED]
    return ", ".join(widest), ", ".join(narrowest)


# Definition 1


def egos(page: Page) -> list[str]:
    """Write the section on Definition 1: how descent on one class harms the other classes.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none without lines at the raw scale.
    """
    run, lines = _of_main_run(page, page.study.lines)
    if not lines:
        return []
    rates_by_class: dict[int, Array] = {}
    for line in lines:
        own, _ = line.pair
        rates_by_class[own] = surfaces.class_mistake_rates(line)[0]  # (n, C)

    def negative_cost(own: int) -> float:
        return -float(surfaces.mean_rises(rates_by_class[own], own).sum())

    costliest = sorted(rates_by_class, key=negative_cost)[: selection.CLASSES]
    rows = [_ego_row(page, own, rates_by_class[own]) for own in costliest]
    label, rises, *_ = rows[0]
    finding = (
        f"Around {page.names[run]}, descent on {label} raises the error rates of the other classes "
        "most"
    )
    summary = (
        "Mean rise of other classes' error rates on the way from the trained net to the edge, in "
        "points, and each class's own error rate"
    )
    if len(rates_by_class) > selection.CLASSES:
        summary += f", for the {selection.CLASSES} classes with the largest total rise"
    heads = (
        "descent on",
        "largest rises, points",
        "own, ascended, %",
        "own, trained net, %",
        "own, descended, %",
    )
    return [
        f"{finding}: {rises} points." if rises else f"{finding}.",
        "An *ego model* is the trained net moved along the gradient of one class: descent lowers "
        "that class's loss, and ascent raises it.",
        *details(summary, table(heads, rows)),
        *page.pictures.image(f"ego_models-{run}-{RAW}", f"Ego models of {run}"),
    ]


def _ego_row(page: Page, own: int, rates: Array) -> tuple[str | None, ...]:
    """The largest rises on the descent on one class, and its own error rate along the line.

    `rates` are the error rates (n, C) along the class's line, in percent.
    """
    costs = surfaces.mean_rises(rates, own)
    rises = []
    for label in np.argsort(-costs, kind="stable")[:NAMED]:
        if costs[label] > 0:
            rises.append(f"{page.labels[label]} {number(costs[label], sign=True)}")
    ascended = number(rates[0, own])
    trained = number(rates[len(rates) // 2, own])
    descended = number(rates[-1, own])
    return page.labels[own], ", ".join(rises) or None, ascended, trained, descended


# Section 4.1, and class gradients


def likeness(page: Page) -> list[str]:
    """Write the section on the similarity of class losses: does it predict which classes interfere?

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none without raw planes or confusion counts.
    """

    def score(run: str) -> Array | None:
        planes = [plane for plane in page.planes if (plane.run, plane.scale) == (run, RAW)]
        return scores.similarity_elsewhere(planes) if planes else None

    figures = [
        (f"shapes-{run}", f"Similarity of class losses, {name}") for run, name in page.names.items()
    ]
    return _prediction_section(
        page,
        "The similarity of two classes' losses (its mean over a run's raw planes of other classes)",
        score,
        figures,
        "In a plane of its own class a loss falls where the other's rises, whatever their "
        "interference, so planes of either class are left out.",
    )


def gradients(page: Page) -> list[str]:
    """Write our own section on class gradients: do opposed gradients predict interference?

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none without class gradients or confusion counts.
    """
    grams = page.study.of_runs("grams")

    def score(run: str) -> Array | None:
        return cosines(grams[run]) if run in grams else None

    figures = [("cosine_cctm", "Cosines of class gradients against interference")]
    return _prediction_section(page, "The cosine of two classes' gradients", score, figures)


def _prediction_section(
    page: Page,
    subject: str,
    score: Callable[[str], Array | None],
    figures: Sequence[tuple[str, str]],
    *remarks: str,
) -> list[str]:
    """How well a score of pairs of classes predicts their interference, run by run.

    Args:
        page: The page.
        subject: The score, as the subject of a sentence.
        score: Gives the score (C, C) of a run, None if there is none.
        figures: The name and the description of each figure; the first one that exists is shown.
        remarks: Blocks below the finding.
    """
    predictions = _predictions(page, score)
    if not predictions:
        return []
    rows = []
    for run, prediction in predictions.items():
        correlation = number(prediction.rho, 2)
        limits = interval(prediction.low, prediction.high)
        rows.append((page.names[run], correlation, limits, number(prediction.p, 3)))
    existing = [figure for figure in figures if figure[0] in page.pictures.names]
    image = page.pictures.image(*existing[0]) if existing else []
    return [
        f"{subject} {_correlations(page, list(predictions.values()))}.",
        *remarks,
        *details(
            "Correlation in each run", table(("run", "correlation", "95 % interval", "p"), rows)
        ),
        *image,
        *page.pictures.links(existing[1:]),
    ]


def _predictions(page: Page, score: Callable[[str], Array | None]) -> Mapping[str, Prediction]:
    """The prediction of each run that has a score and confusion counts."""
    cctm = page.study.of_runs("cctm")
    predictions = {}
    for run in page.names:
        of_run = score(run) if run in cctm else None
        if of_run is not None:
            predictions[run] = _prediction(of_run, cctm[run])
    return predictions


def _prediction(score: Array, tested: Table) -> Prediction:
    cctm = confusion.cctm(by_epoch.test_counts(tested))
    return predictors.prediction(score, confusion.symmetrised(cctm))


def _correlations(page: Page, predictions: Sequence[Prediction]) -> str:
    """The range of the correlations, and the number of runs in which p is small."""
    rhos = [prediction.rho for prediction in predictions if math.isfinite(prediction.rho)]
    if not rhos:
        return "cannot be correlated with the interference on the test set: no value varies"
    significant = sum(prediction.p < page.settings.p for prediction in predictions)
    lowest = number(min(rhos), 2)
    highest = number(max(rhos), 2)
    values = f"{lowest}" if lowest == highest else f"{lowest} to {highest}"
    return (
        f"has a rank correlation (Spearman) of {values} with their interference on the test set, "
        f"over {plural(len(predictions), 'run')}; p is below {page.settings.p:g} in {significant} "
        "of them"
    )
