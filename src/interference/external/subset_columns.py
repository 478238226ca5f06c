"""Reads further columns of predictions, such as camera or brightness, as subsets of the images."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from interference.classes import in_order
from interference.errors import BadInput, one_of
from interference.external.labels import Labels
from interference.vocabulary import Array

MOST = 200  # subsets of a column
SEPARATE = 12  # the most different numbers that are subsets of their own
PARTS = 4  # into which a column of more numbers is divided, with equally many images
EMPTY = "(empty)"  # the subset of the rows without a value


def check_names(names: Sequence[str], columns: Sequence[str]) -> None:
    """Check that columns exist.

    Args:
        names: The columns of subsets.
        columns: The columns of all files.

    Raises:
        BadInput: There is no such column.
    """
    for name in names:
        if name not in columns:
            raise one_of("--subset", name, columns)


def read(table: pa.Table, names: Sequence[str], source: str) -> dict[str, Labels]:
    """Read the subset of each row.

    Args:
        table: The rows.
        names: The columns of subsets.
        source: The file, for errors.

    Returns:
        The subsets by column. A column of more than 12 different numbers is divided into four parts
        with about equally many rows.

    Raises:
        BadInput: A column has more than 200 different values, and some of them are not numbers.
    """
    return {name: _subsets(table[name], name, source) for name in names}


def _subsets(column: pa.ChunkedArray, name: str, source: str) -> Labels:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    values = column.cast(pa.string()).to_pandas().fillna("").str.strip()
    codes, texts = pd.factorize(values)
    numbers = np.asarray(pd.to_numeric(pd.Series(list(texts)), errors="coerce"), np.float64)
    is_number = np.isfinite(numbers) | (np.asarray(texts) == "")
    if is_number.all() and np.isfinite(numbers).sum() > SEPARATE:
        return _parts(numbers[codes])
    if len(texts) > MOST:
        raise BadInput(
            f"{source}: --subset {name}: found {len(texts):,} values, such as {texts[0]!r}, "
            f"allowed: at most {MOST}, or numbers"
        )
    return _sorted([text or EMPTY for text in texts], codes)


def _sorted(texts: Sequence[str], codes: Array) -> Labels:
    """Subsets in natural order of their texts."""
    ordered = in_order(texts)
    place = np.array([ordered.index(text) for text in texts])
    return Labels(ordered, place[codes])


def _parts(numbers: Array) -> Labels:
    """Numbers (n,), some of them nan, in parts of about equally many rows."""
    known = np.isfinite(numbers)
    inner = np.quantile(numbers[known], np.arange(1, PARTS) / PARTS)
    part = np.searchsorted(np.unique(inner), numbers, side="right")
    occurring = np.unique(part[known])
    texts = []
    for number in occurring:
        own = numbers[known & (part == number)]
        texts.append(f"{own.min():g} to {own.max():g}")
    codes = np.searchsorted(occurring, part)
    if not known.all():
        texts.append(EMPTY)
        codes[~known] = len(texts) - 1
    return Labels(texts, codes)
