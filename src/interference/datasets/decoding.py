"""Decodes pictures into one array of one size: grey if all are grey, else in colour.

The array is made at once, so that the images are never held twice. Images that lie in arrays
already, and are not resized, are not copied.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from interference.datasets.pictures import CUT, DEEP, TURNED, ArrayOfPictures, Picture, TooLarge
from interference.datasets.resizing import Resizing, Size
from interference.errors import BadInput

Split = tuple[np.ndarray, np.ndarray]  # pixels (n, C, H, W) uint8, labels (n,) int16

GREY = frozenset(("1", "L", "LA", "La"))  # Pillow's modes
RGB = 3  # channels of an image in colour
BATCH = 256  # images that are decoded ahead
SHOWN = 3  # broken images that an error describes


class Broken(BadInput):
    """An image file cannot be read."""


@dataclass(frozen=True)
class DecodedImage:
    """An image as an array.

    Attributes:
        where: Its name in errors.
        pixels: (H, W) uint8 if it is grey, else (H, W, C).
        label: Its class.
        turned: Whether it was turned by its EXIF orientation.
        deep: Whether its upper 8 of 16 bits a channel are kept.
        path: The path of its file within the data set; empty if it has none.
    """

    where: str
    pixels: np.ndarray
    label: int
    turned: bool
    deep: bool
    path: str


@dataclass(frozen=True)
class Decoded:
    """The decoded images of all splits.

    Attributes:
        splits: Pixels (n, C, H, W) uint8 and labels (n,) int16 of each split.
        paths: The paths of the images' files within the data set, by split; {} if they have none.
        notes: Lines for the user about images that were turned or left out.
    """

    splits: dict[str, Split]
    paths: dict[str, list[str]]
    notes: list[str]


def decode(
    splits: Mapping[str, Sequence[Picture]],
    resizing: Resizing,
    skip_broken: bool = False,
    upper_bits: bool = False,
) -> Decoded:
    """Decode the pictures of all splits.

    Args:
        splits: The pictures by split, some in each.
        resizing: How images are resized; without a size all must be of the same size.
        skip_broken: Whether images that cannot be read are left out.
        upper_bits: Whether images of 16 bits a channel are read, by their upper 8 bits.

    Returns:
        The images. Transparency is dropped.

    Raises:
        BadInput: An image cannot be read (the error lists all such images), has more than 8 bits a
            channel or another number of channels than the first or, without a size, has another
            size than the first.
    """
    arrays = _arrays(splits, resizing.size)
    if arrays:
        return Decoded(arrays, {}, [])
    pictures = [picture for split_pictures in splits.values() for picture in split_pictures]
    reader = Reader(resizing, upper_bits)
    size = resizing.size or _first_size(pictures, reader)
    stack = Stack(len(pictures))
    tally = Tally()
    sizes = {}
    with ThreadPoolExecutor() as pool:
        for split, split_pictures in splits.items():
            before = stack.filled
            for start in range(0, len(split_pictures), BATCH):
                batch = split_pictures[start : start + BATCH]
                for result in pool.map(partial(reader.decoded, size=size), batch):
                    if isinstance(result, DecodedImage):
                        stack.add(result)
                    tally.add(result)
            sizes[split] = stack.filled - before
    if tally.broken and not skip_broken:
        raise _all_broken(tally.broken, len(pictures))
    for split, split_pictures in splits.items():
        if not sizes[split]:
            raise BadInput(f"{split}: none of the {len(split_pictures)} images can be read")
    return Decoded(stack.by_split(sizes), tally.paths_by_split(sizes), tally.notes())


def _arrays(splits: Mapping[str, Sequence[Picture]], size: Size | None) -> dict[str, Split]:
    """The arrays of pixels and labels by split, if they need no decoding and no resizing.

    The result is empty unless all pictures are arrays of one shape and of the wanted size.
    """
    arrays = {}
    shapes = set()
    for split, pictures in splits.items():
        if not isinstance(pictures, ArrayOfPictures):
            return {}
        arrays[split] = (pictures.pixels, pictures.labels.astype(np.int16))
        shapes.add(pictures.pixels.shape[1:])
    sizes = {shape[1:] for shape in shapes}
    return arrays if len(shapes) == 1 and (size is None or sizes == {size}) else {}


class Stack:
    """Images of one size in one array, made when the first image is known.

    Args:
        n: The largest number of images.

    Attributes:
        filled: The number of images so far.
    """

    def __init__(self, n: int) -> None:
        self.labels = np.empty(n, np.int16)
        self.filled = 0
        self.pixels: np.ndarray | None = None  # (n, C, H, W)

    def add(self, image: DecodedImage) -> None:
        """Append an image; the first one in colour turns all into colour.

        Raises:
            BadInput: The image has another number of channels than those before it.
        """
        channels = 1 if image.pixels.ndim == 2 else image.pixels.shape[2]
        height, width = image.pixels.shape[:2]
        if self.pixels is None:
            self.pixels = np.empty((len(self.labels), channels, height, width), np.uint8)
        if channels == RGB and self.pixels.shape[1] == 1:
            coloured = np.empty((len(self.labels), RGB, height, width), np.uint8)
            coloured[: self.filled] = self.pixels[: self.filled]
            self.pixels = coloured
        own = self.pixels.shape[1]
        if channels != own and (channels, own) != (1, RGB):
            raise BadInput(
                f"{image.where}: found {channels} channels, allowed: {own} as the images before it"
            )
        self.pixels[self.filled] = np.moveaxis(np.atleast_3d(image.pixels), 2, 0)
        self.labels[self.filled] = image.label
        self.filled += 1

    def by_split(self, sizes: Mapping[str, int]) -> dict[str, Split]:
        """The pixels and labels of each split, as views, from the splits' sizes in order."""
        assert self.pixels is not None
        parts = {}
        end = 0
        for split, size in sizes.items():
            start, end = end, end + size
            parts[split] = (self.pixels[start:end], self.labels[start:end])
        return parts


