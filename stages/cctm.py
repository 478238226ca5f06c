"""The confusion counts of a trained net, and its prediction for every image."""

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from interference import confusion
from interference.classes import Classes
from interference.io import files, tables
from interference.learning import class_order, images, prediction, trained_net
from interference.learning.prediction import normalisation, predict
from interference.runtime.device import select_machine
from interference.runtime.fused_net import FusedNet
from interference.vocabulary import csv_cell
from stages import Device, ImageTable, NetFile, Precision, run, say

Counts = Annotated[Path, typer.Argument(help="The table of confusion counts to write (parquet).")]
Predictions = Annotated[
    Path, typer.Argument(help="The table of the prediction for every image, to write (parquet).")
]
Metrics = Annotated[
    Path,
    typer.Argument(help="Test accuracy, top pair and recall of each class, to write (JSON)."),
]
Plot = Annotated[Path, typer.Argument(help="The test counts for `dvc plots`, to write (CSV).")]
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
    """Predict the class of every test and training image and count by true and predicted class.

    The training images are not augmented.
    """
    files.prepare(cctm_table, predictions_table, metrics, plot)
    machine = select_machine(device, precision)
    net = trained_net.load(net_file, machine.device, tables.read_classes(image_table))
    meta = net.meta(machine) | tables.images_metadata(image_table)
    say(f"{net.name}: predicting every test and training image on {machine}")
    eval_net = FusedNet(net.module, machine)
    prepare = normalisation(net.data, machine.device)
    cells = {}
    count_frames = []
    prediction_frames = []
    for split in SPLITS:
        split_images = images.load(image_table, split, machine.device)
        predictions = predict(eval_net, split_images, prepare, machine, with_confidence=True)
        cells[split] = predictions.cells(len(net.classes))
        count_frames.append(pd.DataFrame(confusion.columns(*cells[split], split=split)))
        prediction_frames.append(prediction_frame(split, predictions))
    tables.write(cctm_table, "cctm", pd.concat(count_frames), meta)
    tables.write(predictions_table, "predictions", pd.concat(prediction_frames), meta)
    save_plot(metrics, plot, cells["test"][0], net.classes)
    accuracies = [f"{split} {confusion.accuracy(cells[split][0]):.2f} %" for split in SPLITS]
    say(f"{net.name}: {', '.join(accuracies)}")
    order_note = class_order.note(cells["train"][0], cells["test"][0], net.classes)
    if order_note:
        say(f"{net.name}: {order_note}")


def prediction_frame(split: str, predictions: prediction.Predictions) -> pd.DataFrame:
    """Make the rows of the `predictions` table.

    Args:
        split: The split of the images.
        predictions: The predictions for its n images.

    Returns:
        n rows, one for each image.
    """
    columns = {
        "split": split,
        "index": np.arange(len(predictions.labels)),
        "label": predictions.labels.cpu(),
        "predicted": predictions.predicted.cpu(),
    }
    if predictions.confidence is not None and predictions.second is not None:
        columns |= {"confidence": predictions.confidence.cpu(), "second": predictions.second.cpu()}
    return pd.DataFrame(columns)


def save_plot(metrics: Path, plot: Path, counts: np.ndarray, classes: Classes) -> None:
    """Write the test counts for `dvc plots`, and what `dvc metrics` compares.

    Args:
        metrics: The JSON file for the test accuracy, for the pair of classes that interferes most,
            with the sum of its two rates, and for the recall of each class that has test images,
            in percent. DVC sorts the keys of a file, so that the accuracy is its first row.
        plot: The CSV file for the counts.
        counts: (C, C) the test counts, row = true class.
        classes: The classes.
    """
    recalls: dict[str, float | str] = {}
    for key, percent in zip(classes.keys, confusion.recall(counts).round(4).tolist(), strict=True):
        if not np.isnan(percent):  # JSON has no nan
            recalls[key] = percent
    first, second, rate = confusion.ranked_pairs(confusion.cctm(counts))[0]
    compared: dict[str, Any] = {}
    if counts.any():
        compared["accuracy"] = round(float(confusion.accuracy(counts)), 4)
    if rate > 0:  # false for nan too
        pair = classes.joined((first, second))
        compared["interference"] = {"pair": pair, "rate": round(100 * rate, 4)}
    compared["test_recall"] = recalls
    files.write_text(metrics, json.dumps(compared, indent=2) + "\n")
    labels = [csv_cell(label) for label in classes.labels]
    cells = {
        "true": np.repeat(labels, len(classes)),
        "predicted": np.tile(labels, len(classes)),
        "images": counts.ravel(),
    }
    files.write_text(plot, pd.DataFrame(cells).to_csv(index=False))


if __name__ == "__main__":
    run(main)
