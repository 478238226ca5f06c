"""A callback of Hugging Face's Trainer that records confusion counts, epoch by epoch."""

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
from interference.external.torchmetrics_metric import IGNORED
from interference.vocabulary import ALWAYS


class TrainerCounts(TrainerCallback):
    """Writes the confusion counts of a training by Hugging Face's Trainer as the tables of a run.

    Training images are counted as split `train_online`, evaluation images as `test`. Trainer's
    events do not show predictions, so the callback reads them off the model by a forward hook. The
    model must be called with `labels` (n,) and return `logits` (n, C), as the library's own models
    do. An epoch is recorded when it ends; a training that was resumed in the middle of an epoch has
    no `train_online` counts of that epoch. If an epoch has several evaluations, the last is
    recorded. In several processes Trainer fills up the last batch with images that count twice.
    Images and batches that cannot be counted are left out, with one warning for each cause: the
    callback does not end a training, unless it is strict. In a single process, the predictions for
    the evaluation images are kept with their confidence; an image's number is its place in the
    evaluation set.

    Args:
        folder: The folder of the tables: FOLDER/counts/NAME.parquet, FOLDER/cctm/NAME.parquet and
            FOLDER/predictions/NAME.parquet.
        name: The name of the run, which names its files.
        classes: The class names in label order.
        data: The name of the data set, for readers.
        ignore_index: A target that is left out, as PyTorch's cross-entropy leaves out -100; None to
            leave out no target.
        strict: Whether a batch that cannot be counted raises `BadInput`.

    Raises:
        BadInput: The name cannot name a file, or there are fewer than two classes.

    Examples:
        >>> from pathlib import Path
        >>> import torch
        >>> from transformers import Trainer, TrainingArguments
        >>> from interference import TrainerCounts, tables
        >>> class Net(torch.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.linear = torch.nn.Linear(4, 2)
        ...
        ...     def forward(self, inputs, labels):
        ...         logits = self.linear(inputs)
        ...         loss = torch.nn.functional.cross_entropy(logits, labels)
        ...         return {"loss": loss, "logits": logits}
        >>> images = [{"inputs": torch.randn(4), "labels": label % 2} for label in range(8)]
        >>> arguments = TrainingArguments(
        ...     "checkpoints",
        ...     num_train_epochs=1,
        ...     eval_strategy="epoch",
        ...     save_strategy="no",
        ...     report_to="none",
        ...     disable_tqdm=True,
        ...     use_cpu=True,
        ... )
        >>> counts = TrainerCounts("look", "mine", ["cat", "dog"])
        >>> trainer = Trainer(
        ...     Net(), arguments, train_dataset=images, eval_dataset=images, callbacks=[counts]
        ... )
        >>> training = trainer.train()
        {'eval_loss': ...}
        {'train_runtime': ...}
        >>> sorted(tables.read_folder(Path("look/counts"), "counts"))
        ['mine']
    """

    def __init__(
        self,
        folder: Path | str,
        name: str,
        classes: Classes | Sequence[str | int],
        data: str = DATA,
        ignore_index: int | None = IGNORED,
        strict: bool = False,
    ) -> None:
        self.counting = Counting(folder, name, classes, data, "transformers", ignore_index, strict)
        self.hook: RemovableHandle | None = None
        self.epoch_seen_from_start = False

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Load the counts of the epochs that are finished, and start to read the predictions."""
        if args.n_gpu > 1:
            raise BadInput(
                f"TrainerCounts: found {args.n_gpu} GPUs in one process, allowed: one GPU a "
                "process; start the training with torchrun or accelerate launch"
            )
        self.counting.start(int(state.epoch or 0), args.device)
        self._remove_hook()
        model = kwargs["model"]
        self.hook = model.register_forward_hook(self._count_batch, with_kwargs=True)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Stop to read the predictions."""
        self._remove_hook()

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start counting again."""
        for split in ALWAYS:
            self.counting.reset(split)
        self.epoch_seen_from_start = float(state.epoch or 0).is_integer()

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Record the training counts of an epoch, unless its first batches were not seen."""
        epoch = state.epoch or 0
        if self.epoch_seen_from_start and float(epoch).is_integer():
            self.counting.finish("train_online", int(epoch), state.is_world_process_zero)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Record the test counts, unless the evaluation is before or after the training."""
        if self.hook and state.epoch:
            self.counting.finish("test", math.ceil(state.epoch), state.is_world_process_zero)

    def _remove_hook(self) -> None:
        if self.hook:
            self.hook.remove()
        self.hook = None

    def _count_batch(
        self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], outputs: Any
    ) -> None:
        """Count a batch that the model was called with."""
        split = "train_online" if model.training else "test"
        self.counting.see(split, lambda: (_logits(outputs), _labels(kwargs)))


def _labels(kwargs: Mapping[str, Any]) -> Tensor:
    """The labels that a model was called with."""
    labels = kwargs.get("labels")
    if not isinstance(labels, Tensor):
        raise BadInput(
            "TrainerCounts: the model was called without 'labels', allowed: models that are "
            "given them; switch off label_smoothing_factor and compute_loss_func, which keep "
            "them away"
        )
    return labels


def _logits(outputs: Any) -> Tensor:
    """The logits (n, C) among a model's outputs: under their name in a dict, second in a tuple."""
    logits = None
    if isinstance(outputs, Mapping):
        logits = outputs.get("logits")
    elif isinstance(outputs, Sequence) and len(outputs) > 1:
        logits = outputs[1]
    if not isinstance(logits, Tensor):
        raise BadInput(
            f"TrainerCounts: no 'logits' in the {type(outputs).__name__} that the model gave, "
            "allowed: a dict with loss and logits, or a tuple of them"
        )
    return logits
