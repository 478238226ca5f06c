"""Images on a device, and what is done to a batch of them before a net sees it.

Pixels stay uint8 until they are normalised: a data set then fits on the device whole, and moving it about is cheap.
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
    """Images and their classes: `pixels` (n, C, H, W) uint8, `labels` (n,) int64, both on one device."""

    pixels: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: Tensor) -> "Images":
        """The images at these positions, in this order; `indices` (m,) int64, or a mask (n,) bool."""
        return Images(self.pixels[indices], self.labels[indices])

    def of_class(self, label: int) -> "Images":
        """The images of one class, in their order here; none where the class has none."""
        return self.take(self.labels == label)

    def to(self, device: torch.device | str) -> "Images":
        """The same images on a device."""
        return Images(self.pixels.to(device), self.labels.to(device))


def normalise(
    pixels: Tensor, mean: Sequence[float] | Tensor, std: Sequence[float] | Tensor
) -> Tensor:
    """(pixels / 255 - mean) / std, channel by channel: (n, C, H, W) uint8 -> the same shape, float32, channels-last.

    `mean` and `std` (C,) are in units of the full brightness, 255. As tensors on the pixels' device they cost no copy.
    Raises `BadInput` unless there is one of each for every channel.
    """
    scaled = pixels.to(torch.float32, memory_format=torch.channels_last).div_(255)
    return scaled.sub_(_per_channel("mean", mean, scaled)).div_(_per_channel("std", std, scaled))


def _per_channel(name: str, values: Sequence[float] | Tensor, images: Tensor) -> Tensor:
    channels = images.shape[1]
    if len(values) != channels:
        raise BadInput(
            f"{name}: found {len(values)} values, allowed: one for each of the images' {channels} channels"
        )
    return torch.as_tensor(values, dtype=images.dtype, device=images.device).view(channels, 1, 1)


def augment(pixels: Tensor, crop: int, flip: bool, generator: torch.Generator) -> Tensor:
    """Randomly shifted and mirrored images: (n, C, H, W) uint8 -> the same shape, channels-last.

    Each image is padded with `crop` black pixels on every side, cut back to H x W at a random place, and, with `flip`,
    mirrored left to right with probability one half. `generator` is on the CPU, whatever the device of the pixels, so
    that every device sees the same images.
    """
    return shifted(pixels, crop, draw_shifts(len(pixels), crop, flip, generator).to(pixels.device))


def draw_shifts(n: int, crop: int, flip: bool, generator: torch.Generator) -> Tensor:
    """What `augment` does to n images: (3, n) int64, first row and column from 0 to 2 crop, and 1 where mirrored."""
    places = torch.randint(2 * crop + 1, (2, n), generator=generator)
    mirrored = torch.rand(n, generator=generator) < (0.5 if flip else 0.0)
    return torch.cat((places, mirrored[None]))


def shifted(pixels: Tensor, crop: int, shifts: Tensor) -> Tensor:
    """Images padded by `crop`, cut to their size and mirrored as `draw_shifts` says, on the pixels' device."""
    n, channels, height, width = pixels.shape
    padded = F.pad(
        pixels.permute(0, 2, 3, 1), (0, 0, crop, crop, crop, crop)
    )  # (n, H + 2 crop, W + 2 crop, C)
    tops, lefts, mirrored = shifts[:, :, None]  # (n, 1) each
    column = torch.arange(width, device=pixels.device)
    rows = tops + torch.arange(height, device=pixels.device)  # (n, H)
    columns = lefts + torch.where(mirrored > 0, width - 1 - column, column)  # (n, W)
    images = torch.arange(n, device=pixels.device)[:, None, None]
    flat = (images * padded.shape[1] + rows[:, :, None]) * padded.shape[2] + columns[
        :, None, :
    ]  # (n, H, W)
    cut = padded.reshape(-1, channels).index_select(0, flat.flatten())  # one gather of whole pixels
    return cut.view(n, height, width, channels).permute(0, 3, 1, 2)


def stratified(labels: Tensor, per_class: int, generator: torch.Generator) -> Tensor:
    """Random indices (m,) int64, ascending, of `per_class` images of every class in `labels` (n,).

    All of a class where it has fewer. On the CPU, as the generator.
    """
    labels = labels.cpu()
    members = [torch.nonzero(labels == label).flatten() for label in torch.unique(labels)]
    picks = [each[torch.randperm(len(each), generator=generator)[:per_class]] for each in members]
    return torch.cat(picks).sort().values


def load(path: Path, split: str, device: torch.device | str = "cpu") -> Images:
    """The images of one split (`train`, `test`) of an image table; raises `BadInput` as `tables.read_images` does."""
    pixels, labels = read_images(path, split)
    return Images(torch.from_numpy(pixels), torch.from_numpy(labels)).to(device)


def sample(images: Images, amount: str | int, generator: torch.Generator) -> Images:
    """All images, or a random `amount` of every class, in their order; on the CPU."""
    return (
        images
        if amount == "all"
        else images.take(stratified(images.labels, int(amount), generator))
    )
