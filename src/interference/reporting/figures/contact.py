"""The contact sheet: the images on which several runs make the same mistake, pair by pair."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference.classes import Classes
from interference.confusion.shared_mistakes import of_way
from interference.reporting.figures import style
from interference.study.runs import source
from interference.vocabulary import Array

SIDE, STEP, WORDS = (
    0.64,
    0.72,
    0.28,
)  # inches: an image's longer side, from one to the next, and what is written below


@style.styled()
def sheet(
    found: pd.DataFrame,
    ways: Sequence[tuple[int, int]],
    pixels: Array,
    classes: Classes,
    runs: Sequence[Mapping[str, Any]],
    most: int,
) -> Figure:
    """The first `most` images of each of the `ways` (label, predicted), a row a way, how many runs err below each.

    `found` holds the mistakes on one split as `mistakes.shared` sorts them, `pixels` (n, C, H, W) uint8 that split's
    images, grey where C is 1; `runs` are the runs' parameters.
    """
    figure, panels = style.sheet(
        "The images that carry the errors of the most interfering pairs",
        source(
            runs,
            "test images",
            "below each: how many runs make this mistake, and the image's index",
        ),
        rows=max(1, len(ways)),
        panel=(most * STEP, SIDE + WORDS),
        gap=(0, 0.3),
        left=0.1,
        below=0,
    )
    labels = style.shortened(classes.labels)
    for axes, (label, predicted) in zip(panels[:, 0], ways, strict=False):
        rows = of_way(found, label, predicted)
        axes.set_title(f"{labels[label]} taken for {labels[predicted]}: {_summary(rows)}")
        _strip(axes, rows.head(most), pixels)
    for axes in panels.flat:
        axes.set(xlim=(0, most * STEP), ylim=(SIDE + WORDS, 0))
        axes.axis("off")
    if not ways:
        panels[0, 0].set_title("no mistakes")
    return figure


def _summary(rows: pd.DataFrame) -> str:
    """On how many images some run makes a mistake, and on how many every run does."""
    images, of = f"{len(rows)} image{'s' * (len(rows) != 1)}", int(rows["of"].iloc[0])
    return (
        images
        if of == 1
        else f"{images}, {int((rows['runs'] == of).sum())} of them by all {of} runs"
    )


def _strip(axes: Axes, rows: pd.DataFrame, pixels: Array) -> None:
    """Images side by side, each in its proportions."""
    height, width = SIDE * np.array(pixels.shape[2:]) / max(pixels.shape[2:])
    for place, (index, runs, of) in enumerate(
        rows[["index", "runs", "of"]].itertuples(index=False)
    ):
        left = place * STEP
        axes.imshow(
            pixels[index].transpose(1, 2, 0),
            cmap="gray",
            vmin=0,
            vmax=255,
            aspect="auto",
            interpolation="hanning",
            extent=(left, left + width, SIDE, SIDE - height),
        )
        axes.text(left, SIDE + 0.03, f"{runs} of {of}", size=6.5, va="top")
        axes.text(left, SIDE + 0.15, f"no. {index}", size=5.8, va="top", color=style.GREY)
