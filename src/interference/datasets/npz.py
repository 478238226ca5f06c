"""Reads images and labels from the arrays of an npz file.

The arrays have Keras's names (`x_train`, `y_train`, `x_test`, `y_test`) or MedMNIST's
(`train_images`, `train_labels`, `test_images`, `test_labels`). An optional array `classes` holds
the class names. Images are uint8, (n, H, W), (n, H, W, C) or (n, C, H, W); labels are (n,) or (n,
1), whole numbers or texts. Nothing is ever unpickled.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from interference.datasets.labelling import classes_of_labels, number_labels
from interference.datasets.pictures import Picture, Pictures, image_of_array
from interference.errors import BadInput
from interference.io import input_files

NAMES = (("x_{}", "y_{}"), ("{}_images", "{}_labels"))
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
    arrays = _arrays(place)
    images_name, labels_name = _array_names(place, list(arrays))
    pixels = {}
    labels = {}
    for split in SPLITS:
        name = images_name.format(split)
        pixels[split] = _pixels(arrays[name], f"{place}: {name}")
        name = labels_name.format(split)
        labels[split] = _labels(arrays[name], len(pixels[split]), f"{place}: {name}")
    classes = None
    if "classes" in arrays:
        class_names = [str(name) for name in arrays["classes"].tolist()]
        classes = classes_of_labels(class_names, str(place))
    classes, numbers = number_labels(labels, str(place), classes)
    splits = {}
    for split in SPLITS:
        name = f"{place}: {images_name.format(split)}"
        splits[split] = [
            Picture(f"{name}[{index}]", partial(image_of_array, image, int(label)))
            for index, (image, label) in enumerate(zip(pixels[split], numbers[split], strict=True))
        ]
    return Pictures(classes, splits)


def _arrays(place: Path) -> dict[str, np.ndarray]:
    """The arrays of a file by name; an array of an unknown name is not read, and is empty."""
    input_files.check_regular(place)
    input_files.check_archive(place)
    known = _known_names()
    try:
        with place.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return {name: file[name] if name in known else np.empty(0) for name in file.files}
    except FileNotFoundError as error:
        raise BadInput(f"{place}: no such file") from error
    except Exception as error:  # numpy and zipfile raise many kinds for a broken archive
        cause = " ".join(str(error).split())
        raise BadInput(
            f"{place}: no npz file of plain arrays ({cause}); write it with numpy.savez"
        ) from error


def _known_names() -> set[str]:
    """The names of arrays that are read."""
    names = {"classes"}
    for images_name, labels_name in NAMES:
        for split in SPLITS:
            names |= {images_name.format(split), labels_name.format(split)}
    return names


def _array_names(place: Path, arrays: Sequence[str]) -> tuple[str, str]:
    """The names of images and labels, as patterns of the split, that a file has for both splits."""
    for images_name, labels_name in NAMES:
        needed = {name.format(split) for name in (images_name, labels_name) for split in SPLITS}
        if needed.issubset(arrays):
            return images_name, labels_name
    raise BadInput(
        f"{place}: found arrays {', '.join(arrays)}, allowed: x_train, y_train, x_test and y_test, "
        "or train_images, train_labels, test_images and test_labels"
    )


def _pixels(images: np.ndarray, where: str) -> np.ndarray:
    """Images as (n, H, W) or (n, H, W, 3); raises `BadInput` for another type or shape."""
    if images.dtype != np.uint8:
        raise BadInput(f"{where}: found {images.dtype}, allowed: uint8, 0 to 255")
    if images.ndim == 4 and images.shape[3] not in (1, 3):
        images = images.transpose(0, 2, 3, 1)
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in (1, 3)):
        raise BadInput(
            f"{where}: found shape {images.shape}, allowed: (n, H, W), (n, H, W, C), (n, C, H, W), "
            "C 1 or 3"
        )
    if images.ndim == 4 and images.shape[3] == 1:
        return images[:, :, :, 0]
    return images


def _labels(labels: np.ndarray, n: int, where: str) -> np.ndarray:
    """Labels as (n,); raises `BadInput` for another shape."""
    if labels.shape not in ((n,), (n, 1)):
        raise BadInput(f"{where}: found shape {labels.shape}, allowed: ({n},), one for each image")
    return labels.reshape(n)
