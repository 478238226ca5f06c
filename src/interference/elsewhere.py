"""Predictions of classifiers that were trained elsewhere, read and checked: rows or arrays in, a `Record` a run out.

A row is an image, or `count` images: its `label` and what it was `predicted` as, by names or by whole numbers from 0.
`epoch` and `split` say when and of which images (`test` where nothing is said), `index` which image of its split, and
`loss_sum` the cross-entropy of the row's images. So a table of counts is such a file too, and says its classes itself.
"""

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from interference.arrays import array
from interference.classes import Classes, in_order
from interference.confusion import Array
from interference.errors import BadInput
from interference.naming import SHOWN, Value, named, plain, value
from interference.params import check_run
from interference.record import DATA, FINAL, UNKNOWN, Record
from interference.tables import METADATA
from interference.vocabulary import SPLITS

SEPARATORS = (",", ";", "\t")
NEEDED = ("label", "predicted")
WHOLE = {"epoch": 2**15 - 1, "index": 2**31 - 1, "count": 2**31 - 1}  # the largest of each: what the tables hold
FILLED = (*NEEDED, "split", *WHOLE)
KNOWN = (*FILLED, "loss_sum")


def read_predictions(files: Path | str | Sequence[Path | str], classes: Classes | Sequence[str | int] | None = None,
                     data: str = DATA) -> list[Record]:
    """The runs of one or several CSV or parquet files of predictions, a file a run, named as its file is.

    A CSV is UTF-8, or UTF-16 that begins with its mark; commas, semicolons or tabs separate its columns, with or
    without spaces. Columns `label` and `predicted`, and where they are known `epoch`, `split`, `loss_sum`, `index`, or
    `count` for rows of several images; others are passed over. White space within a name is one blank. `classes` are
    in label order; without them they are those of a table that says its own, else the distinct values of all files,
    sorted, as numbers where all are. Raises `BadInput`, one line with the file and the column, for whatever is missing,
    empty, unknown or out of range.
    """
    paths = [Path(file) for file in ([files] if isinstance(files, Path | str) else files)]
    if not paths:
        raise BadInput("files: found none, allowed: at least one")
    names = [re.sub(r"[^A-Za-z0-9_.-]+", "_", path.stem) for path in paths]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise BadInput(f"{paths[place]}: a second run named {name!r}, allowed: files of different names")
    return _records(dict(zip(names, [_rows(_read(path), str(path)) for path in paths], strict=True)), classes, data)


def record_predictions(y_true: Any, y_pred: Any, *, name: str = "predictions", epoch: Any = None,
                       split: Any = "test", index: Any = None, classes: Classes | Sequence[str | int] | None = None,
                       data: str = DATA) -> Record:
    """The run of two arrays (n,), true and predicted classes as scikit-learn takes them: names, or numbers from 0.

    `epoch`, `split` and `index` are values for all or arrays (n,); otherwise as `read_predictions`.

        record = record_predictions(y_true, y_pred, epoch=epoch, name="mine")
        record.save("look")  # look/counts/mine.parquet and look/cctm/mine.parquet

    Raises `BadInput` for a name that names no file, and arrays that do not fit.
    """
    check_run("name", name)
    truth, said = array(f"{name}: y_true", y_true), array(f"{name}: y_pred", y_pred)
    if truth.ndim != 1 or truth.shape != said.shape:
        raise BadInput(f"{name}: y_true {truth.shape} and y_pred {said.shape}, allowed: two arrays (n,) of one length")
    given = {"label": truth, "predicted": said, "epoch": epoch, "split": split, "index": index}
    columns = {key: _column(name, key, value, len(truth)) for key, value in given.items() if value is not None}
    return _records({name: _rows(pa.table(columns), name)}, classes, data)[0]


