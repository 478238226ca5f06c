"""The columns of a table of predictions, each checked by itself.

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
from interference.external.class_names import plain, value
from interference.io.tables import METADATA
from interference.vocabulary import SPLITS, UNKNOWN, Array

CLASSES = ("label", "predicted")  # the columns that are needed


@dataclass(frozen=True)
class Numbers:
    """A column of numbers: its type, its largest value, and what stands for it where it lacks."""

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
    """A column of n rows: its distinct `values`, and for each row its place among them, (n,)."""

    values: list[Any]
    codes: Array


@dataclass(frozen=True)
class Rows:
    """The n checked rows of a run.

    Attributes:
        source: The file or name they come from, for errors.
        meta: What a table of this package says of itself, {} for any other.
        label: The true classes, as they are given.
        predicted: The predicted classes, as they are given.
        split: The splits.
        epoch: (n,) the epochs, `UNKNOWN` where none are given.
        count: (n,) the number of images.
        loss_sum: (n,) the summed losses, nan where none are given.
        index: (n,) the image within its split, None where images are not known.
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
        source: The file or name it comes from, for errors.

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
    """What a table of this package says of its classes and its run; {} for any other table."""
    encoded = table.schema.metadata or {}
    keys = [key for key in METADATA["counts"] if key.encode() in encoded]
    if len(keys) < len(METADATA["counts"]):
        return {}
    return {key: json.loads(encoded[key.encode()]) for key in keys}


def _check_names(names: Sequence[str], source: str) -> None:
    missing = [name for name in CLASSES if name not in names]
    if missing:
        hint = "; allowed in a CSV: columns separated by commas, semicolons or tabs"
        raise BadInput(
            f"{source}: lacks {', '.join(missing)}; found columns {', '.join(names)}"
            + (hint if len(names) == 1 else "")
        )
    for name in COLUMNS:
        if names.count(name) > 1:
            raise BadInput(
                f"{source}: found {names.count(name)} columns {name}, allowed: one of a name"
            )
    if {"index", "count"} <= set(names):
        raise BadInput(
            f"{source}: found index and count, allowed: one of them, since an image counts once"
        )


def _check_filled(table: pa.Table, source: str) -> None:
    for name in set(FILLED) & set(table.column_names):
        empty = pc.index(pc.is_null(table[name], nan_is_null=True), True).as_py()
        if empty >= 0:
            raise BadInput(
                f"{source}: {name}, row {empty + 1}: empty, allowed: a value in every row"
            )


def _check_images(rows: Rows) -> None:
    """Raise `BadInput` where an image was predicted twice in an epoch, or there are none."""
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
    """The values of a column; white space in texts becomes one blank, and none around them."""
    is_coded = pa.types.is_dictionary(column.type)
    decoded = column.cast(column.type.value_type) if is_coded else column
    encoded = decoded.combine_chunks().dictionary_encode()
    values = [
        plain(item) if isinstance(item, str) else item for item in encoded.dictionary.to_pylist()
    ]
    places = {item: place for place, item in enumerate(dict.fromkeys(values))}
    place_of_value = np.array([places[item] for item in values])
    return Coded([*places], place_of_value[encoded.indices.to_numpy()])


def _classes(column: pa.ChunkedArray, where: str, labels: Sequence[str] | None) -> Coded:
    """A column of classes; those of a table of this package are numbers of its `labels`."""
    coded = _coded(column)
    classes = [value(item, where) for item in coded.values]
    if labels is None:
        return Coded(classes, coded.codes)
    if not all(isinstance(item, int) and item < len(labels) for item in classes):
        raise BadInput(f"{where}: found {max(classes, key=str)!r}, allowed: 0 to {len(labels) - 1}")
    return Coded([labels[int(item)] for item in classes], coded.codes)


def _splits(table: pa.Table, source: str) -> Coded:
    if "split" not in table.column_names:
        return Coded(["test"], np.zeros(len(table), np.int64))
    coded = _coded(table["split"])
    unknown = [item for item in coded.values if item not in SPLITS]
    if unknown:
        raise BadInput(f"{source}: split: found {unknown[0]!r}, allowed: {', '.join(SPLITS)}")
    if "test" not in coded.values:
        raise BadInput(
            f"{source}: split: found {', '.join(coded.values)}, allowed: some rows of test"
        )
    return coded


def _numbers(table: pa.Table, name: str, source: str) -> Any:
    """A column of numbers (n,); where it lacks its default, None for a column that has none."""
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
