"""Class labels and names as users write them: texts, numbers or truth values."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from interference.classes import Classes, shortened
from interference.errors import BadInput
from interference.external.arrays import to_array

MOST = 2**15  # classes: the tables number them in 16 bits


def to_classes(names: Classes | Sequence[str | int], least: int = 2) -> Classes:
    """Make classes of class names in label order.

    Args:
        names: The names, as texts or numbers. White space within a name becomes one blank, and
            white space around it is dropped.
        least: The smallest number of classes that is allowed.

    Returns:
        The classes.

    Raises:
        BadInput: There are too few names, two are equal, or they have no order (a set).
    """
    if isinstance(names, Classes):
        return names
    array = to_array("classes", names)
    if array.ndim != 1:
        raise BadInput(
            f"classes: found {type(names).__name__}, allowed: a list of names in label order"
        )
    if not least <= len(array) <= MOST:
        names = shortened([repr(name) for name in array.tolist()])
        raise BadInput(f"classes: found {len(array)}, {names}, allowed: {least} to {MOST}")
    return Classes.from_labels([class_text(name, "classes") for name in array.tolist()])


def class_text(value: Any, where: str, row: Callable[[], str] | None = None) -> str:
    """Write a class label as text.

    Args:
        value: A text, a truth value or a number.
        where: The argument or column that holds it, for the error.
        row: Names its row, for the error.

    Returns:
        The text; a whole number has no point, so that 2.0 of an array is `2`.

    Raises:
        BadInput: It is a number with a fraction, empty, or something else.
    """
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        text = normalise_spaces(value)
        if not text:
            place = f"{where}, {row()}" if row else where
            raise BadInput(f"{place}: empty, allowed: a value in every row")
        return text
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, float) or value is None:
        raise BadInput(f"{where}: found {value!r}, allowed: class names, or whole numbers")
    return str(value)  # dates and decimal numbers, as Arrow writes them


def normalise_spaces(text: str) -> str:
    """Make all white space between words, line breaks included, one blank, and drop the rest."""
    return " ".join(text.split())


def told_apart(names: Sequence[str]) -> list[str]:
    """Add the label number to names that several classes have: `crane` becomes `crane (2)`.

    Args:
        names: Class names in label order.

    Returns:
        Names that differ.
    """
    times = Counter(names)
    return [f"{name} ({number})" if times[name] > 1 else name for number, name in enumerate(names)]
