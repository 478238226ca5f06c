"""What a net says of images: predictions and losses image by image, in eval mode."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from interference import confusion
from interference.images import Images, normalise
from interference.machine import Machine
from interference.params import Data

Prepare = Callable[[Tensor], Tensor]  # (n, C, H, W) uint8 -> (n, C, H, W) float32, as the net sees them


@dataclass(frozen=True)
class Predictions:
    """What a net says of n images: `predicted` and true `labels` (n,) int64, cross-entropy `losses` (n,) float32."""

    labels: Tensor
    predicted: Tensor
    losses: Tensor

    def cells(self, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """Counts (C, C) int64 and summed losses (C, C) float64 by true and predicted class."""
        labels, predicted, losses = (tensor.cpu().numpy() for tensor in (self.labels, self.predicted, self.losses))
        return confusion.cells(labels, predicted, losses, classes)


def plain(data: Data, device: torch.device) -> Prepare:
    """Normalisation alone."""
    mean, std = torch.tensor(data.mean, device=device), torch.tensor(data.std, device=device)
    return lambda pixels: normalise(pixels, mean, std)


@torch.no_grad()
def predict(net: nn.Module, images: Images, prepare: Prepare, machine: Machine) -> Predictions:
    """The net's predictions in eval mode, image by image in their order; the net's mode is put back."""
    mode = net.training
    net.eval()
    try:
        parts = []
        for pixels, labels in zip(*(torch.split(each, machine.batch) for each in (images.pixels, images.labels)),
                                  strict=True):
            with machine.autocast():
                logits = net(prepare(pixels))  # (batch, classes)
            parts.append(read(logits.float(), labels))
        return joined(parts)
    finally:
        net.train(mode)


def read(logits: Tensor, labels: Tensor) -> Predictions:
    """Top class and loss of each row; where a logit is not finite, a mistake: the class after the image's own."""
    finite = logits.isfinite().all(1)
    wrong = (labels + 1) % logits.shape[1]
    predicted = torch.where(finite, logits.argmax(1), wrong)
    return Predictions(labels, predicted, cross_entropy(logits, labels, reduction="none"))


def joined(parts: Sequence[Predictions]) -> Predictions:
    """The predictions of several batches as one."""
    return Predictions(torch.cat([part.labels for part in parts]), torch.cat([part.predicted for part in parts]),
                       torch.cat([part.losses for part in parts]))
