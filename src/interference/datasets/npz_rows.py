"""Reads the rows of an array of an npz file one after the other, never the whole array."""

import threading
import zipfile
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

CHUNK = 2**19  # bytes that are read at once, ...
LEAST = 64  # ... but at least so many rows
KEPT = 4  # chunks in memory, since threads ask for rows not quite in order


class Rows:
    """The rows of an array of an npz file.

    Rows may be asked for in any order and by several threads. Ascending order is fast.

    Args:
        place: The npz file.
        name: The name of the array.

    Attributes:
        shape: The shape of the array.
        dtype: Its type.

    Raises:
        ValueError: The array holds objects, or has no rows in C order.
    """

    def __init__(self, place: Path, name: str) -> None:
        self.place = place
        self.member = f"{name}.npy"
        self.lock = threading.Lock()
        self.chunks: dict[int, np.ndarray] = {}  # by number
        self.stream: IO[bytes] | None = None
        self.next_chunk = 0
        with self._open() as stream:
            self.shape, is_fortran, self.dtype = _header(stream)
        if self.dtype.hasobject:
            raise ValueError("Object arrays are never unpickled")
        if is_fortran or not self.shape:
            raise ValueError("an array without rows in C order")
        self.row_bytes = int(np.prod(self.shape[1:])) * self.dtype.itemsize
        self.rows_per_chunk = max(LEAST, CHUNK // max(1, self.row_bytes))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, row: int) -> np.ndarray:
        """A row, of the shape of the array without its first axis."""
        number, offset = divmod(row, self.rows_per_chunk)
        with self.lock:
            if number not in self.chunks:
                self._read_up_to(number)
            chunk = self.chunks[number]
        array: np.ndarray = chunk[offset]
        return array

    def _read_up_to(self, number: int) -> None:
        """Read on to the chunk of a number, from the beginning if it was read before."""
        if self.stream is None or number < self.next_chunk:
            self.stream = self._open()
            _header(self.stream)
            self.next_chunk = 0
        while self.next_chunk <= number:
            rows = min(self.rows_per_chunk, len(self) - self.next_chunk * self.rows_per_chunk)
            content = self.stream.read(rows * self.row_bytes)
            array = np.frombuffer(content, self.dtype).reshape(rows, *self.shape[1:])
            self.chunks[self.next_chunk] = array
            self.next_chunk += 1
            if len(self.chunks) > KEPT:
                del self.chunks[next(iter(self.chunks))]
        if self.next_chunk * self.rows_per_chunk >= len(self):
            self.stream.close()
            self.stream = None

    def _open(self) -> IO[bytes]:
        """The content of the array's file in the archive."""
        with zipfile.ZipFile(self.place) as archive:  # the member keeps the file open
            return archive.open(self.member)


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """The shape, whether it is in Fortran order, and the type of an array."""
    version = npy.read_magic(stream)
    if version == (1, 0):
        return npy.read_array_header_1_0(stream)
    if version == (2, 0):
        return npy.read_array_header_2_0(stream)
    raise ValueError(f"version {version} of numpy's format holds no images")


def rows_of(place: Path, name: str) -> Rows | np.ndarray:
    """The rows of an array, read one after the other if it is in C order, else all at once.

    Args:
        place: The npz file.
        name: The name of the array.
    """
    with zipfile.ZipFile(place) as archive, archive.open(f"{name}.npy") as stream:
        shape, is_fortran, _ = _header(stream)
    if shape and not is_fortran:
        return Rows(place, name)
    with np.load(place, allow_pickle=False) as file:
        array: np.ndarray = file[name]
    return array
