"""The one kind of error that is the user's to mend."""

SHOWN = 300  # characters of an error of other people's code


class BadInput(ValueError):
    """Something given from outside is wrong: a file, a key, a value.

    The message is one line that names the file and the key, the value found and what is allowed. The stages print it
    without a traceback and exit with 2; any other exception is a defect of the program and keeps its traceback.
    """


def one_of(what: str, found: object, allowed: object) -> BadInput:
    """The error for a name that is not among the allowed ones."""
    return BadInput(f"{what}: found {found!r}, allowed: {', '.join(map(str, allowed))}")  # type: ignore[call-overload]


def in_one_line(error: Exception) -> str:
    """An exception of other people's code as one line: its type and the first 300 characters of its message."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:SHOWN]
