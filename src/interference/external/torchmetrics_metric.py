"""Confusion counts as a torchmetrics metric, for any training loop and any number of processes."""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torchmetrics import Metric

from interference.errors import BadInput
from interference.external.arrays import single
from interference.external.checks import Given, tensor
from interference.learning.prediction import top_class


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
    the classes is counted apart, as are images with a logit that is not finite, and `compute` raises `BadInput` for it.
    """

    is_differentiable = False
    higher_is_better = None
    full_state_update = False
    counts: Tensor
    loss_sum: Tensor
    outside: Tensor
    wild: Tensor

    def __init__(self, classes: int, **options: Any) -> None:
        super().__init__(**options)
        self.classes = single(classes)
        if not isinstance(self.classes, int) or self.classes < 1:
            raise BadInput(
                f"classes: found {classes!r}, allowed: how many there are, a whole number of at least 1"
            )
        for name, dtype in (("counts", torch.int64), ("loss_sum", torch.float64)):
            self.add_state(
                name, torch.zeros(self.classes, self.classes, dtype=dtype), dist_reduce_fx="sum"
            )
        for name in ("outside", "wild"):
            self.add_state(name, torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, preds: Given, target: Given) -> None:
        """Count a batch: `preds` are logits (n, C), or labels (n,), whose losses are not known (nan); `target` (n,).

        Of logits the top class counts. Raises `BadInput` for other shapes.
        """
        said, target = self._here("preds", preds), self._here("target", target)
        predicted, losses, target = self._read(said, target)
        inside = (
            (target >= 0) & (target < self.classes) & (predicted >= 0) & (predicted < self.classes)
        )
        cell = torch.where(inside, target * self.classes + predicted, 0)
        self.counts.view(-1).index_add_(0, cell, inside.long())
        self.loss_sum.view(-1).index_add_(0, cell, torch.where(inside, losses.double(), 0.0))
        self.outside += (~inside).sum()
        self.wild += (~said.float().isfinite().all(-1)).sum()  # of labels 0

    def _here(self, what: str, given: Given) -> Tensor:
        """What is given as a tensor; arrays and lists become one on the metric's device."""
        found = tensor(f"ConfusionCounts: {what}", given)
        return found if isinstance(given, Tensor) else found.to(self.counts.device)

    def _read(self, preds: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Predicted labels, losses and targets, (n,) each, labels int64: in 8 bits a cell's number would not fit."""
        if target.dim() == 1 and not target.is_floating_point():
            label = target.long()
            if preds.shape == (len(target), self.classes):
                said = top_class(preds.float(), label.clamp(0, self.classes - 1))
                return said.predicted, said.losses, label
            if preds.shape == target.shape and not preds.is_floating_point():
                return preds.long(), torch.full_like(label, torch.nan, dtype=torch.float64), label
        raise BadInput(
            f"ConfusionCounts: preds {tuple(preds.shape)} {preds.dtype} and target {tuple(target.shape)} "
            f"{target.dtype}, allowed: logits (n, {self.classes}) or whole numbers (n,), and target (n,)"
        )

    def compute(self) -> Counted:
        """The counts so far; raises `BadInput` where a label was none of the classes, or a logit was not finite."""
        if self.wild:
            raise BadInput(
                f"ConfusionCounts: {int(self.wild)} of {int(self.counts.sum() + self.outside)} images with "
                "logits that are not finite, allowed: none"
            )
        if self.outside:
            raise BadInput(
                f"ConfusionCounts: {int(self.outside)} images whose target or prediction is none of 0 to "
                f"{self.classes - 1}, allowed: none"
            )
        return Counted(self.counts, self.loss_sum)
