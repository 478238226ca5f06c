"""Pictures of any kind, decoded into arrays of one size: grey where all are grey, else in three colours."""

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
DEEP = frozenset(
    ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
)  # their pixels do not fit into a byte


class Picture(NamedTuple):
    """An image that is not decoded yet: what an error calls it, and how it and its label are had."""

    where: str
    open: Callable[[], tuple[Image.Image, int]]


@dataclass(frozen=True)
class Found:
    """What a data set's reader found: the classes, and the pictures of each split, `train` and `test`."""

    classes: Classes
    splits: Mapping[str, Sequence[Picture]]


def opened(file: Path | IO[bytes], label: int) -> tuple[Image.Image, int]:
    """The first image of an image file, and its label."""
    with Image.open(file) as image:
        image.load()
        return image, label


def of_array(pixels: np.ndarray, label: int) -> tuple[Image.Image, int]:
    """Pixels (H, W) or (H, W, 3) uint8 as an image, and its label."""
    return Image.fromarray(pixels), label


def decoded(splits: Mapping[str, Sequence[Picture]], size: Size | None) -> dict[str, Split]:
    """The pixels and labels of each split, resized to `size` (bilinear, proportions not kept) where it is given.

    Transparency is dropped. Raises `BadInput` for an image that cannot be read, has more than 8 bits a channel, or,
    without a `size`, another size than the first.
    """
    pictures = [picture for each in splits.values() for picture in each]
    wanted = size or _array(pictures[0], None)[0].shape[:2]
    with ThreadPoolExecutor() as pool:
        arrays, labels = zip(
            *pool.map(partial(_array, size=size, wanted=wanted), pictures), strict=True
        )
    pixels = _stacked(arrays)
    ends = np.cumsum([len(each) for each in splits.values()])[:-1]
    parts = zip(np.split(pixels, ends), np.split(np.array(labels, np.int16), ends), strict=True)
    return dict(zip(splits, parts, strict=True))


def _array(
    picture: Picture, size: Size | None, wanted: Size | None = None
) -> tuple[np.ndarray, int]:
    """An image as (H, W) where it is grey, else (H, W, 3), and its label."""
    image, label = _read(picture)
    if image.mode in DEEP:
        raise BadInput(
            f"{picture.where}: pixels of Pillow's mode {image.mode}, allowed: 8 bits a channel"
        )
    pixels = np.asarray(image.resize(size[::-1], Image.Resampling.BILINEAR) if size else image)
    if wanted and pixels.shape[:2] != wanted:
        raise BadInput(
            f"{picture.where}: found {_shown(pixels.shape[:2])} pixels (height x width), allowed: "
            f"{_shown(wanted)} as the first image, or a data.resize to which all are resized"
        )
    return pixels, label


def _read(picture: Picture) -> tuple[Image.Image, int]:
    """An image in Pillow's mode L or RGB, or still in a deep one, and its label."""
    try:
        image, label = picture.open()
        return image if image.mode in DEEP else image.convert(
            "L" if image.mode in GREY else "RGB"
        ), label
    except UnidentifiedImageError as error:
        raise BadInput(f"{picture.where}: no image of a kind that can be read") from error
    except Exception as error:  # whatever Pillow makes of broken bytes: it has no one kind
        raise BadInput(
            f"{picture.where}: a broken image ({' '.join(str(error).split())})"
        ) from error


def _shown(size: Size) -> str:
    return " x ".join(map(str, size))


def _stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Images of one size together, (n, C, H, W): C is 3 where one of them is in colour, else 1."""
    if all(array.ndim == 2 for array in arrays):
        return np.stack(arrays)[:, None]
    colour = [
        array if array.ndim == 3 else np.repeat(array[:, :, None], 3, axis=2) for array in arrays
    ]
    return np.stack(colour).transpose(0, 3, 1, 2)


def brightness(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (C,) of images (n, C, H, W) uint8 by channel, in units of full brightness."""
    values = np.arange(256) / 255
    shares = np.stack(
        [_histogram(pixels[:, channel]) for channel in range(pixels.shape[1])]
    )  # (C, 256)
    mean = shares @ values
    return mean, np.sqrt(shares @ values**2 - mean**2)


def _histogram(pixels: np.ndarray) -> np.ndarray:
    """The share of each of the 256 values, counted image by image to need little memory."""
    counts = sum(np.bincount(image.ravel(), minlength=256) for image in pixels)
    return np.asarray(counts / pixels.size)