class Tally:
    """What is known of the decoded images beside their pixels.

    Attributes:
        broken: The images that cannot be read.
    """

    def __init__(self) -> None:
        self.broken: list[Broken] = []
        self.paths: list[str] = []
        self.turned = 0
        self.deep = 0

    def add(self, result: DecodedImage | Broken) -> None:
        """Count an image."""
        if isinstance(result, Broken):
            self.broken.append(result)
            return
        self.paths.append(result.path)
        self.turned += result.turned
        self.deep += result.deep

    def paths_by_split(self, sizes: Mapping[str, int]) -> dict[str, list[str]]:
        """The paths of the images of each split, {} if an image has none."""
        if not all(self.paths):
            return {}
        paths = {}
        end = 0
        for split, size in sizes.items():
            start, end = end, end + size
            paths[split] = self.paths[start:end]
        return paths

    def notes(self) -> list[str]:
        """Lines about images that were turned, cut to 8 bits, or left out."""
        notes = []
        if self.turned:
            notes.append(f"turned {self.turned} images upright by their EXIF orientation")
        if self.deep:
            notes.append(f"kept the upper 8 of 16 bits a channel of {self.deep} images")
        if self.broken:
            broken = self.broken
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


def _first_size(pictures: Sequence[Picture], reader: "Reader") -> Size | None:
    """The size of the first image that can be read."""
    for picture in pictures:
        image = reader.decoded(picture)
        if isinstance(image, DecodedImage):
            height, width = image.pixels.shape[:2]
            return height, width
    return None


@dataclass(frozen=True)
class Reader:
    """Reads pictures as arrays of 8 bits.

    Attributes:
        resizing: How images are resized.
        upper_bits: Whether images of 16 bits a channel are read, by their upper 8 bits.
    """

    resizing: Resizing
    upper_bits: bool

    def decoded(self, picture: Picture, size: Size | None = None) -> DecodedImage | Broken:
        """An image as an array, or the fault that keeps it from being read.

        Raises `BadInput` if the image has more than 8 bits a channel, or not the size if one is
        given.
        """
        try:
            image, label = _read(picture)
        except Broken as fault:
            return fault
        depth = _depth(image)
        if depth and not (self.upper_bits and depth.has_16_bits):
            advice = "; data.bits: 16 keeps the upper 8" if depth.has_16_bits else ""
            raise BadInput(f"{picture.where}: {depth.text}, allowed: 8 bits a channel{advice}")
        turned = isinstance(image, Image.Image) and bool(image.info.get(TURNED))
        pixels = self._resized(image)
        if size and pixels.shape[:2] != size:
            raise BadInput(
                f"{picture.where}: found {_by(pixels.shape[:2])} pixels (height x width), allowed: "
                f"{_by(size)} as the first image, or a data.resize to which all are resized"
            )
        return DecodedImage(picture.where, pixels, label, turned, depth is not None, picture.path)

    def _resized(self, image: Image.Image | np.ndarray) -> np.ndarray:
        """The pixels of an image at the size, by the upper 8 bits if it has 16."""
        if isinstance(image, Image.Image) and image.mode not in DEEP:
            return np.asarray(self.resizing(image))
        pixels = np.asarray(image)
        if pixels.dtype != np.uint8:
            pixels = (pixels >> 8).astype(np.uint8)
        return self.resizing.array(pixels)


class Depth(NamedTuple):
    """What an image has in place of 8 bits a channel.

    Attributes:
        text: The kind of pixels, for the error.
        has_16_bits: Whether they are whole numbers of 16 bits.
    """

    text: str
    has_16_bits: bool


def _depth(image: Image.Image | np.ndarray) -> Depth | None:
    """What an image has in place of 8 bits a channel; None if it has 8 bits."""
    if isinstance(image, np.ndarray):
        return None if image.dtype == np.uint8 else Depth("pixels of 16 bits a channel", True)
    if image.mode in DEEP:
        pixels = np.asarray(image)
        has_16_bits = image.mode != "F" and pixels.min() >= 0 and pixels.max() < 2**16
        return Depth(f"pixels of Pillow's mode {image.mode}", bool(has_16_bits))
    if image.info.get(CUT):
        return Depth(f"pixels of 16 bits a channel ({image.mode})", True)
    return None


def _read(picture: Picture) -> tuple[Image.Image | np.ndarray, int]:
    """An image in Pillow's mode L or RGB or in one of more bits, or pixels, and its label."""
    try:
        image, label = picture.open()
        if isinstance(image, np.ndarray) or image.mode in DEEP:
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
