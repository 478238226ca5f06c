"""Arrays in an npz file, under Keras's names (`x_train`, `y_train`, `x_test`, `y_test`) or MedMNIST's (`train_images`,
`train_labels`, ...); `classes`, where there is one, are the labels' names.

Images are uint8, (n, H, W), (n, H, W, C) or (n, C, H, W); labels (n,) or (n, 1), whole numbers or texts. Nothing is
ever unpickled.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from interference.datasets.labelling import numbered, shown
from interference.datasets.pictures import Found, Picture, of_array
from interference.errors import BadInput

NAMES = (("x_{}", "y_{}"), ("{}_images", "{}_labels"))
SPLITS = ("train", "test")
KNOWN = frozenset(
    ("classes", *(name.format(split) for names in NAMES for name in names for split in SPLITS))
)


def read(place: Path) -> Found:
    """The arrays of a file; raises `BadInput`, with the array's name, for any of another form."""
    arrays = _arrays(place)
    images, labels = _named(place, list(arrays))
    pixels = {
        split: _pixels(arrays[images.format(split)], f"{place}: {images.format(split)}")
        for split in SPLITS
    }
    given = {
        split: _labels(
            arrays[labels.format(split)], len(pixels[split]), f"{place}: {labels.format(split)}"
        )
        for split in SPLITS
    }
    named = (
        shown(list(map(str, arrays["classes"].tolist())), str(place))
        if "classes" in arrays
        else None
    )
    classes, numbers = numbered(given, str(place), named)
    return Found(
        classes,
        {
            split: [
                Picture(
                    f"{place}: {images.format(split)}[{index}]",
                    partial(of_array, image, int(label)),
                )
                for index, (image, label) in enumerate(
                    zip(pixels[split], numbers[split], strict=True)
                )
            ]
            for split in SPLITS
        },
    )


def _arrays(place: Path) -> dict[str, np.ndarray]:
    """The arrays of a file by name; those of a name that we do not know are not read."""
    try:
        with place.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return {name: file[name] if name in KNOWN else np.empty(0) for name in file.files}
    except FileNotFoundError as error:
        raise BadInput(f"{place}: no such file") from error
    except (
        Exception
    ) as error:  # a broken archive, an array of objects: numpy and zipfile have no one kind
        raise BadInput(
            f"{place}: no npz file of plain arrays ({' '.join(str(error).split())})"
        ) from error


def _named(place: Path, found: Sequence[str]) -> tuple[str, str]:
    """The names of images and labels that a file has for both splits."""
    for names in NAMES:
        if all(name.format(split) in found for name in names for split in SPLITS):
            return names
    raise BadInput(
        f"{place}: found arrays {', '.join(found)}, allowed: x_train, y_train, x_test and y_test, or "
        "train_images, train_labels, test_images and test_labels"
    )


def _pixels(images: np.ndarray, where: str) -> np.ndarray:
    """Images as (n, H, W) or (n, H, W, 3)."""
    if images.dtype != np.uint8:
        raise BadInput(f"{where}: found {images.dtype}, allowed: uint8, 0 to 255")
    if images.ndim == 4 and images.shape[3] not in (1, 3):
        images = images.transpose(0, 2, 3, 1)
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in (1, 3)):
        raise BadInput(
            f"{where}: found shape {images.shape}, allowed: (n, H, W), (n, H, W, C), (n, C, H, W), C 1 or 3"
        )
    return images[:, :, :, 0] if images.ndim == 4 and images.shape[3] == 1 else images


def _labels(labels: np.ndarray, n: int, where: str) -> np.ndarray:
    """Labels as (n,)."""
    if labels.shape not in ((n,), (n, 1)):
        raise BadInput(f"{where}: found shape {labels.shape}, allowed: ({n},), one an image")
    return labels.reshape(n)
