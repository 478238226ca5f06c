"""Words for numbers and lists, whatever the page."""

from collections.abc import Iterable


def plural(number: int, thing: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {thing}{'s' * (number != 1)}"


def listed(things: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = things
    return f"{', '.join(most)} and {last}" if most else last
