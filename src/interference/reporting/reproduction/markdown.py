"""Pieces of GitHub's Markdown; what may hold anything, such as a class's label, is escaped by `plain`."""

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from interference.classes import DASH

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
MARKS = re.compile(r"[\\`*_\[\]{}#|!]")
ENTITIES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "$": "&#36;",
    "~": "&#126;",
}  # a backslash would not do everywhere


def plain(words: object) -> str:
    """Words as they are, on one line, whatever Markdown, HTML or mathematics they hold."""
    marked = MARKS.sub(r"\\\g<0>", " ".join(str(words).split()))
    return re.sub("[&<>$~]", lambda found: ENTITIES[found[0]], marked)


def table(heads: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    """A table of Markdown cells, a dash where there is none; columns without any cell are left out.

    Columns of nothing but numbers are on the right.
    """
    columns = [(head, cells) for head, *cells in zip(heads, *rows, strict=True) if any(cells)]
    lines = zip(
        *(
            [
                head or "",
                "--:" if all(map(_is_number, cells)) else ":--",
                *(cell or DASH for cell in cells),
            ]
            for head, cells in columns
        ),
        strict=True,
    )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _is_number(cell: str | None) -> bool:
    """Whether a cell holds no words, but marks, digits and powers at most."""
    return cell is None or not re.search("[A-Za-z]", re.sub(r"&\w+;|\bof\b", "", cell))


def folded(summary: str, *blocks: str) -> list[str]:
    """Blocks that are folded away under a line of words, which is no Markdown, and open at a click."""
    return [f"<details><summary>{escape(summary, quote=False)}</summary>", *blocks, "</details>"]


def number(value: float, digits: int = 1, sign: bool = False) -> str | None:
    """A number with so many digits after the point, with its sign where that is asked; None where there is none."""
    if not math.isfinite(value):
        return None
    return f"{value:{'+' if sign and value else ''}.{digits}f}".replace("-", MINUS)


def short(value: float) -> str | None:
    """A number of any size in three digits, of a very small one with a power of ten."""
    if not math.isfinite(value):
        return None
    if value >= 1000:
        return f"{value:,.0f}"
    digits, _, power = f"{value:.3g}".replace("-", MINUS).partition("e")
    return (
        f"{digits}{TIMES}10{str(int(power.replace(MINUS, '-'))).translate(RAISED)}"
        if power
        else digits
    )


def interval(low: float, high: float, digits: int = 2) -> str | None:
    """An interval by its ends; None where there is none."""
    return f"{number(low, digits)} to {number(high, digits)}" if math.isfinite(low) else None


def percent(share: float) -> str:
    """A share, 0 to 1, in percent."""
    return f"{100 * share:.3g} %"


def anchor(heading: str) -> str:
    """Where GitHub lets a heading be linked."""
    return "#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@dataclass(frozen=True)
class Pictures:
    """The pictures that there are: their names, and their folder as the page's links name it."""

    folder: str
    names: Collection[str]

    def shown(self, name: str, words: str) -> list[str]:
        """A picture with words for those who cannot see it; nothing where there is none of that name."""
        return [f"![{plain(words)}]({self._link(name)})"] if name in self.names else []

    def linked(self, named: Iterable[tuple[str, str]]) -> list[str]:
        """A line of links to pictures by (name, words), of those that there are."""
        links = [
            f"[{plain(words)}]({self._link(name)})" for name, words in named if name in self.names
        ]
        return [f"Also drawn: {', '.join(links)}."] if links else []

    def _link(self, name: str) -> str:
        return quote(f"{self.folder}/{name}.svg")
