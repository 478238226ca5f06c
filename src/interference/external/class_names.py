"""Class names as users write them: texts or whole numbers from 0, in a list or an array."""

from collections.abc import Sequence
from typing import Any

from interference.classes import Classes
from interference.errors import BadInput
from interference.external.arrays import to_array

MOST = 2**15  # classes: the tables number them in 16 bits
SHOWN = 12  # class names in a line of text

Value = str | int  # a class as the user writes it


def to_classes(names: Classes | Sequence[str | int]) -> Classes:
    """Make classes of class names in label order.

    Args:
        names: The names, as texts or numbers. White space within a name becomes one blank, and
            white space around it is dropped.

    Returns:
        The classes.

    Raises:
        BadInput: There are fewer than two names, two are equal, or they have no order (a set).
    """
    if isinstance(names, Classes):
        return names
    array = to_array("classes", names)
    if array.ndim != 1:
        raise BadInput(
            f"classes: found {type(names).__name__}, allowed: a list of names in label order"
        )
    if not 2 <= len(array) <= MOST:
        first_names = ", ".join(repr(name) for name in array[:SHOWN].tolist())
        raise BadInput(f"classes: found {len(array)}, {first_names}, allowed: 2 to {MOST}")
    labels = [str(class_value(name, "classes")) for name in array.tolist()]
    return Classes.from_labels(labels)


def class_value(value: Any, where: str) -> Value:
    """Check a class as the user writes it.

    Args:
        value: A text, a truth value or a number.
        where: The argument or column that holds it, for the error.

    Returns:
        A name, or a whole number from 0. True and False are names.

    Raises:
        BadInput: It is neither.
    """
    if isinstance(value, bool) or (isinstance(value, str) and value.strip()):
        return normalise_spaces(str(value))
    if isinstance(value, int | float) and value >= 0 and float(value).is_integer():
        return int(value)
    raise BadInput(f"{where}: found {value!r}, allowed: class names, or whole numbers from 0")


def normalise_spaces(text: str) -> str:
    """Make all white space between words, line breaks included, one blank, and drop the rest."""
    return " ".join(text.split())
