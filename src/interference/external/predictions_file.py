"""Opens files of predictions: delimited text, JSON lines and parquet, by their suffix.

Text stays text: no cell of a text file becomes a number or a date here, unless its column is asked
for as numbers.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from interference.errors import BadInput
from interference.external.text_input import STANDARD_INPUT, decode, read_bytes
from interference.io.input_files import check_regular
from interference.io.tables import check_size
from interference.vocabulary import Array

SEPARATORS = (",", ";", "\t")
SUFFIXES = {  # the kind of file that each suffix stands for, in any case
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
ARRAYS = (".npy", ".npz", ".json")  # of files that programs write arrays into
COMPRESSED = ".gz"  # may follow the suffix of a text file
TEXT = pa.dictionary(pa.int32(), pa.string())
EMPTY_CELLS = [""]
HEADER = 2**20  # characters in which the names of the columns are looked for


class Reader(Protocol):
    """Reads the rows of some columns of a table."""

    def __call__(self, names: Sequence[str], numbers: Sequence[str] = ()) -> pa.Table:
        """Read columns.

        Args:
            names: The columns.
            numbers: Those of them that hold numbers. The cells of a text file become float64 if all
                cells of these columns are numbers; thousands of columns take less time and memory
                so.

        Returns:
            The columns.
        """


@dataclass(frozen=True)
class TableFile:
    """A table whose rows are not read yet.

    Attributes:
        source: The file, for errors.
        columns: The names of its columns.
        read: Reads the rows of some columns.
        metadata: The metadata of a parquet file.
        is_text: Whether the cells are text as the file spells it.
        find_line: Finds the line of a row of a text file; lines count from 1, rows from 0.
        row_numbers: (n,) the number of each row in the file, from 0, if some are passed over.
        holds_texts: Whether the column of a name holds texts.
    """

    source: str
    columns: Sequence[str]
    read: Reader
    metadata: Mapping[bytes, bytes] = field(default_factory=dict)
    is_text: bool = False
    find_line: Callable[[int], int] | None = None
    row_numbers: Array | None = None
    holds_texts: Callable[[str], bool] = lambda name: True

    def place(self, row: int) -> str:
        """Name a row for errors: `row 4`, or `row 4 (line 5)` of a text file.

        Args:
            row: The row, counted from 0, of those that are not passed over.

        Returns:
            The text; it counts rows from 1.
        """
        number = row if self.row_numbers is None else int(self.row_numbers[row])
        text = f"row {number + 1}"
        return f"{text} (line {self.find_line(number)})" if self.find_line else text


def table_of(table: pa.Table, source: str) -> TableFile:
    """Make a `TableFile` of a table in memory.

    Args:
        table: The table.
        source: Its name, for errors.

    Returns:
        The file.
    """

    def read(names: Sequence[str], numbers: Sequence[str] = ()) -> pa.Table:
        return table.select(names)

    return TableFile(source, table.column_names, read, table.schema.metadata or {})


def open_table(path: Path, is_known: Callable[[Sequence[str]], bool]) -> TableFile:
    """Open a file of predictions.

    Args:
        path: The file, or `-` for standard input, whose kind is seen from its content.
        is_known: Whether columns of these names are a table of predictions. It tells the separator
            of a text file; if no separator gives known columns, the one with most columns is it.

    Returns:
        The table, whose rows are not read yet.

    Raises:
        BadInput: The file is absent or unreadable, has another suffix, or would take far more
            memory than its size lets expect; or it is neither UTF-8 nor marked UTF-16.
    """
    suffix = _suffix(path)
    try:
        if str(path) == STANDARD_INPUT:
            return _open_content(read_bytes(path), "standard input", is_known)
        if suffix not in SUFFIXES:
            message = (
                f"{path}: suffix {suffix!r}, allowed: {', '.join(SUFFIXES)}, and text files with "
                f"{COMPRESSED} behind it"
            )
            if suffix in ARRAYS:
                message += "; from arrays in Python: interference.record_predictions"
            raise BadInput(message)
        kind = SUFFIXES[suffix]
        if kind == "parquet":
            check_regular(path)
            return _open_parquet(pq.ParquetFile(path), str(path))
        return _open_text(decode(read_bytes(path), str(path)), str(path), kind, is_known)
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except BadInput:
        raise
    except (pa.ArrowException, OSError, EOFError, ValueError, csv.Error) as error:
        raise unreadable(path, error) from error


def unreadable(path: Path | str, error: Exception) -> BadInput:
    """Make the error for a file that is damaged or not of the kind that its suffix says."""
    suffix = _suffix(Path(path)).removeprefix(".") or "table"
    cause = (str(error).splitlines() or [type(error).__name__])[0]
    return BadInput(f"{path}: not a readable {suffix} ({cause})")


def _suffix(path: Path) -> str:
    """The suffix in lower case, without `.gz`."""
    name = path.name.lower().removesuffix(COMPRESSED)
    return Path(name).suffix


def _open_content(
    content: bytes, source: str, is_known: Callable[[Sequence[str]], bool]
) -> TableFile:
    """Open content whose kind is not named."""
    if content.startswith(b"PAR1"):
        return _open_parquet(pq.ParquetFile(pa.BufferReader(content)), source)
    text = decode(content, source)
    kind = "jsonl" if text.lstrip().startswith("{") else "csv"
    return _open_text(text, source, kind, is_known)


def _open_text(
    text: str, source: str, kind: str, is_known: Callable[[Sequence[str]], bool]
) -> TableFile:
    if kind == "jsonl":
        return _open_json_lines(text, source)
    return _open_delimited(text, source, is_known)


# Delimited text


def _open_delimited(text: str, source: str, is_known: Callable[[Sequence[str]], bool]) -> TableFile:
    separator, columns = _separated(text, is_known)
    content = pa.py_buffer(text.encode())

    def find_line(row: int) -> int:
        return _line_of_row(content.to_pybytes().decode(), separator, row)

    def read(names: Sequence[str], numbers: Sequence[str] = ()) -> pa.Table:
        types = dict.fromkeys(names, TEXT) | dict.fromkeys(numbers, pa.float64())
        try:
            return _read_delimited(content, source, separator, types, find_line)
        except BadInput:
            if not numbers:
                raise
        return read(names)  # texts, so that the error can name the cell that is not a number

    return TableFile(source, columns, read, is_text=True, find_line=find_line)


def _line_of_row(text: str, separator: str, row: int) -> int:
    """The number of the line, from 1, on which a row begins.

    Rows count from 0, without the header and empty lines.
    """
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = -1  # of the header
    line = 1
    for cells in rows:
        if cells:
            if number == row:
                break
            number += 1
        line = rows.line_num + 1
    return line


def _separated(text: str, is_known: Callable[[Sequence[str]], bool]) -> tuple[str, list[str]]:
    """The separator of the columns, and the columns in the first line."""
    start = text[:HEADER].lstrip("\r\n")
    headers = {}
    for separator in SEPARATORS:
        rows = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
        headers[separator] = next(rows, [])
        if is_known(headers[separator]):
            return separator, headers[separator]
    separator = max(headers, key=lambda separator: len(headers[separator]))
    if not headers[separator]:
        raise ValueError("Empty CSV file")
    return separator, headers[separator]


def _read_delimited(
    content: pa.Buffer,
    source: str,
    separator: str,
    types: Mapping[str, pa.DataType],
    find_line: Callable[[int], int],
) -> pa.Table:
    """Read columns as texts or numbers; a cell without a character is null."""
    uneven_rows: list[pa_csv.InvalidRow] = []

    def note_uneven(row: pa_csv.InvalidRow) -> str:
        uneven_rows.append(row)
        return "skip"

    try:
        table = pa_csv.read_csv(
            content,
            pa_csv.ReadOptions(use_threads=False),  # with threads uneven rows have no numbers
            pa_csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, invalid_row_handler=note_uneven
            ),
            pa_csv.ConvertOptions(
                include_columns=list(types),
                column_types=dict(types),
                null_values=EMPTY_CELLS,
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowException as error:
        raise unreadable(source, error) from error
    for row in uneven_rows:
        line = find_line(row.number - 2)  # arrow counts the header as row 1
        raise BadInput(
            f"{source}: row {row.number - 1} (line {line}): found {row.actual_columns} cells, "
            f"allowed: {row.expected_columns}, one for each column"
        )
    return table


# JSON lines


def _open_json_lines(text: str, source: str) -> TableFile:
    """Open lines of JSON objects; their numbers keep the spelling of the file."""
    rows = []
    lines = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{source}: line {number}: no JSON ({error})") from error
        if not isinstance(row, dict):
            raise BadInput(
                f"{source}: line {number}: found {type(row).__name__}, allowed: an object, with a "
                "value for each column"
            )
        rows.append(row)
        lines.append(number)
    if not rows:
        raise BadInput(f"{source}: no rows, allowed: at least one")
    columns = list(dict.fromkeys(name for row in rows for name in row))

    def read(names: Sequence[str], numbers: Sequence[str] = ()) -> pa.Table:
        arrays = [_json_column([row.get(name) for row in rows], name, source) for name in names]
        return pa.table(arrays, names=list(names))

    def holds_texts(name: str) -> bool:
        return all(isinstance(row.get(name, ""), str | None) for row in rows)

    return TableFile(
        source,
        columns,
        read,
        is_text=True,
        find_line=lines.__getitem__,
        holds_texts=holds_texts,
    )


def _json_column(values: Sequence[Any], name: str, source: str) -> pa.Array:
    """A column of texts, or of lists of numbers."""
    if any(isinstance(value, dict) for value in values):
        raise BadInput(f"{source}: {name}: found objects, allowed: texts, numbers or lists")
    if any(isinstance(value, list) for value in values):
        try:
            scores = [value and [float(number) for number in value] for value in values]
            return pa.array(scores, pa.list_(pa.float64()))
        except (TypeError, ValueError, pa.ArrowException) as error:
            raise BadInput(
                f"{source}: {name}: found lists that hold no numbers ({error}), allowed: one value "
                "or a list of scores in every row"
            ) from error
    texts = [str(value).lower() if isinstance(value, bool) else value for value in values]
    return pa.array([text or None for text in texts], pa.string()).dictionary_encode()


# Parquet


def _open_parquet(file: pq.ParquetFile, source: str) -> TableFile:
    schema = file.schema_arrow
    check_size(file, source)

    def read(names: Sequence[str], numbers: Sequence[str] = ()) -> pa.Table:
        try:
            return file.read(columns=list(names)).select(list(names))
        except (pa.ArrowException, OSError) as error:
            raise unreadable(source, error) from error

    def holds_texts(name: str) -> bool:
        kind = schema.field(name).type
        values = kind.value_type if pa.types.is_dictionary(kind) else kind
        return bool(pa.types.is_string(values) or pa.types.is_large_string(values))

    metadata = schema.metadata or {}
    return TableFile(source, schema.names, read, metadata, holds_texts=holds_texts)
