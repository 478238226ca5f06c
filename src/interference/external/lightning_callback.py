"""A Lightning callback that records the confusion counts of a training, epoch by epoch."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.utils.data import RandomSampler
from torch.utils.hooks import RemovableHandle

from interference.classes import Classes, shortened
from interference.errors import BadInput
from interference.external.counting import Counting
from interference.external.record import DATA
from interference.external.torchmetrics_metric import IGNORED
from interference.nets.imported import logits_of

TARGETS = ("labels", "label", "targets", "target", "y")  # keys of the targets in a dict


class CalledLayer:
    """Keeps the logits that a layer gives while a step runs, such as the module in `self(inputs)`.

    Args:
        name: The name of the layer within the module, such as `net`; "" for the module itself.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.outputs: list[Tensor] = []
        self.handle: RemovableHandle | None = None

    def watch(self, module: LightningModule) -> None:
        """Begin to keep the logits.

        Args:
            module: The module.

        Raises:
            BadInput: It has no layer of the name.
        """
        layers = dict(module.named_modules())
        if self.name not in layers:
            raise BadInput(
                f"logits: found {self.name!r}, allowed: the name of a layer of the module: "
                f"{shortened([name for name in layers if name])}"
            )
        self.handle = layers[self.name].register_forward_hook(self._keep)

    def release(self) -> None:
        """Stop, and take the hook off the layer."""
        self.outputs.clear()
        if self.handle is not None:
            self.handle.remove()
            self.handle = None

    def _keep(self, layer: Any, inputs: Any, output: Any) -> None:
        logits = logits_of(output)
        # The module's own call may also be that of a step in several processes, with a loss.
        if isinstance(logits, Tensor) and logits.dim() == 2:
            self.outputs.append(logits.detach())

    def logits(self, outputs: Any) -> Tensor:
        """The logits of the step that has just run.

        Args:
            outputs: The return value of the step, for the error.

        Raises:
            BadInput: The step called the layer never, or more than once.
        """
        kind = type(outputs).__name__
        if isinstance(outputs, Mapping):
            kind += f" with {', '.join(map(str, outputs)) or 'nothing'}"
        call = f"self.{self.name}(inputs)" if self.name else "self(inputs)"
        if len(self.outputs) != 1:
            raise BadInput(
                "step: no 'logits' in what training_step or validation_step returned "
                f"({kind}), and {len(self.outputs)} calls of {call} that gave logits (n, C), "
                "allowed: one such call; "
                "LightningCounts(..., logits='net') names the layer that gives them, and a "
                "`predictions` function finds them elsewhere"
            )
        return self.outputs[0]


NO_LAYER = CalledLayer("")


def step_predictions(
    outputs: Any, batch: Any, layer: CalledLayer = NO_LAYER
) -> tuple[Tensor, Tensor]:
    """Find the logits and targets of a training or validation step.

    Args:
        outputs: The return value of the step: a dict with `logits`, or anything else if the step
            called the layer.
        batch: The batch: (inputs, targets), or a dict with `labels`, `label`, `targets`, `target`
            or `y`.
        layer: The layer that gives the logits; one that nobody calls by default.

    Returns:
        Logits (n, C) and targets (n,).

    Raises:
        BadInput: The step gave no logits, or the batch has no targets.
    """
    has_logits = isinstance(outputs, Mapping) and "logits" in outputs
    logits = outputs["logits"] if has_logits else layer.logits(outputs)
    return logits, _targets(batch)


def _targets(batch: Any) -> Tensor:
    """The targets of a batch."""
    content = type(batch).__name__
    targets = None
    if isinstance(batch, Mapping):
        targets = next((batch[key] for key in TARGETS if key in batch), None)
        content = f"dict with {', '.join(map(str, batch))}"
    elif isinstance(batch, Sequence) and len(batch) > 1:
        targets = batch[1]
        content = f"{content} with {type(targets).__name__} in second place"
    if isinstance(targets, Tensor):
        return targets
    raise BadInput(
        f"batch: no targets in a {content}, allowed: (inputs, targets), or a dict with one of "
        f"{', '.join(TARGETS)}; else give LightningCounts a `predictions` function that finds them"
    )


def _is_shuffled(loaders: Any) -> bool:
    """Whether the first of some data loaders, or the only one, gives a random order."""
    first = loaders[0] if isinstance(loaders, list | tuple) and loaders else loaders
    return isinstance(getattr(first, "sampler", None), RandomSampler)


