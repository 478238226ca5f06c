"""What every loop's callback does: count predictions as they are made, and keep the table of finished epochs."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import torch
from torch import Tensor

from interference.classes import Classes
from interference.errors import BadInput
from interference.external.class_names import named
from interference.external.record import Record
from interference.external.torchmetrics_metric import ConfusionCounts
from interference.vocabulary import ALWAYS, check_run


class Counting:
    """Counts of a run while somebody else's loop trains it.

    After every epoch FOLDER/counts/NAME.parquet holds all epochs that are finished, and FOLDER/cctm/NAME.parquet the
    last test counts. Raises `BadInput` for a name that names no file, or for fewer than two classes.
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
        self.folder, self.name, self.data = Path(folder), name, data
        self.classes = named(classes)
        self.made_by = {package: version(package) for package in ("torch", library)}
        self.metrics = {split: ConfusionCounts(len(self.classes)) for split in ALWAYS}

    def start(self, epochs: int, device: torch.device) -> None:
        """Begin a training, or go on with one of which so many epochs are finished."""
        self.record = Record(self.name, self.classes, self.data, made_by=self.made_by)
        self.record.take_up(self.folder, epochs)
        for metric in self.metrics.values():
            metric.to(device).reset()

    def reset(self, split: str) -> None:
        """Forget a split's predictions that are of no finished epoch."""
        self.metrics[split].reset()

    def see(self, split: str, preds: Tensor, target: Tensor) -> None:
        """Count a batch; raises `BadInput` for logits of another number of classes, and as the metric does."""
        if preds.dim() == 2 and preds.shape[1] != len(self.classes):
            raise BadInput(
                f"classes: found {len(self.classes)} names, allowed: {preds.shape[1]}, one for each of the "
                "net's logits"
            )
        self.metrics[split].update(preds, target)

    def finish(self, split: str, epoch: int, main: bool) -> None:
        """Record what was counted of a split as that of an epoch, the first being 1; all processes take part.

        The tables are written by the `main` one. Raises `BadInput` where logits were not finite.
        """
        counts, loss_sum = (sums.cpu().numpy() for sums in self.metrics[split].compute())
        self.record.add(split, counts, loss_sum, epoch)
        self.metrics[split].reset()
        if main:
            self.record.save(self.folder)
