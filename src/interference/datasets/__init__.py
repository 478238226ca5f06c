"""Data sets by name; each is read into pixels and labels of the splits `train` and `test`.

`DATASETS` holds the reader of each, and its classes and image size if they are known. Heavy
packages are imported only when a data set is read, so that other programs can check its name
quickly.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from interference.classes import Classes
from interference.datasets import digits, folder, names, npz
from interference.datasets.decoding import Split, brightness, decode
from interference.datasets.labelling import check_not_empty
from interference.datasets.official import FLAGGED, JOINED, NAMED, Official
from interference.datasets.pictures import DrawnTest, Pictures
from interference.datasets.resizing import FITS, INTERPOLATIONS, Resizing, Size
from interference.errors import BadInput

__all__ = [
    "DATASETS",
    "FITS",
    "INTERPOLATIONS",
    "Dataset",
    "DrawnTest",
    "Loaded",
    "Resizing",
    "Split",
    "brightness",
    "classes_without_images",
    "load",
    "read",
]


@dataclass(frozen=True)
class Dataset:
    """A data set.

    Attributes:
        read: Reads its pictures, from the raw folder or, if it is the user's own, from its path.
        classes: Its classes, None if they are known only from its images.
        channels: Its number of channels, None if it is known only from its images.
        size: Height and width that images are resized to by default, None to keep their size.
        own: Whether it is the user's own data.
    """

    read: Callable[[Path], Pictures]
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


def _parquet(place: Path, label: str | None = None) -> Pictures:
    # pyarrow and pandas take a second to import, which checking a name should not cost.
    from interference.datasets import parquet

    return parquet.read(place, label)


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


@dataclass(frozen=True)
class Loaded:
    """The images of a data set.

    Attributes:
        classes: Its classes.
        splits: Pixels (n, C, H, W) uint8 and labels (n,) int16 of the splits `train` and `test`.
        notes: Lines for the user: what was taken for which split, passed over, turned or left out.
        paths: The paths of the images' files within the data set, by split; {} if they have none.
    """

    classes: Classes
    splits: dict[str, Split]
    notes: Sequence[str]
    paths: Mapping[str, Sequence[str]]


def read(name: str, place: Path, size: Size | None = None) -> tuple[Classes, dict[str, Split]]:
    """Read a data set.

    Args:
        name: Its name, a key of `DATASETS`.
        place: The raw folder or, for the user's own data, the path of the data.
        size: Height and width to which images are resized; None for the data set's own.

    Returns:
        The classes, and for each of the splits `train` and `test` pixels (n, C, H, W) uint8 and
        labels (n,) int16.

    Raises:
        BadInput: As `load`.
    """
    loaded = load(name, place, Resizing(size))
    return loaded.classes, loaded.splits


def load(
    name: str,
    place: Path,
    resizing: Resizing,
    *,
    order: Sequence[str] | None = None,
    test: DrawnTest | None = None,
    label: str | None = None,
    upper_bits: bool = False,
    skip_broken: bool = False,
) -> Loaded:
    """Read a data set, as its parameters say.

    Args:
        name: Its name, a key of `DATASETS`.
        place: The raw folder or, for the user's own data, the path of the data.
        resizing: How images are resized; without a size to the data set's own.
        order: The names of all classes in label order; None for the order of the data set.
        test: How test images are drawn from a folder of training images; None to read them.
        label: The column of the labels of parquet files; None for its usual names.
        upper_bits: Whether images of 16 bits a channel are read, by their upper 8 bits.
        skip_broken: Whether images that cannot be read are left out.

    Returns:
        The images, and what was done to them.

    Raises:
        BadInput: The data set is absent and cannot be downloaded, an image cannot be read or has
            another size than the first, a split is empty, there is a single class, a class has no
            training images, or the order names other classes.
    """
    dataset = DATASETS[name]
    where = f"{name} {place}" if dataset.own else name
    if test:
        pictures = folder.read(place, test)
    elif label:
        pictures = _parquet(place, label)
    else:
        pictures = dataset.read(place)
    for split, split_pictures in pictures.splits.items():
        check_not_empty(split_pictures, f"{where}: {split}")
    if resizing.size is None and dataset.size:
        resizing = Resizing(dataset.size)
    decoded = decode(pictures.splits, resizing, skip_broken, upper_bits)
    splits = decoded.splits
    classes = pictures.classes
    check(where, classes, splits)
    if order is not None:
        classes, splits = reordered(where, classes, splits, order)
    notes = [*pictures.notes, *decoded.notes]
    return Loaded(classes, splits, notes, decoded.paths)


def reordered(
    where: str, classes: Classes, splits: Mapping[str, Split], order: Sequence[str]
) -> tuple[Classes, dict[str, Split]]:
    """Number the classes of a data set in another order.

    Args:
        where: The data set, for the error.
        classes: Its classes.
        splits: Pixels and labels by split.
        order: The names of all classes in the new order.

    Returns:
        The classes in the new order, and the splits with the new labels.

    Raises:
        BadInput: The order does not name each class once.
    """
    if sorted(order) != sorted(classes.labels):
        missing = [label for label in classes.labels if label not in order]
        unknown = [label for label in order if label not in classes.labels]
        faults = {"missing": missing, "unknown": unknown}
        texts = [f"{fault} {', '.join(names[:5])}" for fault, names in faults.items() if names]
        raise BadInput(
            f"data.classes: does not name each class of {where} once "
            f"({'; '.join(texts) or 'a name stands twice'}), allowed: "
            f"{', '.join(classes.labels[:10])}{', ...' if len(classes) > 10 else ''} in any order"
        )
    numbers = np.array([order.index(label) for label in classes.labels], np.int16)
    new_splits = {split: (pixels, numbers[labels]) for split, (pixels, labels) in splits.items()}
    return Classes.from_labels(order), new_splits


def check(where: str, classes: Classes, splits: Mapping[str, Split]) -> None:
    """Check the classes and labels of a data set.

    Args:
        where: The data set, for the error.
        classes: Its classes.
        splits: Pixels and labels by split.

    Raises:
        BadInput: There is a single class, a label is outside the classes, or a class has no
            training images.
    """
    if len(classes) < 2:
        raise BadInput(
            f"{where}: all images are of one class, {classes.labels[0]!r}, allowed: two classes or "
            "more"
        )
    for split, (_, labels) in splits.items():
        if labels.min() < 0 or labels.max() >= len(classes):
            raise BadInput(
                f"{where} {split}: labels from {labels.min()} to {labels.max()}, allowed: "
                f"0 to {len(classes) - 1}"
            )
    missing = classes_without_images(classes, splits["train"])
    if missing:
        names = ", ".join(repr(label) for label in missing[:3])
        if len(missing) > 3:
            names += f" and {len(missing) - 3} classes more"
        raise BadInput(f"{where}: no training images of {names}, expected some of every class")


def classes_without_images(classes: Classes, split: Split) -> Sequence[str]:
    """List the labels of the classes that have no images in a split.

    Args:
        classes: The classes.
        split: Pixels (n, C, H, W) and labels (n,).

    Returns:
        The labels, in label order.
    """
    _, labels = split
    counts = np.bincount(labels, minlength=len(classes))
    return [classes.labels[label] for label in np.flatnonzero(counts == 0)]
