"""Reads a data set of torchvision with torchvision's own class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from interference.classes import Classes
from interference.datasets.pictures import ArrayOfPictures, Picture, Pictures

FLAGGED: Mapping[str, Mapping[str, Any]] = {"train": {"train": True}, "test": {"train": False}}
NAMED: Mapping[str, Mapping[str, Any]] = {"train": {"split": "train"}, "test": {"split": "test"}}
BATCH = 256  # images that are rearranged at once
JOINED: Mapping[str, Mapping[str, Any]] = {
    "train": {"split": "trainval"},
    "test": {"split": "test"},
}


@dataclass(frozen=True)
class Official:
    """A data set of torchvision.

    Attributes:
        kind: The name of torchvision's class.
        splits: The arguments of that class for each split.
        classes: The classes; None to take the names that torchvision's object has.
    """

    kind: str
    splits: Mapping[str, Mapping[str, Any]]
    classes: Classes | None = None

    def read(self, raw: Path) -> Pictures:
        """Read the data set.

        Args:
            raw: The folder of its raw files. It is downloaded into it unless a good copy is there.

        Returns:
            The classes and pictures.

        Raises:
            BadInput: There is no good copy, and the download fails.
        """
        from interference.datasets.download import fetch

        sets = fetch(self.kind, self.splits, raw, self._read_split)
        pictures = {split: split_pictures for split, (split_pictures, _) in sets.items()}
        return Pictures(self.classes or Classes.from_labels(sets["train"][1]), pictures)

    def _read_split(self, images: Any, split: str) -> tuple[Sequence[Picture], Sequence[str]]:
        """The pictures and the class names of torchvision's object for a split.

        Pixels that the object holds are taken over; it is not needed any more then.
        """
        where = f"{self.kind} {split}"
        names = getattr(images, "classes", ())
        pixels = _pixels(getattr(images, "data", None))
        if pixels is not None:
            labels = images.targets if hasattr(images, "targets") else images.labels
            return ArrayOfPictures(where, pixels, np.asarray(labels)), names
        pictures = [
            Picture(f"{where}: image {index}", partial(images.__getitem__, index))
            for index in range(len(images))
        ]
        return pictures, names


def _pixels(data: Any) -> np.ndarray | None:
    """Pixels in C order (n, C, H, W) uint8 of an array (n, H, W) or (n, C, H, W), else None."""
    if data is None:
        return None
    array = np.asarray(data)
    if array.dtype != np.uint8 or array.ndim not in (3, 4):
        return None
    if array.ndim == 3:
        array = array[:, None]
    return _in_c_order(array)


def _in_c_order(pixels: np.ndarray) -> np.ndarray:
    """Pixels (n, C, H, W) in C order.

    Where the pixels of an image lie together by columns, as Matlab writes them, they are
    rearranged in their own memory.
    """
    by_columns = pixels.swapaxes(2, 3)  # (n, C, W, H)
    if not (by_columns.flags.c_contiguous and by_columns.flags.writeable):
        return np.ascontiguousarray(pixels)
    memory = by_columns.reshape(pixels.shape)  # a view
    for start in range(0, len(pixels), BATCH):
        batch = slice(start, start + BATCH)
        memory[batch] = pixels[batch].copy()
    return memory
