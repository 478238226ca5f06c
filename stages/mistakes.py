"""The test images that carry the most interfering pairs' errors."""

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

Indices = Annotated[Path, typer.Argument(help="The images' indices to write (CSV).")]
Sheet = Annotated[
    Path, typer.Argument(help="The contact sheet to write (PNG); it shows images of the data set.")
]
SPLIT = "test"
PAIRS = 10  # the most interfering ones, over all runs
EACH = 10  # images of a pair each way


def main(
    predictions: PredictionFolder,
    image_table: ImageTable,
    indices: Indices,
    sheet: Sheet,
    parameters: ParamsFile = Path("params.yaml"),
) -> None:
    """Find on which images the runs of a folder of PREDICTIONS err alike."""
    files.prepare(indices, sheet)
    said = list(
        select.gather(params.load(parameters), predictions=predictions)["predictions"].values()
    )
    found = shared_mistakes.shared(said)
    found = found[found["split"] == SPLIT]
    classes = tables.read_classes(image_table, said[0].classes)
    pixels, labels = tables.read_images(image_table, SPLIT)
    check_images(found, labels)
    ways = shared_mistakes.directions(shared_mistakes.pooled(said, SPLIT), PAIRS)
    chosen = shared_mistakes.carriers(found, ways, EACH)
    files.write_text(indices, named(chosen, classes).to_csv(index=False))
    figure = contact.contact_sheet(
        found, ways, pixels, classes, [table.run for table in said], EACH
    )
    files.write_bytes(sheet, theme.to_png(figure))
    for line in fonts.missing_characters(classes.labels):
        say(line)
    say(
        f"{indices}, {sheet}: {len(chosen)} of {len(found)} mistakes on {SPLIT} images; runs: {len(said)}"
    )


def check_images(found: pd.DataFrame, labels: np.ndarray) -> None:
    """Raise `BadInput` unless the images are those that were predicted, as far as their labels tell."""
    index = found["index"].to_numpy()
    if len(index) and (index.max() >= len(labels) or (labels[index] != found["label"]).any()):
        raise BadInput(
            f"predictions: of other {SPLIT} images than the {len(labels)} at hand; run the cctm stage again"
        )


def named(chosen: pd.DataFrame, classes: Classes) -> pd.DataFrame:
    """The mistakes as git keeps them: indices, and classes by their keys."""
    keys = {
        name: [classes.keys[label] for label in chosen[name]] for name in ("label", "predicted")
    }
    return chosen.assign(**keys)[["index", "label", "predicted", "runs", "of"]]


if __name__ == "__main__":
    run(main)
