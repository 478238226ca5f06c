"""The confusion counts of a trained net, and its every prediction."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from interference import confusion
from interference.classes import Classes
from interference.io import files, tables
from interference.learning import images, prediction, trained_net
from interference.learning.prediction import normalisation, predict
from interference.runtime.device import select_machine
from interference.runtime.fused_net import FusedNet
from stages import Device, ImageTable, NetFile, Precision, run, say

Counts = Annotated[Path, typer.Argument(help="The table of counts to write (parquet).")]
Predictions = Annotated[
    Path, typer.Argument(help="The table of every image's prediction to write (parquet).")
]
Metrics = Annotated[Path, typer.Argument(help="The classes' test recalls to write (JSON).")]
Plot = Annotated[
    Path, typer.Argument(help="The test counts that `dvc plots` draws, to write (CSV).")
]
SPLITS = ("test", "train")


def main(
    net_file: NetFile,
    image_table: ImageTable,
    cctm_table: Counts,
    predictions_table: Predictions,
    metrics: Metrics,
    plot: Plot,
    device: Device = "auto",
    precision: Precision = "auto",
) -> None:
    """Predict every test and plain training image and count them by true and predicted class."""
    files.prepare(cctm_table, predictions_table, metrics, plot)
    machine = select_machine(device, precision)
    net = trained_net.load(net_file, machine.device, tables.read_classes(image_table))
    eval_net = FusedNet(net.module, machine)
    prepare = normalisation(net.data, machine.device)
    cells = {}
    count_frames = []
    prediction_frames = []
    for split in SPLITS:
        shown = images.load(image_table, split, machine.device)
        predictions = predict(eval_net, shown, prepare, machine)
        cells[split] = predictions.cells(len(net.classes))
        count_frames.append(pd.DataFrame(confusion.columns(*cells[split], split=split)))
        prediction_frames.append(prediction_frame(split, predictions))
    tables.write(cctm_table, "cctm", pd.concat(count_frames), net.meta(machine))
    tables.write(predictions_table, "predictions", pd.concat(prediction_frames), net.meta(machine))
    save_plot(metrics, plot, cells["test"][0], net.classes)
    accuracies = [f"{split} {confusion.accuracy(cells[split][0]):.2f} %" for split in SPLITS]
    say(f"{net.name}: {', '.join(accuracies)}")


def prediction_frame(split: str, predictions: prediction.Predictions) -> pd.DataFrame:
    """The rows of the `predictions` table of a split, one an image."""
    columns = {
        "split": split,
        "index": np.arange(len(predictions.labels)),
        "label": predictions.labels.cpu(),
        "predicted": predictions.predicted.cpu(),
    }
    return pd.DataFrame(columns)


def save_plot(metrics: Path, plot: Path, counts: np.ndarray, classes: Classes) -> None:
    """Write the test counts that DVC plots, and the recall of each class that has test images."""
    recall = dict(zip(classes.keys, confusion.recall(counts).round(4).tolist(), strict=True))
    known = {
        key: percent for key, percent in recall.items() if not np.isnan(percent)
    }  # JSON has no nan
    files.write_text(metrics, json.dumps({"test_recall": known}, indent=2) + "\n")
    cells = {
        "true": np.repeat(classes.labels, len(classes)),
        "predicted": np.tile(classes.labels, len(classes)),
        "images": counts.ravel(),
    }
    files.write_text(plot, pd.DataFrame(cells).to_csv(index=False))


if __name__ == "__main__":
    run(main)
