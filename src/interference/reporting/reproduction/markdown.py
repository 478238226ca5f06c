"""Builds the parts of a page in GitHub's Markdown: tables, numbers, folds, images, links.

Text that may hold any character, such as a class label, goes through `escape_markdown`.
"""

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from interference.classes import DASH

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
MARKUP = re.compile(r"[\\`*_\[\]{}#|!]")  # characters that a backslash escapes
ENTITIES = {  # characters that a backslash does not escape everywhere
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "$": "&#36;",
    "~": "&#126;",
}


def escape_markdown(text: object) -> str:
    """Escape text so that a page shows it unchanged, on one line.

    Args:
        text: Any text; Markdown, HTML and mathematics in it lose their effect.

    Returns:
        The escaped text, with each run of white space replaced by one space.
    """
    line = " ".join(str(text).split())
    without_markup = MARKUP.sub(r"\\\g<0>", line)
    return re.sub("[&<>$~]", lambda match: ENTITIES[match[0]], without_markup)


def table(heads: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    """Write a Markdown table.

    Args:
        heads: The title of each column.
        rows: The cells of each row, as Markdown; None leaves a cell empty.

    Returns:
        The table. An empty cell shows a dash, a column without content is left out, and a column
        that holds only numbers is aligned right.
    """
    columns: list[list[str]] = []
    for head, *cells in zip(heads, *rows, strict=True):
        if any(cells):
            alignment = "--:" if all(map(_is_number, cells)) else ":--"
            contents = [cell or DASH for cell in cells]
            columns.append([head, alignment, *contents])
    lines = zip(*columns, strict=True)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _is_number(cell: str | None) -> bool:
    """Whether a cell is empty or holds only digits, signs, powers and `of`, as in `3 of 4`."""
    if cell is None:
        return True
    without_entities = re.sub(r"&\w+;|\bof\b", "", cell)
    return re.search("[A-Za-z]", without_entities) is None


def details(summary: str, *blocks: str) -> list[str]:
    """Fold blocks away under a summary line; a click opens them.

    Args:
        summary: The line that stays visible: plain text, which may hold any character.
        blocks: The folded blocks, as Markdown.

    Returns:
        The blocks with the tags around them.
    """
    opening = f"<details><summary>{escape(summary, quote=False)}</summary>"
    return [opening, *blocks, "</details>"]


def number(value: float, digits: int = 1, sign: bool = False) -> str | None:
    """Write a number.

    Args:
        value: The number.
        digits: The digits after the point.
        sign: Whether a positive number gets a plus sign.

    Returns:
        The number; None if it is not finite.
    """
    if not math.isfinite(value):
        return None
    plus = "+" if sign and value else ""
    return f"{value:{plus}.{digits}f}".replace("-", MINUS)


def short_number(value: float) -> str | None:
    """Write a number of any size in three digits, a very small one with a power of ten.

    Args:
        value: The number.

    Returns:
        Text such as `12.3`, `12,346` or `1.23×10⁻⁵`; None if the number is not finite.
    """
    if not math.isfinite(value):
        return None
    if value >= 1000:
        return f"{value:,.0f}"
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    mantissa = mantissa.replace("-", MINUS)
    if not exponent:
        return mantissa
    power = str(int(exponent)).translate(SUPERSCRIPTS)
    return f"{mantissa}{TIMES}10{power}"


def interval(low: float, high: float, digits: int = 2) -> str | None:
    """Write an interval such as `0.10 to 0.20`.

    Args:
        low: The lower end.
        high: The upper end.
        digits: The digits after the point.

    Returns:
        The interval; None if its lower end is not finite.
    """
    if not math.isfinite(low):
        return None
    return f"{number(low, digits)} to {number(high, digits)}"


def percent(fraction: float) -> str:
    """Write a fraction, 0 to 1, in percent."""
    return f"{100 * fraction:.3g} %"


def anchor(heading: str) -> str:
    """The link to a heading of the page, as GitHub derives it from the heading's text."""
    return "#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@dataclass(frozen=True)
class Pictures:
    """The figures that the page may show.

    Attributes:
        folder: The folder of the figures, relative to the page.
        names: The names of the figures that exist, without `.svg`.
    """

    folder: str
    names: Collection[str]

    def image(self, name: str, description: str) -> list[str]:
        """Show a figure.

        Args:
            name: The figure's name.
            description: The text for readers who cannot see it.

        Returns:
            One block of Markdown; empty if the figure does not exist.
        """
        if name not in self.names:
            return []
        return [f"![{escape_markdown(description)}]({self._target(name)})"]

    def links(self, figures: Iterable[tuple[str, str]]) -> list[str]:
        """Link to further figures.

        Args:
            figures: The name and the link text of each figure.

        Returns:
            One block of Markdown that links to those that exist; empty if none does.
        """
        links = [
            f"[{escape_markdown(text)}]({self._target(name)})"
            for name, text in figures
            if name in self.names
        ]
        return [f"More figures: {', '.join(links)}."] if links else []

    def _target(self, name: str) -> str:
        return quote(f"{self.folder}/{name}.svg")
