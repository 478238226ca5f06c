"""Reliability curves of a run: of all test images, and of the classes furthest from calibrated."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference.confusion import confidence as rules
from interference.reporting.figures import labels, layout, theme
from interference.reporting.figures.layout import Margins
from interference.study import confidence_sentences as sentences
from interference.study.confidence import Confidence
from interference.vocabulary import Array

PANELS = 12  # at most; the first panel shows all images
COLUMNS = 4  # the most in a row
SIDE = 1.45  # inches: of a panel
NARROWEST = 0.9
LARGEST = 30.0  # points squared: the largest dot
SMALLEST = 3.0


def draw(confidence: Confidence, longest: int = labels.LONGEST) -> Iterator[tuple[str, Figure]]:
    """Draw one figure.

    Args:
        confidence: The confidences of a run.
        longest: The most letters of a class label.

    Yields:
        The name `calibration-RUN` and its figure.
    """
    names = labels.shorten_labels(confidence.classes.labels, longest)
    yield f"calibration-{confidence.run}", curves(confidence, ("all images", *names))


@theme.styled()
def curves(confidence: Confidence, names: tuple[str, ...]) -> Figure:
    """Draw the accuracy of each bin of confidences with its 95 % interval, a panel for each class.

    Args:
        confidence: The confidences of a run.
        names: The names of the panels: of all images, and of each class.

    Returns:
        The figure.
    """
    rows = confidence.furthest(PANELS)
    margins = Margins(left=0.55, right=0.2, above=0.3, below=0.42)
    gap = (0.25, 0.5)
    columns = layout.columns_on_page(min(len(rows), COLUMNS), NARROWEST, gap[0], margins)
    figure, panels = layout.sheet(
        f"Calibration of {confidence.run}",
        " · ".join(
            [
                sentences.headline(confidence),
                "dot: a bin of the confidence, a tenth wide; its area grows with its images",
                "line: 95 % interval (Wilson)",
                "dashed: calibrated; below it the classifier is too confident",
                *_left_out(confidence, rows),
            ]
        ),
        rows=-(-len(rows) // columns),
        columns=columns,
        panel=(SIDE, SIDE),
        gap=gap,
        margins=margins,
        keeps_shape=True,
    )
    used = layout.keep_panels(panels, len(rows))
    for place, (axes, row) in enumerate(zip(used, rows, strict=True)):
        _draw_curve(axes, confidence, row)
        axes.set_title(names[row])
        figure.numbers.extend(_numbers(confidence, row, names[row]))
        is_first = place % columns == 0
        axes.set_ylabel("right, %" if is_first else "")
        axes.tick_params(labelleft=is_first)
        is_last = place + columns >= len(rows)
        axes.set_xlabel("confidence, %" if is_last else "")
    return figure


def _left_out(confidence: Confidence, rows: list[int]) -> Iterator[str]:
    """Yield how many classes have no panel, if there are any."""
    number = len(confidence.classes) + 1 - len(rows)
    if number:
        yield f"{number:,} further classes are nearer to their accuracy or are never predicted"


def _draw_curve(axes: Axes, confidence: Confidence, row: int) -> None:
    """Draw the bins of a row."""
    sure, right, low, high, images = _bins(confidence, row)
    axes.plot([0, 100], [0, 100], "--", color=theme.GREY, lw=0.7)
    axes.vlines(sure, low, high, color=theme.HUES[0], lw=1)
    axes.plot(sure, right, color=theme.HUES[0], lw=0.8)
    sizes = np.maximum(LARGEST * images / images.max(), SMALLEST)
    axes.scatter(sure, right, sizes, color=theme.HUES[0], zorder=3, linewidths=0)
    axes.set(xlim=(-2, 102), ylim=(-2, 102), xticks=[0, 50, 100], yticks=[0, 50, 100])
    layout.add_grid(axes)


def _bins(confidence: Confidence, row: int) -> tuple[Array, Array, Array, Array, Array]:
    """The confidence, accuracy, its interval, in percent, and the images of the bins of a row."""
    bins = confidence.calibration
    known = bins.images[row] > 0
    low, high = bins.interval
    percent = [100 * part[row][known] for part in (bins.confidence, bins.accuracy, low, high)]
    return percent[0], percent[1], percent[2], percent[3], bins.images[row][known]


def _numbers(confidence: Confidence, row: int, name: str) -> Iterator[dict[str, Any]]:
    """Yield the numbers of each bin of a row, in percent."""
    places = np.flatnonzero(confidence.calibration.images[row])
    for place, numbers in zip(places, np.stack(_bins(confidence, row), axis=1), strict=True):
        sure, right, low, high, images = numbers.tolist()
        yield {
            "predicted": name,
            "from": float(100 * place / rules.BINS),
            "images": int(images),
            "confidence": sure,
            "right": right,
            "low": low,
            "high": high,
        }
