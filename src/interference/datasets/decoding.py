"""Decodes pictures into arrays of one size: grey if all are grey, else with three channels."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image, UnidentifiedImageError

from interference.datasets.pictures import DEEP, TURNED, Picture, TooLarge
from interference.datasets.resizing import Resizing, Size
from interference.errors import BadInput

Split = tuple[np.ndarray, np.ndarray]  # pixels (n, C, H, W) uint8, labels (n,) int16

GREY = frozenset(("1", "L", "LA", "La"))  # Pillow's modes
SHOWN = 3  # broken images that an error describes


class Broken(BadInput):
    """An image file cannot be read."""


@dataclass(frozen=True)
class DecodedImage:
    """An image as an array.

    Attributes:
        where: Its name in errors.
        pixels: (H, W) uint8 if it is grey, else (H, W, 3).
        label: Its class.
        turned: Whether it was turned by its EXIF orientation.
    """

    where: str
    pixels: np.ndarray
    label: int
    turned: bool


def decode(
    splits: Mapping[str, Sequence[Picture]], resizing: Resizing, skip_broken: bool = False
) -> tuple[dict[str, Split], list[str]]:
    """Decode the pictures of all splits.

    Args:
        splits: The pictures by split, some in each.
        resizing: How images are resized; without a size all must be of the same size.
        skip_broken: Whether images that cannot be read are left out.

    Returns:
        Pixels (n, C, H, W) uint8 and labels (n,) int16 of each split, and lines for the user about
        images that were turned or left out. Transparency is dropped.

    Raises:
        BadInput: An image cannot be read (the error lists all such images), has more than 8 bits a
            channel or, without a size, has another size than the first.
    """
    pictures = [picture for split_pictures in splits.values() for picture in split_pictures]
    size = resizing.size or _first_size(pictures, resizing)
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(partial(_decoded, resizing=resizing, size=size), pictures))
    broken = [result for result in results if isinstance(result, Broken)]
    if broken and not skip_broken:
        raise _all_broken(broken, len(pictures))
    images = [result for result in results if isinstance(result, DecodedImage)]
    sizes = {}
    end = 0
    for split, split_pictures in splits.items():
        start, end = end, end + len(split_pictures)
        sizes[split] = sum(isinstance(result, DecodedImage) for result in results[start:end])
        if not sizes[split]:
            raise BadInput(f"{split}: none of the {len(split_pictures)} images can be read")
    return _by_split(images, sizes), _notes(images, broken)


def _by_split(images: Sequence[DecodedImage], sizes: Mapping[str, int]) -> dict[str, Split]:
    """The pixels and labels of each split, from the images in order and the splits' sizes."""
    pixels = _stacked([image.pixels for image in images])
    labels = np.array([image.label for image in images], np.int16)
    ends = np.cumsum(list(sizes.values()))[:-1]
    parts = zip(np.split(pixels, ends), np.split(labels, ends), strict=True)
    return dict(zip(sizes, parts, strict=True))


def _notes(images: Sequence[DecodedImage], broken: Sequence[Broken]) -> list[str]:
    """Lines about images that were turned and images that were left out."""
    notes = []
    turned = sum(image.turned for image in images)
    if turned:
        notes.append(f"turned {turned} images upright by their EXIF orientation")
    if broken:
        notes.append(f"left out {len(broken)} images that cannot be read: {_first(broken)}")
    return notes


def _all_broken(broken: Sequence[Broken], n: int) -> BadInput:
    """The error for images that cannot be read."""
    if len(broken) == 1:
        return BadInput(f"{broken[0]}, or leave it out by --skip-broken")
    return BadInput(
        f"{len(broken)} of {n} images cannot be read: {_first(broken)}; replace or remove them, or "
        "leave them out by --skip-broken"
    )


def _first(broken: Sequence[Broken]) -> str:
    """The first broken images with their faults, and how many more there are."""
    faults = [str(fault).partition(";")[0] for fault in broken[:SHOWN]]
    if len(broken) > SHOWN:
        faults.append(f"and {len(broken) - SHOWN} more")
    return ", ".join(faults)


def _first_size(pictures: Sequence[Picture], resizing: Resizing) -> Size | None:
    """The size of the first image that can be read."""
    for picture in pictures:
        image = _decoded(picture, resizing)
        if isinstance(image, DecodedImage):
            height, width = image.pixels.shape[:2]
            return height, width
    return None


def _decoded(
    picture: Picture, resizing: Resizing, size: Size | None = None
) -> DecodedImage | Broken:
    """An image as an array, or the fault that keeps it from being read.

    Raises `BadInput` if the image has more than 8 bits a channel, or not the size if one is given.
    """
    try:
        image, label = _read(picture)
    except Broken as fault:
        return fault
    if image.mode in DEEP:
        raise BadInput(
            f"{picture.where}: pixels of Pillow's mode {image.mode}, allowed: 8 bits a channel"
        )
    pixels = np.asarray(resizing(image))
    if size and pixels.shape[:2] != size:
        raise BadInput(
            f"{picture.where}: found {_by(pixels.shape[:2])} pixels (height x width), allowed: "
            f"{_by(size)} as the first image, or a data.resize to which all are resized"
        )
    return DecodedImage(picture.where, pixels, label, bool(image.info.get(TURNED)))


def _read(picture: Picture) -> tuple[Image.Image, int]:
    """An image in Pillow's mode L or RGB, or in one of more than 8 bits, and its label."""
    try:
        image, label = picture.open()
        if image.mode in DEEP:
            return image, label
        return image.convert("L" if image.mode in GREY else "RGB"), label
    except BadInput as error:
        raise BadInput(f"{picture.where}: {error}") from error
    except TooLarge as error:
        raise Broken(f"{picture.where}: an image of {error}; make it smaller") from error
    except UnidentifiedImageError as error:
        raise Broken(
            f"{picture.where}: no image of a kind that can be read; convert it to PNG"
        ) from error
    except Exception as error:  # Pillow raises many kinds for broken images
        cause = " ".join(str(error).split())
        raise Broken(f"{picture.where}: a broken image ({cause}); replace or remove it") from error


def _by(size: Sequence[int]) -> str:
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
