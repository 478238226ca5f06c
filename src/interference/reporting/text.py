"""Puts numbers and lists into words, for every page."""

from collections.abc import Iterable


def plural(number: int, noun: str) -> str:
    """A number with its noun, such as `1 run` or `2 runs`."""
    ending = "" if number == 1 else "s"
    return f"{number:,} {noun}{ending}"


def listed(items: Iterable[str]) -> str:
    """Items as a list in a sentence, such as `a, b and c`."""
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last