def _column(source: str, column: str, value: Any, number: int) -> pa.Array:
    """One value or an array as a column of so many rows."""
    given = array(f"{source}: {column}", value)
    if given.shape not in ((), (number,)):
        raise BadInput(f"{source}: {column} {given.shape}, allowed: one value, or an array ({number},)")
    try:
        return pa.array(np.broadcast_to(given, number).copy())
    except (pa.ArrowException, TypeError) as error:
        raise BadInput(f"{source}: {column}: found {given.dtype}, allowed: names or numbers "
                       f"({str(error).splitlines()[0]})") from error


def class_names(file: Path) -> list[str]:
    """The class names of a text file, one a line, in label order; raises `BadInput` where it cannot be read."""
    try:
        return [line.strip() for line in _text(file).splitlines() if line.strip()]
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error.strerror or error})") from error


def shortened(labels: Sequence[str]) -> str:
    """The first of some labels, as many as a line holds."""
    return ", ".join(labels[:SHOWN]) + ", ..." * (len(labels) > SHOWN)


# Reading


@dataclass(frozen=True)
class _Rows:
    """The rows of a run, n of them, and where they come from: classes and splits as they are given there.

    `meta` is what a table of ours says of itself, {} for any other.
    """

    source: str
    meta: Mapping[str, Any]
    label: "_Coded"
    predicted: "_Coded"
    split: "_Coded"
    epoch: Array
    count: Array
    loss_sum: Array
    index: Array | None


@dataclass(frozen=True)
class _Coded:
    """A column (n,) as the distinct values in it, and the place among them of each row's, (n,)."""

    values: list[Any]
    codes: Array


def _read(path: Path) -> pa.Table:
    if path.suffix not in READERS:
        raise BadInput(f"{path}: suffix {path.suffix!r}, allowed: {', '.join(READERS)}")
    try:
        return READERS[path.suffix](path)
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except BadInput:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(f"{path}: not a readable {path.suffix[1:]} ({str(error).splitlines()[0]})") from error


