"""Arrays as a page carries them: one block of bytes, compressed and as text, and where in it each array lies."""

import base64
import gzip
from typing import Any

import numpy as np

from interference.vocabulary import Array

ALIGNED = (
    8  # bytes: a browser reads an array in place only where its items' size divides its offset
)
NAMES = {"u1": "Uint8Array", "u2": "Uint16Array", "u4": "Uint32Array", "f4": "Float32Array"}


class Arrays:
    """Arrays put into one block; each is known by a small JSON reference: its type, shape and offset in bytes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, array: Array) -> dict[str, Any]:
        """Put an array into the block: whole numbers of 0 and above as small as they fit, others as float32."""
        small = _small(np.asarray(array))
        reference = {
            "type": NAMES[small.dtype.str[1:]],
            "shape": list(small.shape),
            "at": self._size,
        }
        raw = small.tobytes()
        self._parts.append(raw + bytes(-len(raw) % ALIGNED))
        self._size += len(self._parts[-1])
        return reference

    def text(self) -> str:
        """The block, gzip-compressed (without a date, so that equal arrays give equal text), in base64."""
        return base64.b64encode(gzip.compress(b"".join(self._parts), 6, mtime=0)).decode()


def _small(array: Array) -> Array:
    if array.dtype.kind not in "iub":
        return np.ascontiguousarray(array, "<f4")
    assert array.min(initial=0) >= 0, "a page carries no negative whole numbers"
    return np.ascontiguousarray(
        array, np.min_scalar_type(int(array.max(initial=0))).newbyteorder("<")
    )
