"""The predicted class and the loss of each image, by a net in eval mode."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from interference import confusion
from interference.evaluating import evaluating
from interference.learning.images import Images, normalise
from interference.learning.losses import losses
from interference.params import Data
from interference.runtime.device import Machine

Prepare = Callable[[Tensor], Tensor]  # pixels (n, C, H, W) uint8 -> inputs of the net, float32


@dataclass(frozen=True)
class Predictions:
    """The predictions of a net for n images.

    Attributes:
        labels: (n,) int64, the true classes.
        predicted: (n,) int64, the predicted classes.
        losses: (n,) float32, the cross-entropies in nats.
        confidence: (n,) float32, the probability of each predicted class; None if it was not asked
            for.
        second: (n,) int64, the other class with the highest probability; likewise.
    """

    labels: Tensor
    predicted: Tensor
    losses: Tensor
    confidence: Tensor | None = None
    second: Tensor | None = None

    def cells(self, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """Count the images by true and predicted class.

        Args:
            classes: The number of classes C.

        Returns:
            Counts (C, C) int64 and summed losses (C, C) float64; the row is the true class.
        """
        labels = self.labels.cpu().numpy()
        predicted = self.predicted.cpu().numpy()
        losses = self.losses.cpu().numpy()
        return confusion.cells(labels, predicted, losses, classes)


def normalisation(data: Data, device: torch.device) -> Prepare:
    """A function that normalises pixels, without augmentation.

    Args:
        data: The data set's mean and standard deviation by channel.
        device: The device of the pixels.

    Returns:
        A function from pixels (n, C, H, W) uint8 to inputs (n, C, H, W) float32.
    """
    mean = torch.tensor(data.mean, device=device)
    std = torch.tensor(data.std, device=device)
    return lambda pixels: normalise(pixels, mean, std)


@torch.no_grad()
def predict(
    net: nn.Module,
    images: Images,
    prepare: Prepare,
    machine: Machine,
    with_confidence: bool = False,
) -> Predictions:
    """Predict the class of each image by a net in eval mode; the net's modes are restored.

    Args:
        net: A net from inputs to logits (n, C).
        images: The images, on the machine's device.
        prepare: A function from pixels to the net's inputs, such as `normalisation` returns.
        machine: The device and precision, and with them the batch size.
        with_confidence: Whether the confidences and the second best classes are computed.

    Returns:
        The predictions in the order of the images.
    """
    batches = zip(
        torch.split(images.pixels, machine.batch),
        torch.split(images.labels, machine.batch),
        strict=True,
    )
    parts = []
    with evaluating(net):
        for pixels, labels in batches:
            with machine.autocast():
                logits = net(prepare(pixels))  # (batch, C)
            logits = logits.float()
            predictions = top_class(logits, labels)
            if with_confidence:
                confidence, second = confidences(logits, predictions.predicted)
                predictions = replace(predictions, confidence=confidence, second=second)
            parts.append(predictions)
    return concatenate(parts)


def top_class(logits: Tensor, labels: Tensor) -> Predictions:
    """The predicted class and the loss of each image.

    An image whose logits are not all finite counts as an error: its prediction is set to
    (label + 1) mod C.

    Args:
        logits: (n, C) float.
        labels: (n,) int64, the true classes.

    Returns:
        The predictions, in the same order.
    """
    classes = logits.shape[1]
    finite = logits.isfinite().all(1)
    error = (labels + 1) % classes
    predicted = torch.where(finite, logits.argmax(1), error)
    return Predictions(labels, predicted, losses(logits, labels))


def confidences(logits: Tensor, predicted: Tensor) -> tuple[Tensor, Tensor]:
    """The probability of each predicted class, and the second best classes.

    Args:
        logits: (n, C) float.
        predicted: (n,) int64, the predicted classes.

    Returns:
        Probabilities (n,), 0 where a logit is not finite, and the other class with the highest
        logit, (n,) int64.
    """
    own = predicted[:, None]
    probability = logits.softmax(1).gather(1, own)[:, 0]
    second = logits.scatter(1, own, -torch.inf).argmax(1)
    return probability.nan_to_num(0.0), second


def concatenate(parts: Sequence[Predictions]) -> Predictions:
    """Concatenate the predictions of several batches."""
    return Predictions(
        torch.cat([part.labels for part in parts]),
        torch.cat([part.predicted for part in parts]),
        torch.cat([part.losses for part in parts]),
        _concatenated([part.confidence for part in parts]),
        _concatenated([part.second for part in parts]),
    )


def _concatenated(parts: Sequence[Tensor | None]) -> Tensor | None:
    """The tensors of several batches as one, None if a batch has none."""
    known = [part for part in parts if part is not None]
    return torch.cat(known) if known and len(known) == len(parts) else None
