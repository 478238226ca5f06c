"""Confusion counts as a torchmetrics metric, for any training loop and any number of processes."""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torchmetrics import Metric

from interference.errors import BadInput
from interference.prediction import read


class Counted(NamedTuple):
    """Confusion counts (C, C) int64, row = true class, and the summed losses of the images in each cell, float64."""

    counts: Tensor
    loss_sum: Tensor


class ConfusionCounts(Metric):
    """Counts of images by true and predicted class, and their summed cross-entropies, over all updates and processes.

        metric = ConfusionCounts(10)
        for inputs, target in batches:
            metric.update(net(inputs), target)
        counts, loss_sum = metric.compute()

    States are sums, so that they reduce over processes as they are. An update never waits for a GPU: what lies outside
    the classes is counted apart, and `compute` raises `BadInput` for it.
    """

    is_differentiable = False
    higher_is_better = None
    full_state_update = False
    counts: Tensor
    loss_sum: Tensor
    outside: Tensor

    def __init__(self, classes: int, **options: Any) -> None:
        super().__init__(**options)
        self.classes = classes
        for name, dtype in (("counts", torch.int64), ("loss_sum", torch.float64)):
            self.add_state(name, torch.zeros(classes, classes, dtype=dtype), dist_reduce_fx="sum")
        self.add_state("outside", torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, preds: Tensor, target: Tensor) -> None:
        """Count a batch: `preds` are logits (n, C), or labels (n,), whose losses are not known (nan); `target` (n,).

        Of logits the top class counts; where one is not finite, a mistake (`prediction.read`). Raises `BadInput` for
        other shapes.
        """
        predicted, losses = self._read(preds.detach(), target)
        inside = (target >= 0) & (target < self.classes) & (predicted >= 0) & (predicted < self.classes)
        cell = torch.where(inside, target * self.classes + predicted, 0).long()
        self.counts.view(-1).index_add_(0, cell, inside.long())
        self.loss_sum.view(-1).index_add_(0, cell, torch.where(inside, losses.double(), 0.0))
        self.outside += (~inside).sum()

    def _read(self, preds: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Predicted labels and losses, (n,) each."""
        if target.dim() == 1 and not target.is_floating_point():
            if preds.shape == (len(target), self.classes):
                said = read(preds.float(), target.clamp(0, self.classes - 1).long())
                return said.predicted, said.losses
            if preds.shape == target.shape and not preds.is_floating_point():
                return preds, torch.full_like(preds, torch.nan, dtype=torch.float64)
        raise BadInput(f"ConfusionCounts: preds {tuple(preds.shape)} {preds.dtype} and target {tuple(target.shape)} "
                       f"{target.dtype}, allowed: logits (n, {self.classes}) or whole numbers (n,), and target (n,)")

    def compute(self) -> Counted:
        """The counts so far; raises `BadInput` where a label or a prediction was none of the classes."""
        if self.outside:
            raise BadInput(f"ConfusionCounts: {int(self.outside)} images whose target or prediction is none of 0 to "
                           f"{self.classes - 1}, allowed: none")
        return Counted(self.counts, self.loss_sum)
