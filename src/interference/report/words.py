"""Pieces of HTML that several sections share."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from interference import wording
from interference.classes import DASH


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], caption: str) -> str:
    """A table of plain values that scrolls where it is too wide; the caption is for those who cannot see it."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{shown(value)}</td>" for value in row) + "</tr>" for row in rows)
    return scrolling(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>", caption)


def scrolling(table: str, caption: str) -> str:
    """A table that scrolls where it is too wide or too high, also by keyboard."""
    return f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption, quote=True)}">{table}</div>'


def shown(value: Any) -> str:
    """A value as text, a dash for one that is absent (a nan, where a CSV had nothing)."""
    return escape(str(value)) if value is not None and value == value and value != "" else DASH


def holding(*sentences: tuple[str, bool]) -> str:
    """Those of some sentences that hold of a page, as one text."""
    return " ".join(sentence for sentence, holds in sentences if sentence and holds)


def listed(things: Iterable[str]) -> str:
    """`a, b and c`, escaped."""
    return wording.listed(map(escape, things))
