"""Confusion counts of a training by Hugging Face's Trainer, epoch by epoch."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from interference.classes import Classes
from interference.errors import BadInput
from interference.external.counting import Counting
from interference.external.record import DATA
from interference.vocabulary import ALWAYS


class TrainerCounts(TrainerCallback):
    """Writes the counts of a training as the tables of a run: `train_online`, and the evaluation images as `test`.

    `classes` are their names in label order.

        Trainer(model, args, callbacks=[TrainerCounts("look", "mine", ["cat", "dog"])], ...).train()

    No event of Trainer shows predictions, so the model itself is watched: it is called with `labels` (n,) and gives
    `logits` (n, C), as those of the library do. An epoch counts once it is finished: one that was taken up in its
    middle has no `train_online`. Of several evaluations in an epoch the last counts. In several processes the last
    batch is filled up with images that count again.
    """

    def __init__(
        self,
        folder: Path | str,
        name: str,
        classes: Classes | Sequence[str | int],
        data: str = DATA,
    ) -> None:
        self.counting = Counting(folder, name, classes, data, "transformers")
        self.watch: RemovableHandle | None = None
        self.whole = False

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Take up the epochs that are finished, and watch the model."""
        if args.n_gpu > 1:
            raise BadInput(
                f"TrainerCounts: found {args.n_gpu} GPUs in one process, allowed: one a process, as "
                "torchrun and accelerate launch do"
            )
        self.counting.start(int(state.epoch or 0), args.device)
        self._leave()
        self.watch = kwargs["model"].register_forward_hook(self._see, with_kwargs=True)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Leave the model alone."""
        self._leave()

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Count anew."""
        for split in ALWAYS:
            self.counting.reset(split)
        self.whole = float(state.epoch or 0).is_integer()

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Record the training counts of an epoch that was seen from its first batch to its last."""
        if self.whole and float(state.epoch or 0).is_integer():
            self.counting.finish("train_online", int(state.epoch or 0), state.is_world_process_zero)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Record the test counts, those of an evaluation before or after the training left out."""
        if self.watch and state.epoch:
            self.counting.finish("test", math.ceil(state.epoch), state.is_world_process_zero)

    def _leave(self) -> None:
        if self.watch:
            self.watch.remove()
        self.watch = None

    def _see(
        self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], outputs: Any
    ) -> None:
        """Count a batch that the model was called with."""
        if kwargs.get("labels") is None:
            raise BadInput(
                "TrainerCounts: the model was called without 'labels', allowed: models that are given them "
                "(label_smoothing_factor and compute_loss_func keep them away)"
            )
        self.counting.see(
            "train_online" if model.training else "test", _logits(outputs), kwargs["labels"]
        )


def _logits(outputs: Any) -> Tensor:
    """The logits (n, C) among a model's outputs: by their name, or after the loss."""
    found = (
        outputs.get("logits")
        if isinstance(outputs, Mapping)
        else outputs[1]
        if isinstance(outputs, Sequence) and len(outputs) > 1
        else None
    )
    if not isinstance(found, Tensor):
        raise BadInput(
            f"TrainerCounts: no 'logits' in the {type(outputs).__name__} that the model gave, allowed: a "
            "dict with loss and logits, or a tuple of them"
        )
    return found
