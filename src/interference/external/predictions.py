"""Predictions of classifiers that were trained elsewhere, checked and counted: a `Record` a run.

A row is an image, or `count` images: its `label` and what it was `predicted` as, by names or by
whole numbers from 0. `epoch` and `split` say when and of which images (`test` where there is no
such column), `index` which image of its split, and `loss_sum` the cross-entropy of the row's
images. A table of counts is such a file too, and says its classes itself.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from interference.classes import Classes, in_order
from interference.errors import BadInput
from interference.external.arrays import array
from interference.external.class_names import SHOWN, Value, named
from interference.external.prediction_columns import CLASSES, Coded, Rows, checked_rows
from interference.external.predictions_file import read_table
from interference.external.record import DATA, FINAL, Record
from interference.vocabulary import Array, check_run


def read_predictions(
    files: Path | str | Sequence[Path | str],
    classes: Classes | Sequence[str | int] | None = None,
    data: str = DATA,
) -> list[Record]:
    """Read the runs of one or several CSV or parquet files of predictions.

    A CSV is UTF-8, or UTF-16 that begins with its mark; commas, semicolons or tabs separate its
    columns, with or without spaces. The columns are `label` and `predicted`, and where they are
    known `epoch`, `split`, `loss_sum`, `index`, or `count` for rows of several images; others are
    ignored. White space within a name becomes one blank.

    Args:
        files: The files, one a run, which is named as its file.
        classes: The classes in label order. Without them they are those of a table that says its
            own, else the distinct values of all files, sorted, as numbers where all are.
        data: What the images are, for readers.

    Returns:
        A record a file, in the order of the files.

    Raises:
        BadInput: Something is missing, empty, unknown or out of range: one line with the file and
            the column.
    """
    paths = [Path(file) for file in ([files] if isinstance(files, Path | str) else files)]
    if not paths:
        raise BadInput("files: found none, allowed: at least one")
    names = [re.sub(r"[^A-Za-z0-9_.-]+", "_", path.stem) for path in paths]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise BadInput(
                f"{paths[place]}: a second run named {name!r}, allowed: files of different names"
            )
    runs = {}
    for name, path in zip(names, paths, strict=True):
        runs[name] = checked_rows(read_table(path, CLASSES), str(path))
    return _records(runs, classes, data)


def record_predictions(
    y_true: Any,
    y_pred: Any,
    *,
    name: str = "predictions",
    epoch: Any = None,
    split: Any = "test",
    index: Any = None,
    classes: Classes | Sequence[str | int] | None = None,
    data: str = DATA,
) -> Record:
    """Record the run of two arrays, true and predicted classes as scikit-learn takes them.

        record = record_predictions(y_true, y_pred, epoch=epoch, name="mine")
        record.save("look")  # look/counts/mine.parquet and look/cctm/mine.parquet

    Args:
        y_true: (n,) true classes: names, or numbers from 0.
        y_pred: (n,) predicted classes, in the same order.
        name: The name of the run, which names its files.
        epoch: One epoch for all, or an array (n,).
        split: One split for all, or an array (n,).
        index: The image within its split, an array (n,).
        classes: The classes in label order; without them the distinct values, sorted.
        data: What the images are, for readers.

    Returns:
        The record of the run.

    Raises:
        BadInput: The name names no file, or the arrays do not fit.
    """
    check_run("name", name)
    labels = array(f"{name}: y_true", y_true)
    predicted = array(f"{name}: y_pred", y_pred)
    if labels.ndim != 1 or labels.shape != predicted.shape:
        raise BadInput(
            f"{name}: y_true {labels.shape} and y_pred {predicted.shape}, allowed: two arrays (n,) "
            "of one length"
        )
    values = {
        "label": labels,
        "predicted": predicted,
        "epoch": epoch,
        "split": split,
        "index": index,
    }
    columns = {
        key: _column(name, key, value, len(labels))
        for key, value in values.items()
        if value is not None
    }
    (record,) = _records({name: checked_rows(pa.table(columns), name)}, classes, data)
    return record


def _column(source: str, column: str, value: Any, number: int) -> pa.Array:
    """One value or an array as a column of so many rows."""
    values = array(f"{source}: {column}", value)
    if values.shape not in ((), (number,)):
        raise BadInput(
            f"{source}: {column} {values.shape}, allowed: one value, or an array ({number},)"
        )
    try:
        return pa.array(np.broadcast_to(values, number).copy())
    except (pa.ArrowException, TypeError) as error:
        cause = str(error).splitlines()[0]
        raise BadInput(
            f"{source}: {column}: found {values.dtype}, allowed: names or numbers ({cause})"
        ) from error


def shortened(labels: Sequence[str]) -> str:
    """The first labels of a list, as many as a line holds."""
    return ", ".join(labels[:SHOWN]) + ", ..." * (len(labels) > SHOWN)


def _records(
    runs: Mapping[str, Rows], classes: Classes | Sequence[str | int] | None, data: str
) -> list[Record]:
    known = _classes_of(runs) if classes is None else named(classes)
    return [
        _counted(_empty_record(name, rows.meta, known, data), rows) for name, rows in runs.items()
    ]


def _empty_record(name: str, meta: Mapping[str, Any], classes: Classes, data: str) -> Record:
    """A record without counts; a table of this package says itself which run it is of."""
    if not meta:
        return Record(name, classes, data)
    run = meta["run"]
    settings = run if run["setup"] else None
    return Record(name, classes, run["data"]["name"], settings, meta["made_by"])


def _classes_of(runs: Mapping[str, Rows]) -> Classes:
    """The classes of a table of this package, else the distinct values of all runs, sorted."""
    for rows in runs.values():
        if rows.meta:
            return Classes(tuple(rows.meta["classes"]), tuple(rows.meta["labels"]))
    by_source = {
        rows.source: {*rows.label.values, *rows.predicted.values} for rows in runs.values()
    }
    sources = ", ".join(by_source)
    values = set().union(*by_source.values())
    if len({type(value) for value in values}) > 1:
        raise BadInput(
            f"{sources}: label and predicted: found names and numbers, allowed: one of them, "
            "unless the classes are named in label order"
        )
    for first, second in combinations(by_source, 2):
        if by_source[first].isdisjoint(by_source[second]):
            raise BadInput(
                f"{first}, {second}: label and predicted: found no class in both, allowed: runs "
                "of the same classes, unless they are named in label order"
            )
    try:
        return named(in_order({str(value) for value in values}))
    except BadInput as error:
        raise BadInput(f"{sources}: label and predicted: {error}") from error


def _counted(record: Record, rows: Rows) -> Record:
    """Count the rows of a run by split and epoch, all in one pass."""
    size = len(record.classes)
    label = _label_numbers(rows.label, f"{rows.source}: label", record.classes)
    predicted = _label_numbers(rows.predicted, f"{rows.source}: predicted", record.classes)
    epochs, epoch = np.unique(rows.epoch, return_inverse=True)
    shape = (len(rows.split.values), len(epochs), size, size)
    cells = np.ravel_multi_index((rows.split.codes, epoch, label, predicted), shape)
    length = int(np.prod(shape))
    counts = np.bincount(cells, rows.count, length).reshape(shape)
    losses = np.bincount(cells, rows.loss_sum, length).reshape(shape)
    for number, split in enumerate(rows.split.values):
        recorded = np.flatnonzero(counts[number].any((-2, -1)))
        for place in recorded:
            count = counts[number, place].astype(np.int64)
            record.add(split, count, losses[number, place], int(epochs[place]))
        if rows.index is not None and split in FINAL:
            last = (rows.split.codes == number) & (epoch == recorded[-1])
            images = {"index": rows.index[last], "label": label[last], "predicted": predicted[last]}
            record.said[split] = pd.DataFrame(images)
    return record


def _label_numbers(column: Coded, where: str, classes: Classes) -> Array:
    """The label numbers (n,) of a column's classes."""
    numbers = np.array([_label_number(value, where, classes) for value in column.values])
    return numbers[column.codes]


def _label_number(value: Value, where: str, classes: Classes) -> int:
    if str(value) in classes.labels:
        return classes.labels.index(str(value))
    if isinstance(value, int) and value < len(classes):
        return value
    if isinstance(value, str) and classes.has(value):
        return classes.index(value)
    raise BadInput(
        f"{where}: found {value!r}, allowed: 0 to {len(classes) - 1}, or the names "
        f"{shortened(classes.labels)}"
    )
