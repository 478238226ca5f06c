"""Converts array-likes to NumPy: lists, tensors of any device, columns of a data frame."""

from typing import Any

import numpy as np

from interference.errors import BadInput
from interference.vocabulary import Array


def to_array(name: str, values: Any) -> Array:
    """Convert an array-like to a NumPy array.

    Args:
        name: The name of the argument, for the error.
        values: An array, a list, a column of a data frame, or a tensor of any device.

    Returns:
        The array.

    Raises:
        BadInput: The values form no array, such as rows of several lengths.
    """
    on_cpu = values.detach().cpu() if hasattr(values, "detach") else values
    try:
        return np.asarray(on_cpu)
    except (TypeError, ValueError, RuntimeError) as error:
        cause = str(error).splitlines()[0]
        raise BadInput(
            f"{name}: found {type(values).__name__} that is no array ({cause}), allowed: an array, "
            "a list or a tensor"
        ) from error


def number_array(name: str, values: Any) -> Array:
    """Convert an array-like to a NumPy array of numbers or of truth values.

    Args:
        name: The name of the argument, for the error.
        values: An array, a list, a column of a data frame, or a tensor of any device.

    Returns:
        The array.

    Raises:
        BadInput: The values form no array, or are not numbers.
    """
    array = to_array(name, values)
    if array.dtype.kind not in "biuf":
        raise not_numbers(name, values, array)
    return array


def not_numbers(name: str, values: Any, array: Array) -> BadInput:
    """Make the error for values that became an array of something other than numbers."""
    return BadInput(
        f"{name}: found {type(values).__name__} {array.shape} of {array.dtype}, allowed: numbers"
    )


def to_python_number(value: Any) -> Any:
    """Convert one number of NumPy or PyTorch to Python's own; other values stay as they are."""
    return value.item() if getattr(value, "ndim", None) == 0 else value
