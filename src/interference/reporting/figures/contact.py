"""The contact sheet: the images on which several runs make the same error, pair by pair."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference.classes import Classes
from interference.confusion.shared_mistakes import select_direction
from interference.io.tables import visible_channels
from interference.reporting.figures import labels, layout, theme
from interference.reporting.figures.layout import Margins
from interference.study.runs import source
from interference.vocabulary import Array

SIDE = 0.64  # inches: the longer side of an image
STEP = 0.72  # inches from one image to the next
TEXT_HEIGHT = 0.28  # inches: the text below an image


@theme.styled()
def contact_sheet(
    mistakes: pd.DataFrame,
    directions: Sequence[tuple[int, int]],
    pixels: Array,
    classes: Classes,
    runs: Sequence[Mapping[str, Any]],
    most: int,
) -> Figure:
    """Draw the images with the same error in most runs, a row for each kind of error.

    Args:
        mistakes: The errors on one split, sorted as by `shared_mistakes.shared`.
        directions: The kinds of error (label, predicted) that have a row.
        pixels: The images of the split (n, C, H, W), uint8; grey if C is 1, and the first three
            channels are shown if there are more.
        classes: The classes of the data set.
        runs: The parameters of the runs.
        most: The most images in a row.

    Returns:
        The figure; below each image it states how many runs make the error.
    """
    figure, panels = layout.sheet(
        "The images that carry the errors of the most interfering pairs",
        source(
            runs,
            "test images",
            _caption(len(runs), pixels.shape[1]),
        ),
        rows=max(1, len(directions)),
        panel=(most * STEP, SIDE + TEXT_HEIGHT),
        gap=(0, 0.3),
        margins=Margins(left=0.1, below=0),
    )
    class_labels = labels.shorten_labels(classes.labels)
    for axes, (label, predicted) in zip(panels[:, 0], directions, strict=False):
        rows = select_direction(mistakes, label, predicted)
        kind = f"{class_labels[label]} predicted as {class_labels[predicted]}"
        axes.set_title(f"{kind}: {_count_images(rows)}")
        _draw_images(axes, rows.head(most), pixels)
    for axes in panels.flat:
        axes.set(xlim=(0, most * STEP), ylim=(SIDE + TEXT_HEIGHT, 0))
        axes.axis("off")
    if not directions:
        panels[0, 0].set_title("no errors")
    return figure


def _caption(runs: int, channels: int) -> str:
    """Explain the text below each image, and which of more channels than three it shows."""
    caption = "below each: the image's index"
    if runs > 1:
        caption = "below each: how many runs make this error, and the image's index"
    if channels in (1, 3):
        return caption
    shown = "first three" if channels > 3 else "first"
    return f"{caption}; shown: the {shown} of {channels} channels"


def _count_images(rows: pd.DataFrame) -> str:
    """State on how many images any run makes an error, and on how many all runs do."""
    number_of_runs = int(rows["of"].iloc[0])
    images = "1 image" if len(rows) == 1 else f"{len(rows)} images"
    if number_of_runs == 1:
        return images
    by_all = int((rows["runs"] == number_of_runs).sum())
    return f"{images}, {by_all} of them by all {number_of_runs} runs"


def _draw_images(axes: Axes, rows: pd.DataFrame, pixels: Array) -> None:
    """Draw images side by side in their proportions, with counts and indices below."""
    height, width = SIDE * np.array(pixels.shape[2:]) / max(pixels.shape[2:])
    columns = rows[["index", "runs", "of"]]
    for place, (index, runs, number_of_runs) in enumerate(columns.itertuples(index=False)):
        left = place * STEP
        axes.imshow(
            visible_channels(pixels[index]).transpose(1, 2, 0),
            cmap="gray",
            vmin=0,
            vmax=255,
            aspect="auto",
            interpolation="hanning",
            extent=(left, left + width, SIDE, SIDE - height),
        )
        if number_of_runs > 1:
            axes.text(left, SIDE + 0.03, f"{runs} of {number_of_runs}", size=6.5, va="top")
        axes.text(left, SIDE + 0.15, f"no. {index}", size=5.8, va="top", color=theme.GREY)
