"""The arrays of a page: one compressed block of bytes, and a reference to each array in it."""

import base64
import gzip
from typing import Any

import numpy as np

from interference.vocabulary import Array

# A browser reads an array in place only if the size of its items divides its offset in bytes.
ALIGNMENT = 8
BROWSER_TYPES = {
    "u1": "Uint8Array",
    "u2": "Uint16Array",
    "u4": "Uint32Array",
    "f4": "Float32Array",
    "f8": "Float64Array",
}


class Arrays:
    """Collects arrays in one block.

    A reference, which JSON can hold, names an array's type, its shape and its offset in bytes.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, array: Array) -> dict[str, Any]:
        """Put an array into the block.

        Whole numbers are stored in the smallest unsigned type that holds them, from 2^32 on as
        float64; others are stored as float32.

        Args:
            array: Numbers of any shape; whole numbers are 0 or more.

        Returns:
            The reference by which a script reads the array.
        """
        packed = _pack(np.asarray(array))
        reference = {
            "type": BROWSER_TYPES[packed.dtype.str[1:]],
            "shape": list(packed.shape),
            "at": self._size,
        }
        content = packed.tobytes()
        padding = bytes(-len(content) % ALIGNMENT)
        self._parts.append(content + padding)
        self._size += len(self._parts[-1])
        return reference

    def text(self) -> str:
        """The block as base64 of gzip, without a date: equal arrays give equal text."""
        block = b"".join(self._parts)
        compressed = gzip.compress(block, 6, mtime=0)
        return base64.b64encode(compressed).decode()


def _pack(array: Array) -> Array:
    """An array in the little-endian type in which the block stores it."""
    if array.dtype.kind not in "iub":
        return np.ascontiguousarray(array, "<f4")
    assert array.min(initial=0) >= 0, "a page carries no negative whole numbers"
    largest = int(array.max(initial=0))
    smallest = np.min_scalar_type(largest)
    dtype = smallest if smallest.itemsize < 8 else np.dtype(np.float64)  # scripts have no uint64
    return np.ascontiguousarray(array, dtype.newbyteorder("<"))
