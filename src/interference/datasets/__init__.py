"""Data sets by name, each read into one image table: rows of split, label and raw uint8 pixels.

`DATASETS` says of each how it is read, and what is known of it before its images are at hand. Nothing heavy is imported
before a data set is read, so that the names can be checked by programs that never touch an image.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from interference.classes import Classes
from interference.datasets import digits, folder, names, npz
from interference.datasets.labelling import check_some
from interference.datasets.official import FLAGGED, JOINED, NAMED, Official
from interference.datasets.pictures import Found, Size, Split, brightness, decoded
from interference.errors import BadInput

__all__ = ["DATASETS", "Dataset", "Split", "absent", "brightness", "read"]


@dataclass(frozen=True)
class Dataset:
    """A data set by name: `read` gives its pictures, from the raw folder or, of people's `own` data, from their place.

    `classes` and `channels` are None where only the images tell; `size` is what images become unless another is asked
    for, None where they keep theirs.
    """

    read: Callable[[Path], Found]
    classes: Classes | None = None
    channels: int | None = None
    size: Size | None = None
    own: bool = False


def _official(
    kind: str,
    splits: Mapping[str, Mapping[str, object]],
    channels: int | None = 3,
    classes: Classes | None = None,
) -> Dataset:
    return Dataset(Official(kind, splits, classes).read, classes, channels)


def _parquet(place: Path) -> Found:
    from interference.datasets import (
        parquet,
    )  # a second of pyarrow and pandas, spared whoever only checks a name

    return parquet.read(place)


DATASETS = {
    "cifar10": _official("CIFAR10", FLAGGED, 3, names.CIFAR10),
    "digits": Dataset(digits.read, names.DIGITS, 1, (32, 32)),
    "cifar100": _official("CIFAR100", FLAGGED, 3, names.CIFAR100),
    "mnist": _official("MNIST", FLAGGED, 1, names.DIGITS),
    "fashionmnist": _official("FashionMNIST", FLAGGED, 1, names.FASHION),
    "kmnist": _official("KMNIST", FLAGGED, 1, names.KANA),
    "usps": _official("USPS", FLAGGED, 1, names.DIGITS),
    "svhn": _official("SVHN", NAMED, 3, names.DIGITS),
    "stl10": _official("STL10", NAMED, 3, names.STL10),
    "gtsrb": _official("GTSRB", NAMED, 3, names.SIGNS),
    "food101": _official("Food101", NAMED),
    "flowers102": _official("Flowers102", NAMED),
    "dtd": _official("DTD", NAMED),
    "country211": _official("Country211", NAMED),
    "fgvcaircraft": _official("FGVCAircraft", JOINED),
    "oxfordiiitpet": _official("OxfordIIITPet", JOINED),
    "folder": Dataset(folder.read, own=True),
    "npz": Dataset(npz.read, own=True),
    "parquet": Dataset(_parquet, own=True),
}


def read(name: str, place: Path, size: Size | None = None) -> tuple[Classes, dict[str, Split]]:
    """The classes and the splits, `train` and `test`, of a data set: pixels (n, C, H, W) uint8 and labels (n,) int16.

    `place` is the raw folder or, of people's own data, where they lie. Raises `BadInput` for a data set that cannot be
    had or is none to tell classes apart by: a split or a class without training images, a single class, images of
    several sizes where no `size` is asked for, an image that cannot be read.
    """
    dataset, where = DATASETS[name], f"{name} {place}" if DATASETS[name].own else name
    found = dataset.read(place)
    for split, pictures in found.splits.items():
        check_some(pictures, f"{where}: {split}")
    splits = decoded(found.splits, size or dataset.size)
    check(where, found.classes, splits)
    return found.classes, splits


def check(where: str, classes: Classes, splits: Mapping[str, Split]) -> None:
    """Raise `BadInput` unless there are several classes, each with training images, and every label is one of them."""
    if len(classes) < 2:
        raise BadInput(
            f"{where}: all images are of one class, {classes.labels[0]!r}, allowed: two classes or more"
        )
    for split, (_, labels) in splits.items():
        if labels.min() < 0 or labels.max() >= len(classes):
            raise BadInput(
                f"{where} {split}: labels from {labels.min()} to {labels.max()}, allowed: "
                f"0 to {len(classes) - 1}"
            )
    empty = absent(classes, splits["train"])
    if empty:
        named = ", ".join(map(repr, empty[:3])) + (
            f" and {len(empty) - 3} classes more" if len(empty) > 3 else ""
        )
        raise BadInput(f"{where}: no training images of {named}, expected some of every class")


def absent(classes: Classes, split: Split) -> Sequence[str]:
    """The labels of the classes of which a split has no images."""
    counts = np.bincount(split[1], minlength=len(classes))
    return [label for label, count in zip(classes.labels, counts, strict=True) if not count]
