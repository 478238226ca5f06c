"""The numbers behind a figure, which its SVG file carries as CSV in its metadata.

A figure whose marks are the cells of stored tables carries the names of these tables instead.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from interference.errors import BadInput
from interference.io.tables import Table

if TYPE_CHECKING:
    import pandas as pd

Rows = Sequence[Mapping[str, Any]]

DIGITS = 6  # significant ones: more than a figure shows
ELEMENT = "numbers"  # the id of the element that holds them
TABLES = "tables"  # the id of the element that holds the names of tables


def with_numbers(svg: bytes, rows: Rows, table_names: Sequence[str] = ()) -> bytes:
    """Put the numbers of a figure, or the names of its tables, into its SVG file.

    Args:
        svg: The content of the file.
        rows: One mapping a row of the CSV; a row may lack keys of others.
        table_names: The names of the stored tables whose cells the figure draws.

    Returns:
        The content with both after its own metadata; the content itself without any.
    """
    if rows:
        svg = _with_element(svg, ELEMENT, _as_csv(rows))
    if table_names:
        svg = _with_element(svg, TABLES, "".join(f"{name}\n" for name in table_names))
    return svg


def read(path: Path) -> "pd.DataFrame":
    """Read the numbers that an SVG file of this project carries.

    Args:
        path: The file.

    Returns:
        Its numbers, a row for each mark of the figure.

    Raises:
        BadInput: If the file carries no numbers.
    """
    import pandas as pd

    text = _text_of(path, ELEMENT)
    if text:
        return pd.read_csv(io.StringIO(text))
    names = tables_of(path)
    if names:
        raise BadInput(f"{path}: the figure carries no numbers; read data/{names[0]}.parquet")
    raise BadInput(f"{path}: the figure carries no numbers; its tables are in data/")


def tables_of(path: Path) -> list[str]:
    """Read the names of the tables that an SVG file of this project draws.

    Args:
        path: The file.

    Returns:
        The tables' paths without their ending, from the folder `data` of the study.
    """
    return _text_of(path, TABLES).split()


def counts_name(folder: str, table: Table) -> str:
    """Name the table of a run in one of the folders `counts`, `cctm` and `grams`."""
    return f"{folder}/{table.run['name']}"


def surface_names(tables: Iterable[Table]) -> list[str]:
    """Name the tables of planes, each once."""
    names = [
        f"surfaces/{table.run['name']}-{table.meta['pair']}-{table.meta['scale']}"
        for table in tables
    ]
    return list(dict.fromkeys(names))


def _as_csv(rows: Rows) -> str:
    """Write rows as CSV with a header; a row may lack columns of others."""
    text = io.StringIO()
    columns = dict.fromkeys(column for row in rows for column in row)
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _rounded(value) for key, value in row.items()})
    return text.getvalue()


def _with_element(svg: bytes, name: str, text: str) -> bytes:
    """Put an element of metadata after the first one of an SVG file."""
    element = f'</metadata>\n <metadata id="{name}">\n{escape(text)}</metadata>'
    return svg.replace(b"</metadata>", element.encode(), 1)


def _text_of(path: Path, name: str) -> str:
    """Return the text of the element of this name in an SVG file, empty without one."""
    for element in ElementTree.parse(path).iter():
        if element.get("id") == name and element.text:
            return element.text
    return ""


def _rounded(value: Any) -> Any:
    """A number as text with `DIGITS` significant digits; nan becomes an empty text.

    Values that are not floating-point numbers are returned unchanged.
    """
    if not isinstance(value, float):
        return value
    return "" if math.isnan(value) else f"{value:.{DIGITS}g}"
