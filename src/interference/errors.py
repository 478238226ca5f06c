"""The error for input that the user has to correct, and helpers that word such errors."""

from collections.abc import Iterable

LONGEST = 300  # characters that are shown of an error that other people's code raised


class BadInput(ValueError):
    """The user's input is wrong: a file, a key or a value.

    The message is one line. It names the file and the key, the value that was found and the values
    that are allowed, and says what to do if that does not follow from them. The stages print it
    without a traceback and exit with status 2. Any other exception is a defect of this program and
    keeps its traceback.
    """


def one_of(key: str, value: object, allowed: Iterable[object]) -> BadInput:
    """Make the error for a value that is not among the allowed ones.

    Args:
        key: The key whose value is wrong, with the name of its file in front if it is in a file.
        value: The value that was found.
        allowed: The values that are allowed.

    Returns:
        The error, to be raised by the caller.
    """
    names = [str(name) for name in allowed]
    listed = ", ".join(names)
    return BadInput(f"{key}: found {value!r}, allowed: {listed}")


def shown(value: object) -> str:
    """Format a value that was found, for an error: at most 100 characters of its `repr`."""
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python writes
        text = f"a number of {type(value).__name__} with very many digits"
    return text if len(text) <= 100 else f"{text[:100]}..."


def in_one_line(error: Exception) -> str:
    """Shorten an exception of other people's code to one line.

    Args:
        error: The exception.

    Returns:
        Its type and the first 300 characters of its message.
    """
    kind = type(error).__name__
    parts = f"{kind}: {error}".split()
    return " ".join(parts)[:LONGEST]
