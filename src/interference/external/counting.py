"""Counts the predictions of other libraries' training loops and saves them after every epoch."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import torch
from torch import Tensor

from interference.classes import Classes
from interference.errors import BadInput
from interference.external.class_names import to_classes
from interference.external.record import Record
from interference.external.torchmetrics_metric import ConfusionCounts
from interference.vocabulary import ALWAYS, check_run


class Counting:
    """The counts of a run while the training loop of another library trains it.

    After every epoch FOLDER/counts/NAME.parquet holds the counts of all finished epochs, and
    FOLDER/cctm/NAME.parquet the latest test counts.

    Args:
        folder: The folder of the tables.
        name: The name of the run, which names its files.
        classes: The class names in label order.
        data: The name of the data set, for readers.
        library: The package of the training loop, whose version is recorded.

    Raises:
        BadInput: The name cannot name a file, or there are fewer than two classes.
    """

    def __init__(
        self,
        folder: Path | str,
        name: str,
        classes: Classes | Sequence[str | int],
        data: str,
        library: str,
    ) -> None:
        check_run("name", name)
        self.folder = Path(folder)
        self.name = name
        self.data = data
        self.classes = to_classes(classes)
        self.made_by = {package: version(package) for package in ("torch", library)}
        self.metrics = {split: ConfusionCounts(len(self.classes)) for split in ALWAYS}

    def start(self, epochs: int, device: torch.device) -> None:
        """Begin a training, or continue an interrupted one.

        Args:
            epochs: The number of finished epochs, 0 for a new training. Their counts are loaded.
            device: The device of the predictions.
        """
        self.record = Record(self.name, self.classes, self.data, made_by=self.made_by)
        self.record.take_up(self.folder, epochs)
        for metric in self.metrics.values():
            metric.to(device).reset()

    def reset(self, split: str) -> None:
        """Discard the counts of a split since its last finished epoch."""
        self.metrics[split].reset()

    def see(self, split: str, preds: Tensor, target: Tensor) -> None:
        """Count a batch.

        Args:
            split: `train_online` or `test`.
            preds: Logits (n, C), or predicted labels (n,).
            target: (n,) the true labels.

        Raises:
            BadInput: The logits are of another number of classes, or a tensor has another shape.
        """
        if preds.dim() == 2 and preds.shape[1] != len(self.classes):
            raise BadInput(
                f"classes: found {len(self.classes)} names, allowed: {preds.shape[1]}, one for "
                "each of the net's logits"
            )
        self.metrics[split].update(preds, target)

    def finish(self, split: str, epoch: int, main: bool) -> None:
        """Record the counts of a split for an epoch and start counting again.

        All processes must call it, since it sums over them.

        Args:
            split: `train_online` or `test`.
            epoch: The epoch, from 1.
            main: Whether this process writes the tables.

        Raises:
            BadInput: A logit was not finite, or a label was outside the classes.
        """
        total = self.metrics[split].compute()
        counts = total.counts.cpu().numpy()
        loss_sum = total.loss_sum.cpu().numpy()
        self.record.add(split, counts, loss_sum, epoch)
        self.metrics[split].reset()
        if main:
            self.record.save(self.folder)
