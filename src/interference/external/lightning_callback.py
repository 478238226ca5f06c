"""Confusion counts of a Lightning training, epoch by epoch."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning import Callback, LightningModule, Trainer
from torch import Tensor

from interference.classes import Classes
from interference.errors import BadInput
from interference.external.counting import Counting
from interference.external.record import DATA


def returned(outputs: Any, batch: Any) -> tuple[Tensor, Tensor]:
    """Logits and targets of a step that returns `logits` beside its loss, of a batch (inputs, targets)."""
    if not (isinstance(outputs, Mapping) and "logits" in outputs and isinstance(batch, Sequence)):
        raise BadInput(
            "step: no 'logits' in what training_step or validation_step returned for a batch (inputs, "
            "targets), allowed: a dict with loss and logits, or `predictions` that finds them"
        )
    return outputs["logits"], batch[1]


class LightningCounts(Callback):
    """Writes the counts of a training as the tables of a run: `train_online`, and the validation images as `test`.

    `classes` are their names in label order; `predictions` finds logits or labels, and targets, in what a step
    returned and its batch.

        Trainer(callbacks=[LightningCounts("look", "mine", ["cat", "dog"])]).fit(module, train, validation)

    An epoch counts once it is finished: one that was taken up in its middle has no `train_online`. Of several
    validation sets the first counts. In several processes Lightning's sampler may repeat a few images to make shares
    equal, and they count again.
    """

    def __init__(
        self,
        folder: Path | str,
        name: str,
        classes: Classes | Sequence[str | int],
        data: str = DATA,
        predictions: Callable[[Any, Any], tuple[Tensor, Tensor]] = returned,
    ) -> None:
        self.counting = Counting(folder, name, classes, data, "lightning")
        self.predictions, self.whole = predictions, False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take up the epochs that are finished."""
        self.counting.start(trainer.current_epoch, pl_module.device)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Count the predictions from which the net has just learned."""
        if batch_idx == 0:
            self.counting.reset("train_online")
            self.whole = True
        self.counting.see("train_online", *self.predictions(outputs, batch))

    def on_validation_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Count anew: of several validations in an epoch the last stays."""
        self.counting.reset("test")

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Count the predictions after an epoch; Lightning's trial before the training is only looked at."""
        if trainer.state.fn == "fit" and dataloader_idx == 0:
            preds, target = self.predictions(outputs, batch)
            if not trainer.sanity_checking:
                self.counting.see("test", preds, target)

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Record the test counts."""
        if trainer.state.fn == "fit" and not trainer.sanity_checking:
            self.counting.finish("test", trainer.current_epoch + 1, trainer.is_global_zero)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Record the training counts of an epoch that was seen from its first batch to its last."""
        if self.whole and trainer.is_last_batch:
            self.counting.finish("train_online", trainer.current_epoch + 1, trainer.is_global_zero)
        self.whole = False