def _text(path: Path) -> str:
    """A text file in UTF-8, or in UTF-16 that begins with its mark; raises `BadInput` for any other."""
    content = path.read_bytes()
    coding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = content.decode(coding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # in no text, but in what is none, and in UTF-16 without its mark
        raise BadInput(f"{path}: found no UTF-8 text, allowed: UTF-8, or UTF-16 that begins with a byte order mark")
    return text


def _read_csv(path: Path) -> pa.Table:
    """A CSV of the separator by which its first line names the columns that are needed, of commas where none does."""
    text, uneven = _text(path), list[pa_csv.InvalidRow]()
    head = re.split(r"[\r\n]", text, maxsplit=1)[0]
    names = {mark: {name.strip(" \t\"") for name in head.split(mark)} for mark in SEPARATORS}
    mark = next((mark for mark in SEPARATORS if names[mark].issuperset(NEEDED)), ",")

    def note(row: pa_csv.InvalidRow) -> str:
        uneven.append(row)
        return "skip"

    table = pa_csv.read_csv(
        pa.py_buffer(text.encode()), pa_csv.ReadOptions(use_threads=False),  # in threads rows have no numbers
        pa_csv.ParseOptions(delimiter=mark, newlines_in_values=True, invalid_row_handler=note))
    for row in uneven:
        raise BadInput(f"{path}: row {row.number - 1}: found {row.actual_columns} cells, allowed: "
                       f"{row.expected_columns}, one a column")
    return table


READERS = {".csv": _read_csv, ".parquet": pq.read_table}


def _rows(table: pa.Table, source: str) -> _Rows:
    """The rows of a table, every column checked by itself."""
    meta, found = _meta(table), [name.strip() for name in table.column_names]
    _check_columns(found, source)
    if not len(table):
        raise BadInput(f"{source}: no rows, allowed: at least one")
    table = table.rename_columns(found).combine_chunks()
    _check_filled(table, source)
    label, predicted = (_classes(table[name], f"{source}: {name}", meta.get("labels")) for name in NEEDED)
    given: dict[str, Any] = {"epoch": _full(table, UNKNOWN), "count": _full(table, 1),
                             "loss_sum": _full(table, np.nan), "index": None}
    given |= {name: _whole(table[name], f"{source}: {name}", most) for name, most in WHOLE.items() if name in found}
    if "loss_sum" in found:
        given["loss_sum"] = _numeric(table["loss_sum"], f"{source}: loss_sum", pa.float64(), "numbers")
    rows = _Rows(source, meta, label, predicted, _splits(table, source), **given)
    _check_once(rows)
    return rows


def _check_columns(found: Sequence[str], source: str) -> None:
    missing = [name for name in NEEDED if name not in found]
    if missing:
        hint = "; allowed in a CSV: columns separated by commas, semicolons or tabs" if len(found) == 1 else ""
        raise BadInput(f"{source}: lacks {', '.join(missing)}; found columns {', '.join(found)}{hint}")
    for name in KNOWN:
        if found.count(name) > 1:
            raise BadInput(f"{source}: found {found.count(name)} columns {name}, allowed: one of a name")
    if {"index", "count"} <= set(found):
        raise BadInput(f"{source}: found index and count, allowed: one of them, since an image counts once")


def _full(table: pa.Table, value: float) -> Array:
    return np.full(len(table), value)


def _meta(table: pa.Table) -> dict[str, Any]:
    """What a table of ours says of its classes and its run."""
    given = table.schema.metadata or {}
    keys = [key for key in METADATA["counts"] if key.encode() in given]
    return {key: json.loads(given[key.encode()]) for key in keys} if len(keys) == len(METADATA["counts"]) else {}


def _check_filled(table: pa.Table, source: str) -> None:
    for name in set(FILLED) & set(table.column_names):
        empty = pc.index(pc.is_null(table[name], nan_is_null=True), True).as_py()
        if empty >= 0:
            raise BadInput(f"{source}: {name}, row {empty + 1}: empty, allowed: a value in every row")


def _coded(column: pa.ChunkedArray) -> _Coded:
    """The column's values, in texts all white space one blank, and none around them."""
    known = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    coded = known.combine_chunks().dictionary_encode()
    values = [plain(value) if isinstance(value, str) else value for value in coded.dictionary.to_pylist()]
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return _Coded([*places], np.array([places[value] for value in values])[coded.indices.to_numpy()])


def _classes(column: pa.ChunkedArray, where: str, labels: Sequence[str] | None) -> _Coded:
    """A column of classes; those of a table of ours are numbers of its `labels`."""
    coded = _coded(column)
    values = [value(each, where) for each in coded.values]
    if labels is not None and not all(isinstance(value, int) and value < len(labels) for value in values):
        raise BadInput(f"{where}: found {max(values, key=str)!r}, allowed: 0 to {len(labels) - 1}")
    return _Coded([labels[int(value)] for value in values] if labels is not None else values, coded.codes)


def _whole(column: pa.ChunkedArray, where: str, most: int) -> Array:
    array = _numeric(column, where, pa.int64(), f"whole numbers from 0 to {most}")
    outside = array[(array < 0) | (array > most)]
    if len(outside):
        raise BadInput(f"{where}: found {outside[0]}, allowed: whole numbers from 0 to {most}")
    return array


def _numeric(column: pa.ChunkedArray, where: str, kind: pa.DataType, allowed: str) -> Array:
    try:
        return np.asarray(column.cast(kind).to_numpy())
    except pa.ArrowInvalid as error:
        raise BadInput(f"{where}: allowed: {allowed} ({str(error).splitlines()[0]})") from error


def _splits(table: pa.Table, source: str) -> _Coded:
    if "split" not in table.column_names:
        return _Coded(["test"], np.zeros(len(table), np.int64))
    coded = _coded(table["split"])
    unknown = [value for value in coded.values if value not in SPLITS]
    if unknown:
        raise BadInput(f"{source}: split: found {unknown[0]!r}, allowed: {', '.join(SPLITS)}")
    if "test" not in coded.values:
        raise BadInput(f"{source}: split: found {', '.join(coded.values)}, allowed: some rows of test")
    return coded


def _check_once(rows: _Rows) -> None:
    """Raise `BadInput` where an image was predicted twice in an epoch, or none at all."""
    if not rows.count.any():
        raise BadInput(f"{rows.source}: count: found 0 in every row, allowed: at least one image")
    if rows.index is None:
        return
    keys = {"split": rows.split.codes, "epoch": rows.epoch, "index": rows.index}
    double = np.flatnonzero(pd.DataFrame(keys).duplicated())
    if len(double):
        raise BadInput(f"{rows.source}: index, row {double[0] + 1}: found {rows.index[double[0]]} a second time in its "
                       "epoch and split, allowed: each image once")


# Counting


def _records(runs: Mapping[str, _Rows], classes: Classes | Sequence[str | int] | None, data: str) -> list[Record]:
    known = _found(runs) if classes is None else named(classes)
    return [_counted(_begun(name, rows.meta, known, data), rows) for name, rows in runs.items()]


def _begun(name: str, meta: Mapping[str, Any], classes: Classes, data: str) -> Record:
    """A record without counts; a table of ours says itself which run it is of."""
    if not meta:
        return Record(name, classes, data)
    run = meta["run"]
    return Record(name, classes, run["data"]["name"], run if run["setup"] else None, meta["made_by"])


def _found(runs: Mapping[str, _Rows]) -> Classes:
    """The classes that a table of ours is of, else the distinct values of all runs, sorted."""
    for rows in runs.values():
        if rows.meta:
            return Classes(tuple(rows.meta["classes"]), tuple(rows.meta["labels"]))
    found = {rows.source: {*rows.label.values, *rows.predicted.values} for rows in runs.values()}
    values, where = set().union(*found.values()), ", ".join(found)
    if len({type(value) for value in values}) > 1:
        raise BadInput(f"{where}: label and predicted: found names and numbers, allowed: one of them, unless the "
                       "classes are named in label order")
    for one, other in combinations(found, 2):
        if found[one].isdisjoint(found[other]):
            raise BadInput(f"{one}, {other}: label and predicted: found no class in both, allowed: runs of the same "
                           "classes, unless they are named in label order")
    try:
        return named(in_order({str(value) for value in values}))
    except BadInput as error:
        raise BadInput(f"{where}: label and predicted: {error}") from error


def _counted(record: Record, rows: _Rows) -> Record:
    """Count the rows of a run by split and epoch, all in one pass."""
    size = len(record.classes)
    label, predicted = (_numbers(getattr(rows, name), f"{rows.source}: {name}", record.classes) for name in NEEDED)
    epochs, epoch = np.unique(rows.epoch, return_inverse=True)
    shape = (len(rows.split.values), len(epochs), size, size)
    cell = np.ravel_multi_index((rows.split.codes, epoch, label, predicted), shape)
    counts, losses = (np.bincount(cell, weights, int(np.prod(shape))).reshape(shape)
                      for weights in (rows.count, rows.loss_sum))
    for number, split in enumerate(rows.split.values):
        seen = np.flatnonzero(counts[number].any((-2, -1)))
        for place in seen:
            record.add(split, counts[number, place].astype(np.int64), losses[number, place], int(epochs[place]))
        if rows.index is not None and split in FINAL:
            last = (rows.split.codes == number) & (epoch == seen[-1])
            record.said[split] = pd.DataFrame(
                {"index": rows.index[last], "label": label[last], "predicted": predicted[last]})
    return record


def _numbers(column: _Coded, where: str, classes: Classes) -> Array:
    """The label numbers (n,) of a column's classes."""
    return np.array([_number(value, where, classes) for value in column.values])[column.codes]


def _number(value: Value, where: str, classes: Classes) -> int:
    if str(value) in classes.labels:
        return classes.labels.index(str(value))
    if isinstance(value, int) and value < len(classes):
        return value
    if isinstance(value, str) and classes.has(value):
        return classes.index(value)
    raise BadInput(f"{where}: found {value!r}, allowed: 0 to {len(classes) - 1}, or the names "
                   f"{shortened(classes.labels)}")
