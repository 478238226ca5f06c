"""Reads files of predictions and of class names; their columns are checked elsewhere."""

import codecs
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from interference.errors import BadInput

SEPARATORS = (",", ";", "\t")


def read_table(path: Path, needed: tuple[str, ...]) -> pa.Table:
    """Read a CSV or parquet file.

    Args:
        path: The file, with suffix .csv or .parquet.
        needed: Columns of a CSV that tell its separator: it is the one that separates these columns
            in the first line, else a comma.

    Returns:
        The table, with the columns and types of the file.

    Raises:
        BadInput: The file is absent or unreadable, or has another suffix; or a CSV is neither UTF-8
            nor marked UTF-16, or one of its rows has more or fewer cells than the first.
    """
    if path.suffix not in READERS:
        raise BadInput(f"{path}: suffix {path.suffix!r}, allowed: {', '.join(READERS)}")
    try:
        return READERS[path.suffix](path, needed)
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except BadInput:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        cause = str(error).splitlines()[0]
        raise BadInput(f"{path}: not a readable {path.suffix[1:]} ({cause})") from error


def read_class_names(path: Path) -> list[str]:
    """Read class names in label order.

    Args:
        path: A text file with one name a line; empty lines are ignored.

    Returns:
        The names without white space around them.

    Raises:
        BadInput: The file cannot be read, or is neither UTF-8 nor marked UTF-16.
    """
    try:
        lines = read_text(path).splitlines()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    return [line.strip() for line in lines if line.strip()]


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, or in UTF-16 that begins with a byte order mark.

    Args:
        path: The file.

    Returns:
        Its text.

    Raises:
        BadInput: The file has another encoding, or is not a text file.
    """
    content = path.read_bytes()
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # no text holds this character, but binary files and unmarked UTF-16 do
        raise BadInput(
            f"{path}: found no UTF-8 text, allowed: UTF-8, or UTF-16 that begins with a byte order "
            "mark; save the file in one of them"
        )
    return text


def _read_csv(path: Path, needed: tuple[str, ...]) -> pa.Table:
    text = read_text(path)
    uneven_rows: list[pa_csv.InvalidRow] = []

    def note_uneven(row: pa_csv.InvalidRow) -> str:
        uneven_rows.append(row)
        return "skip"

    table = pa_csv.read_csv(
        pa.py_buffer(text.encode()),
        pa_csv.ReadOptions(use_threads=False),  # with threads uneven rows have no numbers
        pa_csv.ParseOptions(
            delimiter=_separator(text, needed),
            newlines_in_values=True,
            invalid_row_handler=note_uneven,
        ),
    )
    for row in uneven_rows:
        raise BadInput(
            f"{path}: row {row.number - 1}: found {row.actual_columns} cells, allowed: "
            f"{row.expected_columns}, one for each column"
        )
    return table


def _separator(text: str, needed: tuple[str, ...]) -> str:
    """The separator that splits the first line into the needed columns, else a comma."""
    first_line = re.split(r"[\r\n]", text, maxsplit=1)[0]
    for separator in SEPARATORS:
        names = {name.strip(' \t"') for name in first_line.split(separator)}
        if names.issuperset(needed):
            return separator
    return ","


def _read_parquet(path: Path, needed: tuple[str, ...]) -> pa.Table:
    return pq.read_table(path)


READERS: dict[str, Callable[[Path, tuple[str, ...]], pa.Table]] = {
    ".csv": _read_csv,
    ".parquet": _read_parquet,
}
