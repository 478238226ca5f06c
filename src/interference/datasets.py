"""Data sets by name, each read into one image table: rows of split, label and raw uint8 pixels.

`DATASETS` says of each its classes, the shape of its images, and how it is read. Nothing here is imported before it is
needed but numpy, so that the names can be checked by programs that never touch an image.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from interference.classes import Classes
from interference.errors import BadInput

Split = tuple[np.ndarray, np.ndarray]  # pixels (n, C, H, W) uint8, labels (n,) int16


@dataclass(frozen=True)
class Dataset:
    """A named data set: `read(raw folder)` gives its splits, `train` and `test`; `shape` is (C, H, W) of an image."""

    classes: Classes
    shape: tuple[int, int, int]
    read: Callable[[Path], dict[str, Split]]


def cifar10(raw: Path) -> dict[str, Split]:
    """CIFAR-10 (Krizhevsky 2009) from `raw`, downloaded there first unless a copy with the right MD5s is in place.

    Raises `BadInput` where no good copy is there and none can be had.
    """
    from interference.fetch import cifar10_in

    return {split: (images.data.transpose(0, 3, 1, 2), np.asarray(images.targets, np.int16))
            for split, images in cifar10_in(raw).items()}


def digits(raw: Path) -> dict[str, Split]:
    """scikit-learn's bundled 8 x 8 digits (1,797 images), enlarged to 32 x 32; every second image of a class is test.

    `raw` is not looked at: the images come with the package.
    """
    from PIL import Image
    from sklearn.datasets import load_digits

    bunch = load_digits()
    small = np.round(bunch.images * (255 / 16)).astype(np.uint8)  # (1797, 8, 8), 0..16 -> 0..255
    large = [Image.fromarray(image).resize((32, 32), Image.Resampling.BILINEAR) for image in small]
    pixels = np.stack([np.asarray(image) for image in large])
    labels = bunch.target.astype(np.int16)
    rank = np.zeros(len(labels), int)
    for label in range(10):
        rank[labels == label] = np.arange((labels == label).sum())
    splits = {"train": rank % 2 == 0, "test": rank % 2 == 1}
    return {split: (pixels[rows, None], labels[rows]) for split, rows in splits.items()}


_CIFAR10 = Classes(
    ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    ("PLANE", "CAR", "BIRD", "CAT", "DEER", "DOG", "FROG", "HORSE", "SHIP", "TRUCK"),  # the paper's words
)
_DIGITS = Classes(tuple("0123456789"), tuple("0123456789"))

DATASETS = {
    "cifar10": Dataset(_CIFAR10, (3, 32, 32), cifar10),
    "digits": Dataset(_DIGITS, (1, 32, 32), digits),
}


def check(name: str, splits: dict[str, Split]) -> None:
    """Raise `BadInput` unless every image has the data set's shape and every label is one of its classes."""
    dataset = DATASETS[name]
    for split, (pixels, labels) in splits.items():
        if pixels.shape[1:] != dataset.shape or pixels.dtype != np.uint8:
            raise BadInput(f"{name} {split}: images {pixels.shape[1:]} {pixels.dtype}, expected {dataset.shape} uint8")
        if len(labels) != len(pixels) or labels.min() < 0 or labels.max() >= len(dataset.classes):
            raise BadInput(f"{name} {split}: labels from {labels.min()} to {labels.max()}, allowed: "
                           f"0 to {len(dataset.classes) - 1}, one an image")
