"""The confusion counts of a trained net, and its every prediction."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from interference import atomic, confusion, images, tables, trained
from interference.classes import Classes
from interference.folded import Folded
from interference.machine import machine
from interference.prediction import plain, predict
from stages import Device, ImageTable, NetFile, Precision, run, say

Counts = Annotated[Path, typer.Argument(help="The table of counts to write (parquet).")]
Predictions = Annotated[Path, typer.Argument(help="The table of every image's prediction to write (parquet).")]
Metrics = Annotated[Path, typer.Argument(help="The classes' test recalls to write (JSON).")]
Plot = Annotated[Path, typer.Argument(help="The test counts that `dvc plots` draws, to write (CSV).")]
SPLITS = ("test", "train")


def main(net_file: NetFile, image_table: ImageTable, cctm_table: Counts, predictions_table: Predictions,
         metrics: Metrics, plot: Plot, device: Device = "auto", precision: Precision = "auto") -> None:
    """Predict every test and plain training image with a net and count them by true and predicted class."""
    atomic.prepare(cctm_table, predictions_table, metrics, plot)
    here = machine(device, precision)
    net = trained.load(net_file, here.device, tables.read_classes(image_table))
    asked = Folded(net.module, here)
    said = {split: predict(asked, images.load(image_table, split, here.device), plain(net.data, here.device), here)
            for split in SPLITS}
    cells = {split: predictions.cells(len(net.classes)) for split, predictions in said.items()}
    tables.write(cctm_table, "cctm", pd.concat(
        pd.DataFrame(confusion.columns(*cells[split], split=split)) for split in SPLITS), net.meta(here))
    tables.write(predictions_table, "predictions", pd.concat(
        pd.DataFrame({"split": split, "index": np.arange(len(one.labels)), "label": one.labels.cpu(),
                      "predicted": one.predicted.cpu()}) for split, one in said.items()), net.meta(here))
    save_plot(metrics, plot, cells["test"][0], net.classes)
    say(f"{net.name}: {', '.join(f'{split} {confusion.accuracy(cells[split][0]):.2f} %' for split in SPLITS)}")


def save_plot(metrics: Path, plot: Path, counts: np.ndarray, classes: Classes) -> None:
    """The test counts as DVC plots them, and the recall of each class that has test images as DVC compares it."""
    recall = dict(zip(classes.keys, confusion.recall(counts).round(4).tolist(), strict=True))
    known = {key: percent for key, percent in recall.items() if not np.isnan(percent)}  # JSON has no nan
    atomic.write_text(metrics, json.dumps({"test_recall": known}, indent=2) + "\n")
    cells = {"true": np.repeat(classes.labels, len(classes)), "predicted": np.tile(classes.labels, len(classes)),
             "images": counts.ravel()}
    atomic.write_text(plot, pd.DataFrame(cells).to_csv(index=False))


if __name__ == "__main__":
    run(main)
