"""The numbers behind a figure, which its SVG file carries as CSV in its metadata."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from interference.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

Rows = Sequence[Mapping[str, Any]]

DIGITS = 6  # significant ones: more than a figure shows
ELEMENT = "numbers"  # the id of the element that holds them


def with_numbers(svg: bytes, rows: Rows) -> bytes:
    """Put the numbers of a figure into its SVG file, after its own metadata.

    Args:
        svg: The content of the file.
        rows: One mapping a row of the CSV, all with the same keys.

    Returns:
        The content with the numbers; the content itself without any.
    """
    if not rows:
        return svg
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _rounded(value) for key, value in row.items()})
    element = f'</metadata>\n <metadata id="{ELEMENT}">\n{escape(text.getvalue())}</metadata>'
    return svg.replace(b"</metadata>", element.encode(), 1)


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

    for element in ElementTree.parse(path).iter():
        if element.get("id") == ELEMENT and element.text:
            return pd.read_csv(io.StringIO(element.text))
    raise BadInput(f"{path}: the figure carries no numbers; its tables are in data/")


def _rounded(value: Any) -> Any:
    """A number as text with `DIGITS` significant digits; nan becomes an empty text.

    Values that are not floating-point numbers are returned unchanged.
    """
    if not isinstance(value, float):
        return value
    return "" if math.isnan(value) else f"{value:.{DIGITS}g}"
