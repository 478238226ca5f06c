"""Reads a confusion matrix of counts: class names in the first row and in the first column."""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from interference.errors import BadInput
from interference.external.class_names import normalise_spaces
from interference.external.column_names import SYNONYMS, simplified
from interference.external.predictions_file import TableFile, table_of
from interference.vocabulary import Array

TOTALS = ("all", "total", "totals", "sum")  # names of a last row and column that hold sums


def is_matrix(file: TableFile) -> bool:
    """Whether a text file may be a matrix: its first column names all its other columns.

    Args:
        file: The file.

    Returns:
        True if the names of the rows are those of the columns, in any order.
    """
    if not file.is_text or len(file.columns) < 3:
        return False
    if len(set(file.columns)) < len(file.columns):
        return False
    first = file.read(file.columns[:1]).column(0)
    return sorted(_texts(first)) == sorted(normalise_spaces(name) for name in file.columns[1:])


def as_rows(file: TableFile) -> tuple[TableFile, str]:
    """Convert a matrix to a table with columns label, predicted and count.

    Args:
        file: A file that is a matrix.

    Returns:
        The table, and a note that says what the rows of the matrix were taken for. Its labels are
        ordered categories, in the order of the matrix's columns.

    Raises:
        BadInput: A cell is not a whole number from 0.
    """
    table = file.read(file.columns)
    rows = _texts(table.column(0))
    columns = [normalise_spaces(name) for name in file.columns[1:]]
    counts = np.array([_counts(table[name], file.source, name) for name in file.columns[1:]]).T
    counts = counts[[rows.index(name) for name in columns]]  # rows in the order of the columns
    note = "read a matrix of counts, a row for each true class"
    if _has_predicted_rows(file.columns[0]):
        counts = counts.T
        note = (
            f"read a matrix of counts, a row for each predicted class ({file.columns[0].strip()})"
        )
    if simplified(columns[-1]) in TOTALS and _has_totals(counts):
        note += f"; left out its row and column {columns[-1]}, which hold sums"
        counts = counts[:-1, :-1]
        columns.pop()
    label, predicted = np.indices(counts.shape).reshape(2, -1)
    table = pa.table(
        {
            "label": _categories(label, columns),
            "predicted": _categories(predicted, columns),
            "count": counts.ravel(),
        }
    )
    return table_of(table, file.source), note


def _categories(codes: Array, names: Sequence[str]) -> pa.Array:
    """A column of ordered categories."""
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.int32()), pa.array(names, pa.string()), ordered=True
    )


def _texts(column: pa.ChunkedArray) -> list[str]:
    return [normalise_spaces(str(value or "")) for value in column.to_pylist()]


def _counts(column: pa.ChunkedArray, source: str, name: str) -> Array:
    """The counts of a predicted class, (rows,)."""
    texts = [text.removesuffix(".0") for text in _texts(column)]
    for row, text in enumerate(texts, 1):
        if not re.fullmatch(r"[0-9]{1,15}", text):
            raise BadInput(
                f"{source}: row {row}, column {name.strip()}: found {text!r} in a matrix of "
                "counts, allowed: whole numbers of images; rates cannot be counted"
            )
    return np.array([int(text) for text in texts], np.int64)


def _has_predicted_rows(corner: str) -> bool:
    """Whether the first cell says that a row is a predicted class: `predicted` or `pred/true`."""
    first_word = simplified(re.split(r"[/\\|]", corner)[0])
    return first_word in ("predicted", *SYNONYMS["predicted"])


def _has_totals(counts: Array) -> bool:
    """Whether the last row and column are the sums of the others."""
    parts = counts[:-1, :-1]
    has_row_sums = np.array_equal(counts[:-1, -1], parts.sum(1))
    has_column_sums = np.array_equal(counts[-1, :-1], parts.sum(0))
    return has_row_sums and has_column_sums
