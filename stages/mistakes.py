"""The test images behind the errors of the most interfering pairs."""

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from interference import params
from interference.classes import Classes
from interference.confusion import shared_mistakes
from interference.errors import BadInput
from interference.io import files, tables
from interference.reporting.figures import contact, fonts, theme
from interference.study import select
from stages import ImageTable, ParamsFile, PredictionFolder, run, say

Indices = Annotated[Path, typer.Argument(help="The indices of the images, to write (CSV).")]
Sheet = Annotated[
    Path, typer.Argument(help="The contact sheet to write (PNG); it shows images of the data set.")
]
SPLIT = "test"
PAIRS = 10  # the most interfering pairs over all runs
EACH = 10  # images of a pair in each direction


def main(
    predictions: PredictionFolder,
    image_table: ImageTable,
    indices: Indices,
    sheet: Sheet,
    parameters: ParamsFile = Path("params.yaml"),
) -> None:
    """Find the test images on which the runs in PREDICTIONS make the same errors."""
    files.prepare(indices, sheet)
    by_kind = select.gather(params.load(parameters), predictions=predictions)
    runs = list(by_kind["predictions"].values())
    all_mistakes = shared_mistakes.shared(runs)
    mistakes = all_mistakes[all_mistakes["split"] == SPLIT]
    classes = tables.read_classes(image_table, runs[0].classes)
    pixels, labels = tables.read_images(image_table, SPLIT)
    check_images(mistakes, labels)
    directions = shared_mistakes.directions(shared_mistakes.pooled(runs, SPLIT), PAIRS)
    chosen = shared_mistakes.most_shared(mistakes, directions, EACH)
    table = with_class_keys(chosen, classes)
    paths = tables.read_image_paths(image_table, SPLIT)
    if paths:
        table["path"] = [paths[index] for index in chosen["index"]]
    files.write_text(indices, table.to_csv(index=False))
    run_settings = [table.run for table in runs]
    figure = contact.contact_sheet(mistakes, directions, pixels, classes, run_settings, EACH)
    files.write_bytes(sheet, theme.to_png(figure))
    for line in fonts.missing_characters(classes.labels):
        say(line)
    say(f"{indices}, {sheet}: {summary(len(chosen), len(mistakes), len(runs))}")


def summary(shown: int, errors: int, runs: int) -> str:
    """Describe for the terminal how many errors are shown, and which are not.

    Args:
        shown: The number of errors in the table.
        errors: The number of all errors on test images.
        runs: The number of runs.

    Returns:
        A line.
    """
    noun = "run" if runs == 1 else "runs"
    line = f"{shown} of {errors} errors on {SPLIT} images of {runs} {noun}"
    if shown == errors:
        return line
    return f"{line}; left out those beyond {EACH} of a kind and beyond the top {PAIRS} pairs"


def check_images(mistakes: pd.DataFrame, labels: np.ndarray) -> None:
    """Check that the predictions belong to the images, as far as the labels show.

    Args:
        mistakes: The shared mistakes, with columns index and label.
        labels: (n,) the labels in the image table.

    Raises:
        BadInput: An image is absent from the table, or has another label there.
    """
    index = mistakes["index"].to_numpy()
    if len(index) and (index.max() >= len(labels) or (labels[index] != mistakes["label"]).any()):
        raise BadInput(
            f"predictions: of other {SPLIT} images than the {len(labels)} in the image table; run "
            "the cctm stage again"
        )


def with_class_keys(chosen: pd.DataFrame, classes: Classes) -> pd.DataFrame:
    """Make the table for git: image indices, and classes by their keys in place of numbers."""
    labels = [classes.keys[label] for label in chosen["label"]]
    predicted = [classes.keys[label] for label in chosen["predicted"]]
    named = chosen.assign(label=labels, predicted=predicted)
    return named[["index", "label", "predicted", "runs", "of"]]


if __name__ == "__main__":
    run(main)
