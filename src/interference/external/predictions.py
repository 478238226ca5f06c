"""Reads the predictions of classifiers that were trained elsewhere and counts them by run.

A row of predictions is an image, or `count` images, with its true class `label` and its `predicted`
class, as names or as whole numbers from 0. The optional columns are `epoch`, `split` (by default
`test`), `index` (the number of the image within its split) and `loss_sum` (the summed cross-entropy
of the row's images, nats). A `counts` table of this package is such a file too; its metadata holds
its classes.
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
from interference.external.arrays import to_array
from interference.external.class_names import SHOWN, Value, to_classes
from interference.external.prediction_columns import CLASSES, Coded, Rows, checked_rows
from interference.external.predictions_file import read_table
from interference.external.record import DATA, FINAL, Record
from interference.vocabulary import Array, check_run


def read_predictions(
    files: Path | str | Sequence[Path | str],
    classes: Classes | Sequence[str | int] | None = None,
    data: str = DATA,
) -> list[Record]:
    """Read CSV or parquet files of predictions and count them.

    A CSV is UTF-8, or UTF-16 that begins with a byte order mark. Commas, semicolons or tabs
    separate its columns. The columns `label` and `predicted` are needed; `epoch`, `split`,
    `loss_sum`, and `index` or `count` are optional; others are ignored. White space within a class
    name becomes one blank.

    Args:
        files: One or several files, one for each run. A run is named as its file.
        classes: The class names in label order. By default they are the classes in the metadata of
            the first file that has such metadata, else the distinct values of all files, sorted as
            numbers if all are numbers, else as texts.
        data: The name of the data set, for readers.

    Returns:
        A record for each file, in the order of the files.

    Raises:
        BadInput: A file or a column is missing, or a value is empty, unknown or out of range. The
            message is one line that names the file and the column.

    Examples:
        >>> import pandas as pd
        >>> from interference import read_predictions
        >>> images = {"label": ["cat", "cat", "dog"], "predicted": ["cat", "dog", "dog"]}
        >>> pd.DataFrame(images).to_csv("mine.csv", index=False)
        >>> (record,) = read_predictions("mine.csv")
        >>> record.name, record.classes.labels
        ('mine', ('cat', 'dog'))
    """
    paths = [Path(files)] if isinstance(files, Path | str) else [Path(file) for file in files]
    if not paths:
        raise BadInput("files: found none, allowed: at least one")
    runs: dict[str, Rows] = {}
    for path, name in _named_files(paths):
        runs[name] = checked_rows(read_table(path, CLASSES), str(path))
    return _records(runs, classes, data)


def _named_files(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Each file with the name of its run; raises `BadInput` if two runs have the same name."""
    files: list[tuple[Path, str]] = []
    names: set[str] = set()
    for path in paths:
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", path.stem)
        if name in names:
            raise BadInput(
                f"{path}: a second run named {name!r}, allowed: files of different names"
            )
        names.add(name)
        files.append((path, name))
    return files


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
    """Count the predictions of two arrays, true and predicted classes as scikit-learn takes them.

    Args:
        y_true: (n,) the true classes, as names or as whole numbers from 0.
        y_pred: (n,) the predicted classes, in the same order.
        name: The name of the run, which names its files.
        epoch: One epoch for all images, or an array (n,).
        split: One split for all images, or an array (n,).
        index: (n,) the number of each image within its split.
        classes: The class names in label order; by default the distinct values, sorted.
        data: The name of the data set, for readers.

    Returns:
        The record of the run.

    Raises:
        BadInput: The name cannot name a file, or the arrays do not fit each other.

    Examples:
        >>> from interference import record_predictions
        >>> record = record_predictions(["cat", "cat", "dog"], ["cat", "dog", "dog"], name="mine")
        >>> record.classes.labels
        ('cat', 'dog')
        >>> record.save("look")  # writes look/counts/mine.parquet and look/cctm/mine.parquet
    """
    check_run("name", name)
    labels = to_array(f"{name}: y_true", y_true)
    predicted = to_array(f"{name}: y_pred", y_pred)
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
    columns = {}
    for key, value in values.items():
        if value is not None:
            columns[key] = _column(name, key, value, len(labels))
    rows = checked_rows(pa.table(columns), name)
    (record,) = _records({name: rows}, classes, data)
    return record


