"""Pictures that are not decoded yet, and the opening of image files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from PIL import ExifTags, Image, ImageOps

from interference.classes import Classes
from interference.io.input_files import check_regular

# The kinds of image files that are opened. Pillow knows more, but starts programs for some of them.
FORMATS = (
    "PNG",
    "JPEG",
    "GIF",
    "BMP",
    "DIB",
    "WEBP",
    "TIFF",
    "PPM",
    "AVIF",
    "JPEG2000",
    "TGA",
    "ICO",
    "PCX",
    "SGI",
)
TURNED = "turned by its EXIF orientation"  # a key of an image's `info`
LARGEST = 178_956_970  # pixels of an image; Pillow opens no larger one either
ALLOWED_PIXELS = f"more than {LARGEST} pixels"
CUT = "cut to 8 bits a channel"  # a key of an image's `info`
MOST_CHANNELS = 16  # of an image
DEEP = frozenset(("I", "F", "I;16", "I;16B", "I;16L", "I;16N"))  # more than 8 bits a channel


class TooLarge(ValueError):
    """An image has too many pixels to be decoded."""


class Picture(NamedTuple):
    """An image that is not decoded yet.

    Attributes:
        where: Its name in errors.
        open: Reads the image, or its pixels (H, W) or (H, W, C), and its label.
        path: The path of its file within the data set; empty if it has no file of its own.
    """

    where: str
    open: Callable[[], tuple[Image.Image | np.ndarray, int]]
    path: str = ""


@dataclass(frozen=True)
class ArrayOfPictures(Sequence[Picture]):
    """Images that lie in one array.

    Attributes:
        where: The name of the array in errors.
        pixels: (n, C, H, W) uint8 in C order, C 1 or 3.
        labels: (n,) their labels.
    """

    where: str
    pixels: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: Any) -> Any:
        """The picture of a number."""
        image = np.moveaxis(self.pixels[index], 0, 2)
        pixels = image if image.shape[2] > 1 else image[:, :, 0]
        label = int(self.labels[index])
        return Picture(f"{self.where}: image {index}", partial(image_of_array, pixels, label))


@dataclass(frozen=True)
class DrawnTest:
    """Test images that are drawn at random from the training images.

    Attributes:
        fraction: The fraction of the images of each class.
        seed: The seed of the draw.
    """

    fraction: float
    seed: int = 0


@dataclass(frozen=True)
class Pictures:
    """The images of a data set, not decoded yet.

    Attributes:
        classes: The classes.
        splits: The pictures of the splits `train` and `test`.
        notes: Lines for the user: what was taken for which split, and what was passed over.
    """

    classes: Classes
    splits: Mapping[str, Sequence[Picture]]
    notes: Sequence[str] = ()


def open_image(
    file: Path | IO[bytes], label: int, least_side: int | None = None
) -> tuple[Image.Image, int]:
    """Read the first image of an image file, upright, and return it with its label.

    An EXIF orientation is applied, as every viewer does, and `TURNED` is set in the image's `info`.
    `CUT` is set there if Pillow kept the upper 8 of more bits a channel. With a `least_side`, a
    JPEG may be decoded smaller, with sides of at least this.

    Raises:
        TooLarge: The image has more than `LARGEST` pixels; it is not decoded.
        BadInput: The file is a pipe, a socket or a device.
    """
    if isinstance(file, Path):
        check_regular(file)
    with _opened(file) as image:
        is_cut = _is_cut(image)
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
        if least_side is not None:
            image.draft("RGB", (least_side, least_side))
        image.load()
        upright: Image.Image = image
        if orientation != 1 and image.format != "TIFF":  # Pillow turns a TIFF on loading
            upright = ImageOps.exif_transpose(image)
            upright.info[TURNED] = True
        upright.info[CUT] = is_cut
        return upright, label


def _opened(file: Path | IO[bytes]) -> Image.Image:
    """Open an image file; Pillow reads its header and decodes the pixels later."""
    try:
        image = Image.open(file, formats=formats())
    except Image.DecompressionBombError as error:
        raise TooLarge(ALLOWED_PIXELS) from error
    if image.width * image.height > LARGEST:  # the program may have switched Pillow's check off
        image.close()
        raise TooLarge(ALLOWED_PIXELS)
    return image


@cache
def formats() -> tuple[str, ...]:
    """The kinds of `FORMATS` that this installation of Pillow can open."""
    Image.init()
    return tuple(kind for kind in FORMATS if kind in Image.OPEN)


def _is_cut(image: Image.Image) -> bool:
    """Whether Pillow cuts the channels of an image, not loaded yet, to 8 bits."""
    if image.mode in DEEP:
        return False  # Pillow keeps all bits
    for tile in getattr(image, "tile", ()):
        raw, *more = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        deepest = more[0] if image.format == "PPM" and more else 255
        if ";16" in str(raw) or (isinstance(deepest, int) and deepest > 255):
            return True
    return False


def image_of_array(pixels: np.ndarray, label: int) -> tuple[Image.Image | np.ndarray, int]:
    """Return pixels with their label, as an image if Pillow has a mode for them.

    Args:
        pixels: (H, W) or (H, W, C), uint8 or uint16.
        label: The label.
    """
    if pixels.dtype == np.uint8 and (pixels.ndim == 2 or pixels.shape[2] == 3):
        return Image.fromarray(pixels), label
    return pixels, label
