"""Images on a device, their augmentation and their normalisation.

Pixels stay uint8 until they are normalised, so that a whole data set fits on the device and can be
moved quickly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from interference.errors import BadInput
from interference.io.tables import read_images


@dataclass(frozen=True, eq=False)
class Images:
    """Images and their true classes, on one device.

    Attributes:
        pixels: (n, C, H, W) uint8.
        labels: (n,) int64, the true classes.
    """

    pixels: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: Tensor) -> "Images":
        """The images at some positions.

        Args:
            indices: Positions (m,) int64, in the order of the result, or a mask (n,) bool.
        """
        return Images(self.pixels[indices], self.labels[indices])

    def of_class(self, label: int) -> "Images":
        """The images of one class, in the same order; possibly none."""
        return self.take(self.labels == label)

    def to(self, device: torch.device | str) -> "Images":
        """The same images on a device."""
        return Images(self.pixels.to(device), self.labels.to(device))


def normalise(
    pixels: Tensor, mean: Sequence[float] | Tensor, std: Sequence[float] | Tensor
) -> Tensor:
    """Normalise pixels by channel: (pixels / 255 - mean) / std.

    Args:
        pixels: (n, C, H, W) uint8.
        mean: (C,), in units of the full brightness, 255. Tensors on the pixels' device are not
            copied.
        std: (C,), in the same units.

    Returns:
        (n, C, H, W) float32, channels-last.

    Raises:
        BadInput: The mean or the standard deviation has not one value per channel.
    """
    scaled = pixels.to(torch.float32, memory_format=torch.channels_last).div_(255)
    centred = scaled.sub_(_per_channel("mean", mean, scaled))
    return centred.div_(_per_channel("std", std, scaled))


def _per_channel(name: str, values: Sequence[float] | Tensor, images: Tensor) -> Tensor:
    """The values as a tensor (C, 1, 1) of the images' dtype and device."""
    channels = images.shape[1]
    if len(values) != channels:
        raise BadInput(
            f"{name}: found {len(values)} values, allowed: one for each of the images' {channels} "
            "channels"
        )
    return torch.as_tensor(values, dtype=images.dtype, device=images.device).view(channels, 1, 1)


def augment(pixels: Tensor, crop: int, flip: bool, generator: torch.Generator) -> Tensor:
    """Shift and mirror images at random.

    Each image is padded with black pixels, cut back to its size at a random place, and perhaps
    mirrored from left to right.

    Args:
        pixels: (n, C, H, W) uint8.
        crop: The padding on every side, in pixels.
        flip: Whether an image is mirrored with probability one half.
        generator: The source of the random numbers, on the CPU, so that all devices augment alike.

    Returns:
        (n, C, H, W) uint8, channels-last.
    """
    shifts = draw_shifts(len(pixels), crop, flip, generator)
    return shifted(pixels, crop, shifts.to(pixels.device))


def draw_shifts(n: int, crop: int, flip: bool, generator: torch.Generator) -> Tensor:
    """Draw the shifts of n images for `shifted`.

    Args:
        n: The number of images.
        crop: The padding on every side, in pixels.
        flip: Whether an image is mirrored with probability one half.
        generator: The source of the random numbers, on the CPU.

    Returns:
        (3, n) int64 on the CPU: the first row and the first column of the cut, from 0 to 2 crop,
        and 1 if the image is mirrored, else 0.
    """
    places = torch.randint(2 * crop + 1, (2, n), generator=generator)
    probability = 0.5 if flip else 0.0
    mirrored = torch.rand(n, generator=generator) < probability
    return torch.cat((places, mirrored[None]))


def shifted(pixels: Tensor, crop: int, shifts: Tensor) -> Tensor:
    """Pad images, cut them back to their size and mirror some of them.

    Args:
        pixels: (n, C, H, W).
        crop: The padding on every side, in pixels.
        shifts: (3, n) int64 on the pixels' device, see `draw_shifts`.

    Returns:
        (n, C, H, W), channels-last.
    """
    n, channels, height, width = pixels.shape
    channels_last = pixels.permute(0, 2, 3, 1)  # (n, H, W, C)
    padded = F.pad(channels_last, (0, 0, crop, crop, crop, crop))
    padded_height, padded_width = padded.shape[1:3]
    tops, lefts, mirrored = shifts[:, :, None]  # (n, 1) each
    row = torch.arange(height, device=pixels.device)
    column = torch.arange(width, device=pixels.device)
    mirrored_column = width - 1 - column
    rows = tops + row  # (n, H)
    columns = lefts + torch.where(mirrored > 0, mirrored_column, column)  # (n, W)
    images = torch.arange(n, device=pixels.device)[:, None, None]
    first_of_row = (images * padded_height + rows[:, :, None]) * padded_width  # (n, H, 1)
    positions = first_of_row + columns[:, None, :]  # (n, H, W), in the flattened padded images
    cut = padded.reshape(-1, channels).index_select(0, positions.flatten())
    return cut.view(n, height, width, channels).permute(0, 3, 1, 2)


def stratified(labels: Tensor, per_class: int, generator: torch.Generator) -> Tensor:
    """Draw the same number of images of every class.

    Args:
        labels: (n,) int64, the true classes.
        per_class: The number of images of each class; a class with fewer images gives all.
        generator: The source of the random numbers, on the CPU.

    Returns:
        The positions of the images (m,) int64, ascending, on the CPU.
    """
    labels = labels.cpu()
    picks = []
    for label in torch.unique(labels):
        members = torch.nonzero(labels == label).flatten()
        order = torch.randperm(len(members), generator=generator)
        picks.append(members[order[:per_class]])
    return torch.cat(picks).sort().values


def load(path: Path, split: str, device: torch.device | str = "cpu") -> Images:
    """Load the images of one split of an image table.

    Args:
        path: The image table.
        split: `train` or `test`.
        device: The device for the images.

    Raises:
        BadInput: The file is not an image table, see `tables.read_images`.
    """
    pixels, labels = read_images(path, split)
    images = Images(torch.from_numpy(pixels), torch.from_numpy(labels))
    return images.to(device)


def sample(images: Images, amount: str | int, generator: torch.Generator) -> Images:
    """Draw a sample of images, in the order of the images.

    Args:
        images: The images, on the CPU.
        amount: `all`, or the number of images of each class.
        generator: The source of the random numbers, on the CPU.
    """
    if amount == "all":
        return images
    return images.take(stratified(images.labels, int(amount), generator))