def _column(source: str, column: str, value: Any, number: int) -> pa.Array:
    """A single value or an array (number,) as a column with this number of rows."""
    values = to_array(f"{source}: {column}", value)
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
    """Join the first 12 labels of a list for a line of text, with `...` in place of the others."""
    first_labels = ", ".join(labels[:SHOWN])
    return f"{first_labels}, ..." if len(labels) > SHOWN else first_labels


def _records(
    runs: Mapping[str, Rows], classes: Classes | Sequence[str | int] | None, data: str
) -> list[Record]:
    known = _classes_of(runs) if classes is None else to_classes(classes)
    records = []
    for name, rows in runs.items():
        record = _empty_record(name, rows.meta, known, data)
        _count(record, rows)
        records.append(record)
    return records


def _empty_record(name: str, meta: Mapping[str, Any], classes: Classes, data: str) -> Record:
    """A record without counts, described by the metadata of a table of this package if given."""
    if not meta:
        return Record(name, classes, data)
    run = meta["run"]
    settings = run if run["setup"] else None
    return Record(name, classes, run["data"]["name"], settings, meta["made_by"])


def _classes_of(runs: Mapping[str, Rows]) -> Classes:
    """The classes in the metadata of a table, else the distinct values of all runs, sorted."""
    for rows in runs.values():
        if rows.meta:
            return Classes(tuple(rows.meta["classes"]), tuple(rows.meta["labels"]))
    values_of = {}
    for rows in runs.values():
        values_of[rows.source] = {*rows.label.values, *rows.predicted.values}
    sources = ", ".join(values_of)
    values = set().union(*values_of.values())
    if len({type(value) for value in values}) > 1:
        raise BadInput(
            f"{sources}: label and predicted: found names and numbers, allowed: one of them, "
            "unless the classes are named in label order"
        )
    for first, second in combinations(values_of, 2):
        if values_of[first].isdisjoint(values_of[second]):
            raise BadInput(
                f"{first}, {second}: label and predicted: found no class in both, allowed: runs "
                "of the same classes, unless they are named in label order"
            )
    try:
        return to_classes(in_order({str(value) for value in values}))
    except BadInput as error:
        raise BadInput(f"{sources}: label and predicted: {error}") from error


def _count(record: Record, rows: Rows) -> None:
    """Count the rows of a run by split and epoch, in one pass, and add them to its record."""
    size = len(record.classes)
    label = _label_numbers(rows.label, f"{rows.source}: label", record.classes)
    predicted = _label_numbers(rows.predicted, f"{rows.source}: predicted", record.classes)
    epochs, epoch_numbers = np.unique(rows.epoch, return_inverse=True)
    shape = (len(rows.split.values), len(epochs), size, size)
    # (split, epoch, label, predicted) of each row as one number
    cells = np.ravel_multi_index((rows.split.codes, epoch_numbers, label, predicted), shape)
    length = int(np.prod(shape))
    counts = np.bincount(cells, rows.count, length).reshape(shape)
    losses = np.bincount(cells, rows.loss_sum, length).reshape(shape)
    for split_number, split in enumerate(rows.split.values):
        epochs_with_images = np.flatnonzero(counts[split_number].any((-2, -1)))
        for epoch_number in epochs_with_images:
            cell_counts = counts[split_number, epoch_number].astype(np.int64)
            cell_losses = losses[split_number, epoch_number]
            record.add(split, cell_counts, cell_losses, int(epochs[epoch_number]))
        if rows.index is not None and split in FINAL:
            in_split = rows.split.codes == split_number
            last = in_split & (epoch_numbers == epochs_with_images[-1])
            images = {"index": rows.index[last], "label": label[last], "predicted": predicted[last]}
            record.final_predictions[split] = pd.DataFrame(images)


def _label_numbers(column: Coded, where: str, classes: Classes) -> Array:
    """The label numbers (n,) of a column's classes."""
    numbers = np.array([_label_number(value, where, classes) for value in column.values])
    return numbers[column.codes]


def _label_number(value: Value, where: str, classes: Classes) -> int:
    """The label number of a class that is written as a label, a number or a key."""
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
