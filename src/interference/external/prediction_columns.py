"""Checks the columns of a table of predictions.

A row is an image, or `count` images. `label` and `predicted` are needed, the others are optional.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from interference.errors import BadInput
from interference.external.class_names import class_value, normalise_spaces
from interference.io.tables import METADATA
from interference.vocabulary import SPLITS, UNKNOWN, Array

CLASSES = ("label", "predicted")  # the columns that are needed


@dataclass(frozen=True)
class Numbers:
    """A column of numbers.

    Attributes:
        kind: The type of its values.
        most: The largest value that is allowed, None for any number.
        default: The value of all rows if the column is absent; None if it has no default.
    """

    kind: pa.DataType
    most: int | None
    default: float | None

    @property
    def allowed(self) -> str:
        """The numbers that are allowed, for an error."""
        return "numbers" if self.most is None else f"whole numbers from 0 to {self.most}"


NUMBERS = {  # the largest values are those that the written tables hold
    "epoch": Numbers(pa.int64(), 2**15 - 1, UNKNOWN),
    "index": Numbers(pa.int64(), 2**31 - 1, None),
    "count": Numbers(pa.int64(), 2**31 - 1, 1),
    "loss_sum": Numbers(pa.float64(), None, np.nan),  # may be empty in some rows
}
COLUMNS = (*CLASSES, "split", *NUMBERS)
FILLED = tuple(name for name in COLUMNS if name != "loss_sum")


@dataclass(frozen=True)
class Coded:
    """A column of n rows whose values repeat.

    Attributes:
        values: The distinct values.
        codes: (n,) int, for each row the position of its value in `values`.
    """

    values: list[Any]
    codes: Array


@dataclass(frozen=True)
class Rows:
    """The n checked rows of a run.

    Attributes:
        source: The file of the rows, or the name of the run, for errors.
        meta: The metadata of a table of this package, {} for any other table.
        label: The true classes, as the user writes them.
        predicted: The predicted classes, as the user writes them.
        split: The splits.
        epoch: (n,) the epochs, `UNKNOWN` if there is no such column.
        count: (n,) the number of images.
        loss_sum: (n,) the summed losses in nats, nan if they are unknown.
        index: (n,) the number of the image within its split, None if there is no such column.
    """

    source: str
    meta: Mapping[str, Any]
    label: Coded
    predicted: Coded
    split: Coded
    epoch: Array
    count: Array
    loss_sum: Array
    index: Array | None


def checked_rows(table: pa.Table, source: str) -> Rows:
    """Check the columns of a table of predictions.

    Args:
        table: The table; columns of other names are ignored.
        source: Its file, or the name of the run, for errors.

    Returns:
        Its rows.

    Raises:
        BadInput: A column is missing, there twice, empty in some row, or holds a value that is
            not allowed; or an image is predicted twice in an epoch.
    """
    meta = _metadata(table)
    names = [name.strip() for name in table.column_names]
    _check_names(names, source)
    if not len(table):
        raise BadInput(f"{source}: no rows, allowed: at least one")
    table = table.rename_columns(names).combine_chunks()
    _check_filled(table, source)
    rows = Rows(
        source,
        meta,
        label=_classes(table["label"], f"{source}: label", meta.get("labels")),
        predicted=_classes(table["predicted"], f"{source}: predicted", meta.get("labels")),
        split=_splits(table, source),
        **{name: _numbers(table, name, source) for name in NUMBERS},
    )
    _check_images(rows)
    return rows


def _metadata(table: pa.Table) -> dict[str, Any]:
    """The metadata of a table of this package, {} for any other table."""
    encoded = table.schema.metadata or {}
    keys = [key for key in METADATA["counts"] if key.encode() in encoded]
    if len(keys) < len(METADATA["counts"]):
        return {}
    return {key: json.loads(encoded[key.encode()]) for key in keys}


def _check_names(names: Sequence[str], source: str) -> None:
    """Raise `BadInput` if a column is missing or there twice, or columns contradict each other."""
    missing = [name for name in CLASSES if name not in names]
    if missing:
        message = f"{source}: lacks {', '.join(missing)}; found columns {', '.join(names)}"
        if len(names) == 1:
            message += "; allowed in a CSV: columns separated by commas, semicolons or tabs"
        raise BadInput(message)
    for name in COLUMNS:
        if names.count(name) > 1:
            raise BadInput(
                f"{source}: found {names.count(name)} columns named {name}, allowed: one; rename "
                "or remove the others"
            )
    if {"index", "count"} <= set(names):
        raise BadInput(
            f"{source}: found index and count, allowed: one of them, since an image counts once"
        )


def _check_filled(table: pa.Table, source: str) -> None:
    """Raise `BadInput` if a value is missing in a row."""
    for name in set(FILLED) & set(table.column_names):
        empty = pc.index(pc.is_null(table[name], nan_is_null=True), True).as_py()
        if empty >= 0:
            raise BadInput(
                f"{source}: {name}, row {empty + 1}: empty, allowed: a value in every row"
            )


def _check_images(rows: Rows) -> None:
    """Raise `BadInput` if there are no images, or one is predicted twice in an epoch."""
    if not rows.count.any():
        raise BadInput(f"{rows.source}: count: found 0 in every row, allowed: at least one image")
    if rows.index is None:
        return
    images = {"split": rows.split.codes, "epoch": rows.epoch, "index": rows.index}
    repeated = np.flatnonzero(pd.DataFrame(images).duplicated())
    if len(repeated):
        row = repeated[0]
        raise BadInput(
            f"{rows.source}: index, row {row + 1}: found {rows.index[row]} a second time in its "
            "epoch and split, allowed: each image once"
        )


def _coded(column: pa.ChunkedArray) -> Coded:
    """A column by its distinct values; white space in texts becomes one blank."""
    is_coded = pa.types.is_dictionary(column.type)
    decoded = column.cast(column.type.value_type) if is_coded else column
    encoded = decoded.combine_chunks().dictionary_encode()
    values = []
    for item in encoded.dictionary.to_pylist():
        values.append(normalise_spaces(item) if isinstance(item, str) else item)
    distinct = list(dict.fromkeys(values))
    codes = {item: code for code, item in enumerate(distinct)}
    code_of_value = np.array([codes[item] for item in values])
    return Coded(distinct, code_of_value[encoded.indices.to_numpy()])


def _classes(column: pa.ChunkedArray, where: str, labels: Sequence[str] | None) -> Coded:
    """A column of classes; in a table of this package they are numbers of its `labels`."""
    coded = _coded(column)
    classes = [class_value(item, where) for item in coded.values]
    if labels is None:
        return Coded(classes, coded.codes)
    if not all(isinstance(item, int) and item < len(labels) for item in classes):
        raise BadInput(f"{where}: found {max(classes, key=str)!r}, allowed: 0 to {len(labels) - 1}")
    return Coded([labels[int(item)] for item in classes], coded.codes)


def _splits(table: pa.Table, source: str) -> Coded:
    """The column of splits; without one all rows are of split `test`."""
    if "split" not in table.column_names:
        return Coded(["test"], np.zeros(len(table), np.int64))
    coded = _coded(table["split"])
    unknown = [item for item in coded.values if item not in SPLITS]
    if unknown:
        raise BadInput(f"{source}: split: found {unknown[0]!r}, allowed: {', '.join(SPLITS)}")
    if "test" not in coded.values:
        raise BadInput(
            f"{source}: split: found {', '.join(coded.values)}, allowed: at least one row of test"
        )
    return coded


def _numbers(table: pa.Table, name: str, source: str) -> Any:
    """A column of numbers (n,); if it is absent its default, or None if it has no default."""
    column = NUMBERS[name]
    if name not in table.column_names:
        return None if column.default is None else np.full(len(table), column.default)
    try:
        numbers = np.asarray(table[name].cast(column.kind).to_numpy())
    except pa.ArrowInvalid as error:
        cause = str(error).splitlines()[0]
        raise BadInput(f"{source}: {name}: allowed: {column.allowed} ({cause})") from error
    if column.most is not None:
        outside = numbers[(numbers < 0) | (numbers > column.most)]
        if len(outside):
            raise BadInput(f"{source}: {name}: found {outside[0]}, allowed: {column.allowed}")
    return numbers
