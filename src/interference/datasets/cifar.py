"""Reads CIFAR-10 and CIFAR-100 as torchvision does, with the pixels in memory once.

While torchvision's own classes read the archives, they hold the pixels up to three times.
"""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
from torchvision import datasets

SHAPE = (3, 32, 32)  # of an image


class CIFAR10(datasets.CIFAR10):  # type: ignore[misc]
    """CIFAR-10, downloaded and checked by torchvision.

    Args:
        root: The folder of the archive.
        train: Whether to read the training images or the test images.
        download: Whether to download the archive if there is no good copy.

    Attributes:
        data: (n, 3, 32, 32) uint8.
        targets: (n,) the labels.
        classes: The names of the classes.

    Raises:
        RuntimeError: There is no good copy, and none was downloaded.
    """

    def __init__(self, root: str | Path, train: bool = True, download: bool = False) -> None:
        datasets.VisionDataset.__init__(self, root)
        self.train = train
        if download:
            self.download()
        if not self._check_integrity():
            raise RuntimeError("the files are not there, or their MD5s are not the official ones")
        listed = self.train_list if train else self.test_list
        folder = Path(self.root, self.base_folder)
        self.data, self.targets = _read_all([folder / name for name, _ in listed])
        self._load_meta()


class CIFAR100(CIFAR10, datasets.CIFAR100):  # type: ignore[misc]
    """CIFAR-100, downloaded and checked by torchvision."""


def _read_all(paths: list[Path]) -> tuple[np.ndarray, list[int]]:
    """The pixels and labels of several files, which hold equally many images."""
    first, labels = _read(paths[0])
    if len(paths) == 1:
        return first, labels
    size = len(first)
    pixels = np.empty((len(paths) * size, *SHAPE), np.uint8)
    pixels[:size] = first
    del first
    for number, path in enumerate(paths[1:], 1):
        pixels[number * size : (number + 1) * size], more = _read(path)
        labels += more
    return pixels, labels


def _read(path: Path) -> tuple[np.ndarray, list[int]]:
    """The pixels (n, 3, 32, 32) and the labels in one of the files, whose MD5 is checked.

    The files are pickles of Python 2. Their texts are read as bytes, since an array then uses the
    memory of its text; read as Latin-1, as torchvision does, it is copied twice.
    """
    with path.open("rb") as file:
        # The module's Python form reads a text once; its C form copies it.
        content: dict[Any, Any] = pickle._Unpickler(file, encoding="bytes").load()
    entries = {key.decode() if isinstance(key, bytes) else key: content[key] for key in content}
    labels = entries["labels"] if "labels" in entries else entries["fine_labels"]
    return np.asarray(entries["data"]).reshape(-1, *SHAPE), list(labels)
