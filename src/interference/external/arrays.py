"""Arrays out of what people give in their place: lists, tensors of any device, columns of a data frame."""

from typing import Any

import numpy as np

from interference.errors import BadInput
from interference.vocabulary import Array


def array(what: str, given: Any) -> Array:
    """What is given as an array; raises `BadInput` where it is none, such as rows of several lengths."""
    plain = given.detach().cpu() if hasattr(given, "detach") else given
    try:
        return np.asarray(plain)
    except (TypeError, ValueError, RuntimeError) as error:
        raise BadInput(
            f"{what}: found {type(given).__name__} that is no array ({str(error).splitlines()[0]}), "
            "allowed: an array, a list or a tensor"
        ) from error


def numbers(what: str, given: Any) -> Array:
    """What is given as an array of numbers or of truth; raises `BadInput` for any other."""
    found = array(what, given)
    if found.dtype.kind not in "biuf":
        raise no_numbers(what, given, found)
    return found


def no_numbers(what: str, given: Any, found: Array) -> BadInput:
    """The error for what became an array of something else."""
    return BadInput(
        f"{what}: found {type(given).__name__} {found.shape} of {found.dtype}, allowed: numbers"
    )


def single(given: Any) -> Any:
    """A number of NumPy or PyTorch as Python's own; anything else as it is."""
    return given.item() if getattr(given, "ndim", None) == 0 else given
