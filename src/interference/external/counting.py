"""Counts the predictions of other libraries' training loops and saves them after every epoch."""

import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor

from interference.classes import Classes
from interference.errors import BadInput, in_one_line
from interference.external.class_names import to_classes
from interference.external.record import Record
from interference.external.torchmetrics_metric import IGNORED, ConfusionCounts
from interference.vocabulary import ALWAYS, check_run


class Counting:
    """The counts of a run while the training loop of another library trains it.

    After every epoch FOLDER/counts/NAME.parquet holds the counts of all finished epochs, and
    FOLDER/cctm/NAME.parquet the latest test counts. In a single process
    FOLDER/predictions/NAME.parquet holds the latest prediction for every test image, with its
    confidence; the number of an image is its place in the evaluation.

    The training is the user's, and a recorder must not end it. So a batch that cannot be counted is
    left out, with one warning for each cause, unless the recorder is strict.

    Args:
        folder: The folder of the tables.
        name: The name of the run, which names its files.
        classes: The class names in label order.
        data: The name of the data set, for readers.
        library: The package of the training loop, whose version is recorded.
        ignore_index: A target that is left out.
        strict: Whether a batch that cannot be counted raises an error.

    Attributes:
        in_order: Whether the test images come in the same order at every evaluation, so that their
            place can be their number.

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
        ignore_index: int | None = IGNORED,
        strict: bool = False,
    ) -> None:
        check_run("name", name)
        self.folder = Path(folder)
        self.name = name
        self.data = data
        self.classes = to_classes(classes)
        self.made_by = {package: version(package) for package in ("torch", library)}
        self.strict = strict
        self.warned: set[str] = set()
        self.in_order = True
        self.metrics = {
            split: ConfusionCounts(
                len(self.classes), ignore_index, strict, with_images=split == "test"
            )
            for split in ALWAYS
        }

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

    def see(self, split: str, find: Callable[[], tuple[Tensor, Tensor]]) -> None:
        """Count a batch.

        Args:
            split: `train_online` or `test`.
            find: Finds logits (n, C) or predicted labels (n,), and the true labels (n,). Targets
                (n, C) are the classes' fractions; the largest is the class of the image.

        Raises:
            BadInput: The recorder is strict, and the logits are of another number of classes, or a
                tensor has another shape.
        """
        if self.strict:
            self._count(split, *find())
            return
        try:
            preds, target = find()
            self._count(split, preds, self._hard(preds, target))
        except Exception as error:  # whatever it is, the training goes on
            self._warn(error)

    def attempt(self, step: Callable[[], object]) -> None:
        """Try what counting will need; unless the recorder is strict, a failure only warns.

        Args:
            step: What to try, such as finding the predictions of a batch without counting them.

        Raises:
            BadInput: The recorder is strict, and the step fails.
        """
        if self.strict:
            step()
            return
        try:
            step()
        except Exception as error:  # whatever it is, the training goes on
            self._warn(error)

    def _count(self, split: str, preds: Tensor, target: Tensor) -> None:
        if preds.dim() == 2 and preds.shape[1] != len(self.classes):
            raise BadInput(
                f"classes: found {len(self.classes)} names, allowed: {preds.shape[1]}, one for "
                "each of the net's logits"
            )
        self.metrics[split].update(preds, target)

    def _hard(self, preds: Tensor, target: Tensor) -> Tensor:
        """The most probable class (n,) of soft targets (n, C); other targets unchanged."""
        if not (target.is_floating_point() and target.dim() == 2 and target.shape == preds.shape):
            return target
        self._warn(
            BadInput(
                "targets (n, C): an image counts for the class with the largest fraction of its "
                "target"
            ),
            left_out=False,
        )
        return target.argmax(1)

    def _warn(self, error: Exception, left_out: bool = True) -> None:
        """Warn of a cause once."""
        message = str(error) if isinstance(error, BadInput) else in_one_line(error)
        if message not in self.warned:
            self.warned.add(message)
            ending = "; such batches are not counted, and the training goes on" if left_out else ""
            warnings.warn(f"counts of {self.name}: {message}{ending}", stacklevel=4)

    def finish(self, split: str, epoch: int, main: bool) -> None:
        """Record the counts of a split for an epoch and start counting again.

        All processes must call it, since it sums over them.

        Args:
            split: `train_online` or `test`.
            epoch: The epoch, from 1.
            main: Whether this process writes the tables.

        Raises:
            BadInput: The recorder is strict, and a logit was not finite, or a label was outside the
                classes.
        """
        metric = self.metrics[split]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The ``compute`` method")  # of no batch, said already
            total = metric.compute()
        counts = total.counts.cpu().numpy()
        loss_sum = total.loss_sum.cpu().numpy()
        images = metric.images() if split == "test" and self._knows_images() else None
        metric.reset()
        if not counts.any():
            return  # no image of the epoch could be counted
        if images is not None:
            self.record.final_predictions[split] = images
            if "confidence" in images:
                self.record.confidences[split] = images
        self.record.add(split, counts, loss_sum, epoch)
        if main:
            self._save()

    def _knows_images(self) -> bool:
        """Whether the order of the test images is that of their numbers."""
        is_alone = not (dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1)
        return self.in_order and is_alone

    def _save(self) -> None:
        """Write the tables; unless the recorder is strict, a failure is warned of."""
        if self.strict:
            self.record.save(self.folder)
            return
        try:
            self.record.save(self.folder)
        except (OSError, BadInput) as error:
            message = f"cannot be written ({in_one_line(error)})"
            if message not in self.warned:
                self.warned.add(message)
                warnings.warn(
                    f"counts of {self.name}: {message}; the training goes on", stacklevel=4
                )
