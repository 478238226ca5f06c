"""Decodes pictures into arrays of one size: grey if all are grey, else with three channels."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from interference.classes import Classes
from interference.errors import BadInput

Split = tuple[np.ndarray, np.ndarray]  # pixels (n, C, H, W) uint8, labels (n,) int16
Size = tuple[int, int]  # height and width

GREY = frozenset(("1", "L", "LA", "La"))  # Pillow's modes
DEEP = frozenset(("I", "F", "I;16", "I;16B", "I;16L", "I;16N"))  # more than 8 bits a channel


class Picture(NamedTuple):
    """An image that is not decoded yet.

    Attributes:
        where: Its name in errors.
        open: Reads the image and its label.
    """

    where: str
    open: Callable[[], tuple[Image.Image, int]]


@dataclass(frozen=True)
class Pictures:
    """The images of a data set, not decoded yet.

    Attributes:
        classes: The classes.
        splits: The pictures of the splits `train` and `test`.
    """

    classes: Classes
    splits: Mapping[str, Sequence[Picture]]


def open_image(file: Path | IO[bytes], label: int) -> tuple[Image.Image, int]:
    """Read the first image of an image file, and return it with its label."""
    with Image.open(file) as image:
        image.load()
        return image, label


def image_of_array(pixels: np.ndarray, label: int) -> tuple[Image.Image, int]:
    """Make an image of pixels (H, W) or (H, W, 3) uint8, and return it with its label."""
    return Image.fromarray(pixels), label


def decode(splits: Mapping[str, Sequence[Picture]], size: Size | None) -> dict[str, Split]:
    """Decode the pictures of all splits.

    Args:
        splits: The pictures by split.
        size: Height and width to resize to (bilinear, proportions may change); None to keep the
            size, which must then be the same for all images.

    Returns:
        Pixels (n, C, H, W) uint8 and labels (n,) int16 of each split. Transparency is dropped.

    Raises:
        BadInput: An image cannot be read, has more than 8 bits a channel or, without `size`, has
            another size than the first.
    """
    pictures = [picture for split_pictures in splits.values() for picture in split_pictures]
    common_size = size
    if common_size is None:
        first_pixels, _ = _array(pictures[0], None)
        common_size = first_pixels.shape[:2]
    with ThreadPoolExecutor() as pool:
        read = partial(_array, size=size, common_size=common_size)
        arrays, labels = zip(*pool.map(read, pictures), strict=True)
    pixels = _stacked(arrays)
    ends = np.cumsum([len(split_pictures) for split_pictures in splits.values()])[:-1]
    split_pixels = np.split(pixels, ends)
    split_labels = np.split(np.array(labels, np.int16), ends)
    parts = zip(split_pixels, split_labels, strict=True)
    return dict(zip(splits, parts, strict=True))


def _array(
    picture: Picture, size: Size | None, common_size: Size | None = None
) -> tuple[np.ndarray, int]:
    """The pixels (H, W) of a grey image or (H, W, 3) of a coloured one, and its label."""
    image, label = _read(picture)
    if image.mode in DEEP:
        raise BadInput(
            f"{picture.where}: pixels of Pillow's mode {image.mode}, allowed: 8 bits a channel"
        )
    if size:
        image = image.resize(size[::-1], Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    if common_size and pixels.shape[:2] != common_size:
        raise BadInput(
            f"{picture.where}: found {_by(pixels.shape[:2])} pixels (height x width), allowed: "
            f"{_by(common_size)} as the first image, or a data.resize to which all are resized"
        )
    return pixels, label


def _read(picture: Picture) -> tuple[Image.Image, int]:
    """An image in Pillow's mode L or RGB, or in one of more than 8 bits, and its label."""
    try:
        image, label = picture.open()
        if image.mode in DEEP:
            return image, label
        return image.convert("L" if image.mode in GREY else "RGB"), label
    except UnidentifiedImageError as error:
        raise BadInput(
            f"{picture.where}: no image of a kind that can be read; convert it to PNG"
        ) from error
    except Exception as error:  # Pillow raises many kinds for broken images
        cause = " ".join(str(error).split())
        raise BadInput(
            f"{picture.where}: a broken image ({cause}); replace or remove it"
        ) from error


def _by(size: Size) -> str:
    return " x ".join(str(side) for side in size)


def _stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Images of one size as one array (n, C, H, W): C is 3 if an image is coloured, else 1."""
    if all(array.ndim == 2 for array in arrays):
        return np.stack(arrays)[:, None]
    colour = [
        array if array.ndim == 3 else np.repeat(array[:, :, None], 3, axis=2) for array in arrays
    ]
    return np.stack(colour).transpose(0, 3, 1, 2)


def brightness(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute mean and standard deviation of the pixels of each channel.

    Args:
        pixels: (n, C, H, W) uint8.

    Returns:
        Mean and standard deviation, (C,) each, as fractions of full brightness.
    """
    values = np.arange(256) / 255
    histograms = [_histogram(pixels[:, channel]) for channel in range(pixels.shape[1])]
    fractions = np.stack(histograms)  # (C, 256)
    mean = fractions @ values
    return mean, np.sqrt(fractions @ values**2 - mean**2)


def _histogram(pixels: np.ndarray) -> np.ndarray:
    """The fraction of each of the 256 values, counted image by image to need little memory."""
    counts = sum(np.bincount(image.ravel(), minlength=256) for image in pixels)
    return np.asarray(counts / pixels.size)
