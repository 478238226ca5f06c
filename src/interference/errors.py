"""The one kind of error that is the user's to mend."""


class BadInput(ValueError):
    """Something given from outside is wrong: a file, a key, a value.

    The message is one line that names the file and the key, the value found and what is allowed. The stages print it
    without a traceback and exit with 2; any other exception is a defect of the program and keeps its traceback.
    """


def one_of(what: str, found: object, allowed: object) -> BadInput:
    """The error for a name that is not among the allowed ones."""
    return BadInput(f"{what}: found {found!r}, allowed: {', '.join(map(str, allowed))}")  # type: ignore[call-overload]
