"""Confusion counts as a torchmetrics metric, for any training loop and any number of processes."""

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torchmetrics import Metric

from interference.errors import BadInput
from interference.external.arrays import to_python_number
from interference.external.checks import TensorLike, to_tensor
from interference.learning.prediction import confidences, top_class

IGNORED = -100  # the target that PyTorch's cross-entropy leaves out
LEFT_OUT = -1  # in place of the prediction for an image that is not counted
IMAGE_COLUMNS = ("label", "predicted", "confidence", "second")


class Counted(NamedTuple):
    """Confusion counts and summed losses.

    Attributes:
        counts: (C, C) int64, row = true class.
        loss_sum: (C, C) float64, the summed cross-entropy of the images in each cell, nats.
    """

    counts: Tensor
    loss_sum: Tensor


class ConfusionCounts(Metric):
    """Counts images by true and predicted class and sums their cross-entropy.

    Counts and losses add up over all updates and all processes. An update never waits for a GPU:
    labels outside the classes and images with non-finite logits are counted apart, and only
    `compute` raises `BadInput` for them.

    Args:
        classes: The number of classes C.
        ignore_index: A target that is left out, as PyTorch's cross-entropy leaves out -100;
            `compute` warns of it once. None to leave out no target.
        strict: Whether `compute` raises `BadInput` for images that cannot be counted. If not, it
            warns once and leaves them out, and logits of -inf mask classes.
        with_images: Whether every prediction is kept with its confidence, for `images`.
        options: Options of `torchmetrics.Metric`.

    Raises:
        BadInput: The number of classes is not a whole number of at least 1.

    Examples:
        >>> import torch
        >>> from interference import ConfusionCounts
        >>> metric = ConfusionCounts(3)
        >>> logits = torch.tensor([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 2.0, 0.0]])
        >>> metric.update(logits, torch.tensor([0, 1, 2]))
        >>> counts, loss_sum = metric.compute()
        >>> counts
        tensor([[1, 0, 0],
                [0, 1, 0],
                [0, 1, 0]])
    """

    is_differentiable = False
    higher_is_better = None
    full_state_update = False
    counts: Tensor
    loss_sum: Tensor
    outside: Tensor
    nonfinite: Tensor
    ignored: Tensor

    def __init__(
        self,
        classes: int,
        ignore_index: int | None = IGNORED,
        strict: bool = True,
        with_images: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.ignore_index = ignore_index
        self.strict = strict
        self.with_images = with_images
        self.warned: set[str] = set()
        self.classes = to_python_number(classes)
        if not isinstance(self.classes, int) or self.classes < 1:
            raise BadInput(
                f"classes: found {classes!r}, allowed: how many there are, a whole number of at "
                "least 1"
            )
        shape = (self.classes, self.classes)
        self.add_state("counts", torch.zeros(shape, dtype=torch.int64), dist_reduce_fx="sum")
        self.add_state("loss_sum", torch.zeros(shape, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("outside", torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")
        self.add_state("nonfinite", torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")
        self.add_state("ignored", torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")
        for name in IMAGE_COLUMNS if with_images else ():
            self.add_state(f"image_{name}", [], dist_reduce_fx="cat")

    def update(self, preds: TensorLike, target: TensorLike) -> None:
        """Count a batch.

        Args:
            preds: Logits (n, C), of which the largest is the prediction; or predicted labels (n,),
                whose losses are unknown (nan).
            target: (n,) the true labels, whole numbers.

        Raises:
            BadInput: An argument has another shape or type.
        """
        outputs = self._on_device("preds", preds)
        labels = self._on_device("target", target)
        finite = self._finite(outputs)
        predicted, losses, labels = self._predictions(outputs, labels)
        label_inside = (labels >= 0) & (labels < self.classes)
        predicted_inside = (predicted >= 0) & (predicted < self.classes)
        inside = label_inside & predicted_inside
        ignored = torch.zeros_like(inside)
        if self.ignore_index is not None:
            ignored = labels == self.ignore_index
        counted = inside & ~ignored
        if not self.strict:
            counted &= finite
        cell = torch.where(counted, labels * self.classes + predicted, 0)
        self.counts.view(-1).index_add_(0, cell, counted.long())
        self.loss_sum.view(-1).index_add_(0, cell, torch.where(counted, losses.double(), 0.0))
        self.ignored += ignored.sum()
        self.outside += (~inside & ~ignored).sum()
        self.nonfinite += (~finite & ~ignored).sum()
        if self.with_images:
            self._keep(outputs, labels, torch.where(counted, predicted, LEFT_OUT))

    def _keep(self, outputs: Tensor, labels: Tensor, predicted: Tensor) -> None:
        """Keep the predictions of a batch; `predicted` is `LEFT_OUT` for those not counted."""
        confidence = torch.full_like(labels, torch.nan, dtype=torch.float32)
        second = torch.full_like(labels, LEFT_OUT)
        if outputs.dim() > 1:
            confidence, second = confidences(outputs.detach().float(), predicted.clamp(min=0))
        for name, values in zip(
            IMAGE_COLUMNS, (labels, predicted, confidence, second), strict=True
        ):
            getattr(self, f"image_{name}").append(values.detach())

    def images(self) -> pd.DataFrame:
        """List the predictions since the last reset, in the order of the updates.

        Returns:
            A row for each counted image: `index`, its place among all images of the updates,
            `label` and `predicted`, and for logits `confidence`, the probability of the predicted
            class, and `second`, the second best class.

        Raises:
            BadInput: The metric does not keep images.
        """
        if not self.with_images:
            raise BadInput("images: none are kept, allowed: ConfusionCounts(..., with_images=True)")
        columns = {}
        for name in IMAGE_COLUMNS:
            parts = getattr(self, f"image_{name}")
            columns[name] = torch.cat(parts).cpu().numpy() if len(parts) else np.zeros(0, np.int64)
        rows = pd.DataFrame(columns)
        rows.insert(0, "index", np.arange(len(rows)))
        rows = rows[rows["predicted"] != LEFT_OUT].reset_index(drop=True)
        if not len(rows) or rows["confidence"].isna().any():
            return rows.drop(columns=["confidence", "second"])
        return rows

    def _finite(self, outputs: Tensor) -> Tensor:
        """Whether an image's logits can be compared, (n,); True for labels."""
        finite = outputs.float().isfinite()
        if self.strict:
            return finite.all(-1) if outputs.dim() > 1 else finite
        if outputs.dim() < 2:
            return finite
        masked = outputs == -torch.inf
        return (finite | masked).all(-1) & finite.any(-1)

    def _on_device(self, name: str, values: TensorLike) -> Tensor:
        """An argument as a tensor. Arrays and lists are moved to the metric's device."""
        converted = to_tensor(f"ConfusionCounts: {name}", values)
        return converted if isinstance(values, Tensor) else converted.to(self.counts.device)

    def _predictions(self, preds: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Predicted labels, losses and true labels, (n,) each; labels are int64, to index cells."""
        if target.dim() == 1 and not target.is_floating_point():
            labels = target.long()
            if preds.shape == (len(target), self.classes):
                logits = preds.float()
                if not self.strict:  # the lowest number, which is never the highest logit
                    logits = logits.clamp(min=torch.finfo(torch.float32).min)
                top = top_class(logits, labels.clamp(0, self.classes - 1))
                return top.predicted, top.losses, labels
            if preds.shape == target.shape and not preds.is_floating_point():
                losses = torch.full_like(labels, torch.nan, dtype=torch.float64)
                return preds.long(), losses, labels
        raise BadInput(
            f"ConfusionCounts: preds {tuple(preds.shape)} {preds.dtype} and target "
            f"{tuple(target.shape)} {target.dtype}, allowed: logits (n, {self.classes}) or whole "
            "numbers (n,), and target (n,)"
        )

    def compute(self) -> Counted:
        """Sum the counts of all updates and processes.

        Returns:
            The counts and the summed losses.

        Raises:
            BadInput: A label was outside the classes, or a logit was not finite.
        """
        images = int(self.counts.sum() + self.outside)
        if self.nonfinite:
            if not self.strict:
                images += int(self.nonfinite)
            self._refuse(
                f"ConfusionCounts: {int(self.nonfinite)} of {images} images with logits that are "
                "not finite, allowed: none; check the net's weights and inputs"
            )
        if self.outside:
            self._refuse(
                f"ConfusionCounts: {int(self.outside)} images whose target or prediction is none "
                f"of 0 to {self.classes - 1}, allowed: none"
            )
        if self.ignored and self.ignore_index == IGNORED:
            self._warn(
                f"ConfusionCounts: {int(self.ignored)} images with target {IGNORED} are left out; "
                "give ignore_index=None if it is a mistake"
            )
        return Counted(self.counts, self.loss_sum)

    def _refuse(self, message: str) -> None:
        """Raise `BadInput`, or warn once if the metric is not strict."""
        if self.strict:
            raise BadInput(message)
        self._warn(f"{message}; they are left out")

    def _warn(self, message: str) -> None:
        """Warn of a cause once: numbers may differ from epoch to epoch."""
        cause = "".join(sign for sign in message if not sign.isdecimal())
        if cause not in self.warned:
            self.warned.add(cause)
            warnings.warn(message, stacklevel=3)
