"""Resizes images as training scripts do: stretched, with a centre crop, or with black borders."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

Size = tuple[int, int]  # height and width

FITS = ("stretch", "crop", "pad")
INTERPOLATIONS = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")  # Pillow's names


@dataclass(frozen=True)
class Resizing:
    """How images are brought to one size.

    Attributes:
        size: Height and width of the result; None to keep images as they are.
        fit: How an image of other proportions fits. `stretch`: height and width are scaled
            separately. `crop`: the shorter side is scaled, and the centre is cut out, as by
            torchvision's `Resize` and `CenterCrop`. `pad`: the whole image is scaled, and black
            borders fill the rest.
        shorter_side: For `crop`, the length of the shorter side before the cut; None for the larger
            of height and width.
        interpolation: Pillow's method of resampling, one of `INTERPOLATIONS`.
    """

    size: Size | None = None
    fit: str = "stretch"
    shorter_side: int | None = None
    interpolation: str = "bilinear"

    def __call__(self, image: Image.Image) -> Image.Image:
        """The image at the size, in the same mode."""
        if self.size is None:
            return image
        height, width = self.size
        method = Image.Resampling[self.interpolation.upper()]
        if self.fit == "crop":
            return self._cropped(image)
        if self.fit == "pad":
            return _padded(image, self.size, method)
        return image.resize((width, height), method)

    def array(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (H, W) or (H, W, C) uint8 at the size, channel by channel."""
        if self.size is None:
            return pixels
        if pixels.ndim == 2:
            return np.asarray(self(Image.fromarray(pixels)))
        channels = np.moveaxis(pixels, 2, 0)
        return np.stack([self.array(channel) for channel in channels], axis=2)

    def _cropped(self, image: Image.Image) -> Image.Image:
        """The centre of the image, after its shorter side was scaled."""
        assert self.size
        # torchvision takes a second to import, and its rounding is what nets were trained with.
        from torchvision.transforms import InterpolationMode
        from torchvision.transforms import functional as F

        shorter = self.shorter_side or max(self.size)
        scaled = F.resize(image, shorter, InterpolationMode(self.interpolation))
        cropped: Image.Image = F.center_crop(scaled, list(self.size))
        return cropped

    def __str__(self) -> str:
        """What is done, for a line of a log."""
        if self.size is None:
            return "images keep their size"
        size = f"{self.size[0]} x {self.size[1]}"
        if self.fit == "crop":
            shorter = self.shorter_side or max(self.size)
            return f"shorter side scaled to {shorter} ({self.interpolation}), centre {size} cut out"
        if self.fit == "pad":
            return f"scaled to fit {size} ({self.interpolation}), black borders"
        return f"height and width scaled to {size} ({self.interpolation})"


def _padded(image: Image.Image, size: Size, method: Image.Resampling) -> Image.Image:
    """The whole image scaled to fit a size, in the middle of black."""
    height, width = size
    scale = min(height / image.height, width / image.width)
    inner_width = max(1, round(image.width * scale))
    inner_height = max(1, round(image.height * scale))
    canvas = Image.new(image.mode, (width, height))
    place = ((width - inner_width) // 2, (height - inner_height) // 2)
    canvas.paste(image.resize((inner_width, inner_height), method), place)
    return canvas