class LightningCounts(Callback):
    """Writes the confusion counts of a Lightning training as the tables of a run.

    Training images are counted as split `train_online`, validation images as `test`. An epoch is
    recorded when it ends; a training that was resumed in the middle of an epoch has no
    `train_online` counts of that epoch. If there are several validation sets, the first is counted.
    In several processes Lightning's sampler may repeat a few images, so that all processes get
    equally many; these images count twice. A training step that returns None is skipped. Images and
    batches that cannot be counted are left out, with one warning for each cause: the callback does
    not end a training, unless it is strict. In a single process, the predictions for the
    validation images are kept with their confidence; an image's number is its place in the
    validation set, unless that is shuffled.

    Args:
        folder: The folder of the tables: FOLDER/counts/NAME.parquet, FOLDER/cctm/NAME.parquet and
            FOLDER/predictions/NAME.parquet.
        name: The name of the run, which names its files.
        classes: The class names in label order.
        data: The name of the data set, for readers.
        predictions: A function of a step's return value and its batch that returns the logits
            (n, C) or predicted labels (n,), and the targets (n,), or (n, C) fractions of the
            classes. By default the logits are those of the dict that the step returns, or else the
            output of the layer `logits`; and the batch is (inputs, targets) or a dict with
            `labels`.
        ignore_index: A target that is left out, as PyTorch's cross-entropy leaves out -100; None to
            leave out no target.
        strict: Whether a batch that cannot be counted raises `BadInput`.
        logits: The layer that gives the logits (n, C), for steps that return only the loss: `net`
            if they call `self.net(inputs)`. By default the module itself, as in `self(inputs)`. A
            step calls it once; no further pass is made.

    Raises:
        BadInput: The name cannot name a file, or there are fewer than two classes.

    Examples:
        >>> from pathlib import Path
        >>> import torch
        >>> from lightning import LightningModule, Trainer
        >>> from torch.utils.data import DataLoader, TensorDataset
        >>> from interference import LightningCounts, tables
        >>> class Net(LightningModule):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.linear = torch.nn.Linear(4, 2)
        ...
        ...     def forward(self, inputs):
        ...         return self.linear(inputs)
        ...
        ...     def training_step(self, batch):
        ...         inputs, targets = batch
        ...         loss = torch.nn.functional.cross_entropy(self(inputs), targets)
        ...         return loss
        ...
        ...     validation_step = training_step
        ...
        ...     def configure_optimizers(self):
        ...         return torch.optim.SGD(self.parameters(), lr=0.1)
        >>> images = TensorDataset(torch.randn(8, 4), torch.arange(8) % 2)
        >>> trainer = Trainer(
        ...     callbacks=[LightningCounts("look", "mine", ["cat", "dog"])],
        ...     max_epochs=1,
        ...     accelerator="cpu",
        ...     logger=False,
        ...     enable_checkpointing=False,
        ...     enable_progress_bar=False,
        ...     enable_model_summary=False,
        ... )
        >>> trainer.fit(Net(), DataLoader(images, batch_size=4), DataLoader(images, batch_size=4))
        >>> sorted(tables.read_folder(Path("look/counts"), "counts"))
        ['mine']
    """

    def __init__(
        self,
        folder: Path | str,
        name: str,
        classes: Classes | Sequence[str | int],
        data: str = DATA,
        predictions: Callable[[Any, Any], tuple[Tensor, Tensor]] | None = None,
        ignore_index: int | None = IGNORED,
        strict: bool = False,
        logits: str = "",
    ) -> None:
        self.counting = Counting(folder, name, classes, data, "lightning", ignore_index, strict)
        self.layer = CalledLayer(logits)
        self.predictions = predictions or self._step_predictions
        self.epoch_seen_from_start = False

    def _step_predictions(self, outputs: Any, batch: Any) -> tuple[Tensor, Tensor]:
        return step_predictions(outputs, batch, self.layer)

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin to keep the logits of every step."""
        self.counting.attempt(lambda: self.layer.watch(pl_module))

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Take the hook off the module."""
        self.layer.release()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Take the hook off the module of a training that failed."""
        self.layer.release()

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Forget the logits of the steps before."""
        self.layer.outputs.clear()

    def on_validation_batch_start(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Forget the logits of the steps before."""
        self.layer.outputs.clear()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Load the counts of the epochs that are finished."""
        self.counting.start(trainer.current_epoch, pl_module.device)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Count the predictions of a training batch, made before its weight update."""
        if batch_idx == 0:
            self.counting.reset("train_online")
            self.epoch_seen_from_start = True
        is_skipped = outputs is None or outputs == {}
        if not is_skipped:
            self.counting.see("train_online", lambda: self.predictions(outputs, batch))

    def on_validation_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start counting again, so that the last of several validations in an epoch is kept."""
        self.counting.reset("test")
        self.counting.in_order = not _is_shuffled(trainer.val_dataloaders)

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Count the predictions of a validation batch.

        The batches of Lightning's sanity check before the training are only checked.
        """
        if trainer.state.fn == "fit" and dataloader_idx == 0:
            if trainer.sanity_checking:
                self.counting.attempt(lambda: self.predictions(outputs, batch))
            else:
                self.counting.see("test", lambda: self.predictions(outputs, batch))

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Record the test counts."""
        if trainer.state.fn == "fit" and not trainer.sanity_checking:
            self.counting.finish("test", trainer.current_epoch + 1, trainer.is_global_zero)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Record the training counts of an epoch, unless its first batches were not seen."""
        if self.epoch_seen_from_start and trainer.is_last_batch:
            self.counting.finish("train_online", trainer.current_epoch + 1, trainer.is_global_zero)
        self.epoch_seen_from_start = False
