"""Reads images and labels from the arrays of an npz file.

The arrays have Keras's names (`x_train`, `y_train`, `x_test`, `y_test`) or MedMNIST's
(`train_images`, `train_labels`, `test_images`, `test_labels`). An optional array `classes` holds
the class names. Images are uint8 or uint16, (n, H, W), (n, H, W, C) or (n, C, H, W), with up to 16
channels; labels are (n,) or (n, 1), whole numbers or texts. Splits may have other usual names, such
as `val`. Nothing is ever unpickled.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from interference.datasets import split_names
from interference.datasets.labelling import classes_of_labels, number_labels
from interference.datasets.npz_rows import Rows, rows_of
from interference.datasets.pictures import (
    MOST_CHANNELS,
    Picture,
    Pictures,
    image_of_array,
)
from interference.errors import BadInput

NAMES = (("x_{}", "y_{}"), ("{}_images", "{}_labels"))  # in any case
COLOUR = (1, 3)  # the usual numbers of channels
SPLITS = ("train", "test")


def read(place: Path) -> Pictures:
    """Read the arrays of a file.

    Args:
        place: The npz file.

    Returns:
        The classes and pictures.

    Raises:
        BadInput: The file cannot be read, or an array is missing or of another type or shape.
    """
    names = _names_in(place)
    chosen, notes = _chosen(place, names)
    arrays = _arrays(place, {labels_name for _, labels_name in chosen.values()} | {"classes"})
    images = {}
    labels = {}
    for split, (images_name, labels_name) in chosen.items():
        images[split] = _images(place, images_name)
        number = len(images[split].rows)
        labels[split] = _labels(arrays[labels_name], number, f"{place}: {labels_name}")
    classes = None
    if "classes" in arrays:
        class_names = [str(name) for name in arrays["classes"].tolist()]
        classes = classes_of_labels(class_names, str(place))
    classes, numbers = number_labels(labels, str(place), classes)
    splits = {}
    for split in SPLITS:
        name = f"{place}: {chosen[split][0]}"
        splits[split] = [
            Picture(f"{name}[{index}]", partial(images[split].read, index, int(label)))
            for index, label in enumerate(numbers[split])
        ]
    return Pictures(classes, splits, notes)


def _names_in(place: Path) -> list[str]:
    """The names of the arrays of a file."""
    return list(_arrays(place, frozenset()))


def _arrays(place: Path, wanted: Collection[str]) -> dict[str, np.ndarray]:
    """The arrays of a file by name; an array that is not wanted is not read, and is empty."""
    try:
        with place.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return {name: file[name] if name in wanted else np.empty(0) for name in file.files}
    except FileNotFoundError as error:
        raise BadInput(f"{place}: no such file") from error
    except Exception as error:  # numpy and zipfile raise many kinds for a broken archive
        raise _unreadable(place, error) from error


def _unreadable(place: Path, error: Exception) -> BadInput:
    """The error for a file that numpy cannot read without unpickling."""
    cause = " ".join(str(error).split())
    return BadInput(f"{place}: no npz file of plain arrays ({cause}); write it with numpy.savez")


def _chosen(place: Path, arrays: Sequence[str]) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """The names of the images and the labels of each split, and notes on the splits' names."""
    by_lower_case = {name.lower(): name for name in arrays}
    for images_name, labels_name in NAMES:
        before, after = images_name.split("{}")
        named = [
            name[len(before) : len(name) - len(after)]
            for name in by_lower_case
            if name.startswith(before) and name.endswith(after)
        ]
        complete = [name for name in named if labels_name.format(name) in by_lower_case]
        taken = split_names.taken(complete)
        if set(taken.names) == set(SPLITS):
            chosen = {}
            for split in SPLITS:
                own = taken.names[split]
                images = by_lower_case[images_name.format(own)]
                chosen[split] = (images, by_lower_case[labels_name.format(own)])
            return chosen, taken.notes
    raise BadInput(
        f"{place}: found arrays {', '.join(arrays)}, allowed: x_train, y_train, x_test and y_test, "
        "or train_images, train_labels, test_images and test_labels"
    )


@dataclass(frozen=True)
class Images:
    """The images of a split, which are read one after the other.

    Attributes:
        rows: The array, (n, H, W), (n, H, W, C) or (n, C, H, W).
        axis: The axis of the channels in a row; None for grey images (H, W).
    """

    rows: Rows | np.ndarray
    axis: int | None

    def read(self, index: int, label: int) -> tuple[Image.Image | np.ndarray, int]:
        """An image and its label."""
        pixels = self.rows[index]
        if self.axis is not None:
            pixels = np.moveaxis(pixels, self.axis, 2)
            pixels = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
        return image_of_array(np.ascontiguousarray(pixels), label)


def _images(place: Path, name: str) -> Images:
    """The images of an array; raises `BadInput` for another type or shape."""
    where = f"{place}: {name}"
    try:
        rows = rows_of(place, name)
    except Exception as error:  # numpy and zipfile raise many kinds for a broken archive
        raise _unreadable(place, error) from error
    if rows.dtype not in (np.uint8, np.uint16):
        raise BadInput(f"{where}: found {rows.dtype}, allowed: uint8, 0 to 255")
    if len(rows.shape) == 3:
        return Images(rows, None)
    axis = _channel_axis(rows.shape) if len(rows.shape) == 4 else None
    if axis is None:
        raise BadInput(
            f"{where}: found shape {rows.shape}, allowed: (n, H, W), (n, H, W, C), (n, C, H, W), "
            f"C 1 or 3, or up to {MOST_CHANNELS} and less than H and W"
        )
    return Images(rows, axis - 1)


def _channel_axis(shape: Sequence[int]) -> int | None:
    """The axis of the channels of a shape of four axes; None if it cannot be told."""
    for axis in (3, 1):
        if shape[axis] in COLOUR:
            return axis
    first, middle, last = shape[1:]
    if last <= MOST_CHANNELS and last < min(first, middle):
        return 3
    if first <= MOST_CHANNELS and first < min(middle, last):
        return 1
    return None


def _labels(labels: np.ndarray, n: int, where: str) -> np.ndarray:
    """Labels as (n,); raises `BadInput` for another shape."""
    if labels.shape not in ((n,), (n, 1)):
        raise BadInput(f"{where}: found shape {labels.shape}, allowed: ({n},), one for each image")
    return labels.reshape(n)
