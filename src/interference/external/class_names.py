"""Classes as people name them: by words or by whole numbers from 0, in a list, an array or a column."""

from collections.abc import Sequence
from typing import Any

from interference.classes import Classes
from interference.errors import BadInput
from interference.external.arrays import array

MOST = 2**15  # classes: the tables number them in 16 bits
SHOWN = 12  # class names in a line

Value = str | int  # a class as it is given


def named(names: Classes | Sequence[str | int]) -> Classes:
    """Classes of these names in this order, all white space in them one blank, and none around them.

    Raises `BadInput` for fewer than two, two that are alike, and names without an order, such as a set.
    """
    if isinstance(names, Classes):
        return names
    given = array("classes", names)
    if given.ndim != 1:
        raise BadInput(
            f"classes: found {type(names).__name__}, allowed: a list of names in label order"
        )
    if not 2 <= len(given) <= MOST:
        raise BadInput(
            f"classes: found {len(given)}, {', '.join(map(repr, given[:SHOWN].tolist()))}, allowed: 2 to "
            f"{MOST}"
        )
    return Classes.from_labels([str(value(name, "classes")) for name in given.tolist()])


def value(given: Any, where: str) -> Value:
    """A class as it is given: a name, or a number; true and false are names."""
    if isinstance(given, bool) or (isinstance(given, str) and given.strip()):
        return plain(str(given))
    if isinstance(given, int | float) and given >= 0 and float(given).is_integer():
        return int(given)
    raise BadInput(f"{where}: found {given!r}, allowed: class names, or whole numbers from 0")


def plain(text: str) -> str:
    """A text whose white space, line breaks too, is one blank between words."""
    return " ".join(text.split())
