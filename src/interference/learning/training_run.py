"""A run of the parameters, trained to its last epoch and counted after every one."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from interference import confusion, nets, params, seeds
from interference.classes import Classes
from interference.confusion.by_epoch import late_mean
from interference.errors import BadInput
from interference.io import files, tables, weights
from interference.io.resumable import Unfinished
from interference.io.stopwatch import clock
from interference.learning import images
from interference.learning.checkpoint import Checkpoint
from interference.learning.epochs import augmented, epochs
from interference.learning.history import History
from interference.learning.images import Images
from interference.learning.optim import learning_rate, sgd
from interference.learning.prediction import Predictions, plain, predict
from interference.params import Optim
from interference.params.run_facts import RunFacts
from interference.runtime.device import Machine
from interference.runtime.fused_net import FusedNet


@dataclass(frozen=True)
class TrainingRun:
    """A run that is ready to train.

    Attributes:
        facts: The resolved parameters of the run, which its files carry.
        classes: The classes of its images.
        net: The net before the first step, on the machine's device.
        train_images: The training images, on the machine's device.
        test_images: The test images, on the machine's device.
        inputs: The files that the run is made of.
        machine: The device and precision of the training.
    """

    facts: RunFacts
    classes: Classes
    net: nn.Module
    train_images: Images
    test_images: Images
    inputs: Mapping[str, Path]
    machine: Machine

    @property
    def images_shown(self) -> int:
        """How many images the net is shown in all epochs."""
        return self.facts.setup.epochs * len(self.train_images)

    @property
    def work(self) -> dict[str, Any]:
        """A description of the training: whatever changes its result, input files apart."""
        return {"run": self.facts.to_json(), **self.machine.made_by()}

    @property
    def metadata(self) -> dict[str, Any]:
        """The metadata of the files that are made of the run."""
        return tables.run_metadata(self.classes, self.facts.to_json(), self.machine.made_by())


def load(name: str, parameters: Path, image_table: Path, machine: Machine) -> TrainingRun:
    """Load a run of the parameters and check that it can be trained.

    Args:
        name: The name of the run.
        parameters: The parameters' file.
        image_table: The image table.
        machine: The device and precision to train with.

    Returns:
        The run before its first step.

    Raises:
        BadInput: The parameters, the images, the initial weights or the net do not fit together,
            or the precision is float16, in which gradients overflow.
    """
    settings = params.load(parameters)
    if machine.precision == "float16":
        raise BadInput(
            "precision: found 'float16', allowed for training: auto, float32, bfloat16, since "
            "gradients would leave float16's range"
        )
    facts = RunFacts.of(settings, name)
    classes = tables.read_classes(image_table, settings.classes)
    train_images = images.load(image_table, "train", machine.device)
    test_images = images.load(image_table, "test", machine.device)
    channels = train_images.pixels.shape[1]
    # The parameters may have changed since the images were downloaded.
    params.check_images(parameters, settings, classes, channels)
    with params.naming(parameters):
        net = new_net(facts, len(classes), channels)
    initial = {"init": Path(facts.init)} if facts.init else {}
    for path in initial.values():
        weights.restore(net, weights.load(path)[0], path)
    net.to(machine.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    size = facts.setup.batch_size
    smallest_batch = min(2, len(train_images) % size or size)
    inputs = plain(facts.data, machine.device)(train_images.pixels[:smallest_batch])
    with machine.autocast(), params.naming(parameters):
        nets.check_takes(name, net, inputs, len(classes))
    files = {"images": image_table, **initial}
    return TrainingRun(facts, classes, net, train_images, test_images, files, machine)


def new_net(facts: RunFacts, classes: int, channels: int) -> nn.Module:
    """A run's net, its weights drawn from the run's seed.

    Args:
        facts: The resolved parameters of the run.
        classes: The number of classes.
        channels: The number of channels of the images.

    Returns:
        The net on the CPU.

    Raises:
        BadInput: The factory of an imported net cannot be called.
    """
    torch.manual_seed(seeds.number("weights", facts.seed))
    return nets.of_run(facts.to_json(), classes, channels)


def train(
    run: TrainingRun,
    unfinished: Unfinished,
    tick: Callable[[int], None] = lambda images: None,
    report: Callable[[str], None] = lambda line: None,
) -> History:
    """Train a run to its last epoch, or from where it was interrupted.

    Args:
        run: The run. Its net has the final weights afterwards.
        unfinished: Where the checkpoint is kept.
        tick: Is told how many more images the net was shown.
        report: Is told how each epoch ended, in one line.

    Returns:
        The counts of every recorded split after every epoch.

    Raises:
        BadInput: A loss was not finite.
    """
    eval_net = FusedNet(run.net, run.machine)
    facts = run.facts
    optimiser = sgd(run.net, facts.setup)
    history = History()
    path = unfinished.folder / "checkpoint.safetensors"
    checkpoint = Checkpoint(path, run.net, optimiser, history)
    checkpoint.restore()
    recorders = recording(eval_net, run)
    first_epoch = history.epochs
    tick(first_epoch * len(run.train_images))
    started = time.monotonic()
    for epoch, online in epochs(
        run.net,
        run.train_images,
        optimiser,
        facts.setup,
        facts.data,
        facts.seed,
        run.machine,
        first_epoch,
        tick,
    ):
        eval_net.refresh()
        for split in facts.counts:
            predictions = recorders[split](epoch, online)
            history.add(split, *predictions.cells(len(run.classes)), epoch + 1)
        checkpoint.save()
        unfinished.keep_time()
        seconds_per_epoch = (time.monotonic() - started) / (history.epochs - first_epoch)
        report(progress(run, history, seconds_per_epoch))
    checkpoint.close()
    return history


def recording(
    eval_net: nn.Module, run: TrainingRun
) -> dict[str, Callable[[int, Predictions], Predictions]]:
    """How the predictions of each split are made after an epoch.

    Args:
        eval_net: The net to predict with.
        run: The run that is trained.

    Returns:
        By split, a function of the epoch (from 0) and of the predictions made while training in
        it. `train_augmented` is the paper's: eval mode, augmented images.
    """
    machine = run.machine
    prepare = plain(run.facts.data, machine.device)

    def predict_augmented(epoch: int, online: Predictions) -> Predictions:
        generator = seeds.generator("recording", run.facts.seed, epoch)
        augment = augmented(run.facts.data, generator, machine.device)
        return predict(eval_net, run.train_images, augment, machine)

    return {
        "train_online": lambda epoch, online: online,
        "test": lambda epoch, online: predict(eval_net, run.test_images, prepare, machine),
        "train": lambda epoch, online: predict(eval_net, run.train_images, prepare, machine),
        "train_augmented": predict_augmented,
    }


def progress(run: TrainingRun, history: History, seconds_per_epoch: float) -> str:
    """One line about an epoch: how far, how good, how fast, and how much longer."""
    epoch, last = history.epochs, run.facts.setup.epochs
    speed = len(run.train_images) / seconds_per_epoch
    return (
        f"{run.facts.name}: epoch {epoch}/{last}, loss {history.loss('train_online')[-1]:.3f}, "
        f"train {history.accuracy('train_online')[-1]:.2f} %, "
        f"test {history.accuracy('test')[-1]:.2f} %, {speed:.0f} images/s, "
        f"{clock(seconds_per_epoch * (last - epoch))} left"
    )


def final_accuracy(run: TrainingRun, history: History) -> float:
    """The test accuracy of the final weights in percent.

    The last epoch has recorded it; only a net that is not trained is evaluated here.
    """
    if history.epochs:
        return history.accuracy("test")[-1]
    prepare = plain(run.facts.data, run.machine.device)
    predictions = predict(FusedNet(run.net, run.machine), run.test_images, prepare, run.machine)
    counts, _ = predictions.cells(len(run.classes))
    return float(confusion.accuracy(counts))


def save_metrics(path: Path, history: History, final: float, seconds: float) -> None:
    """Write the final test accuracies and the seconds of a training as JSON.

    `last10_accuracy` is the `late_mean` of the test accuracies; a training too short for one has no
    such key.

    Args:
        path: The file to write.
        history: The counts after every epoch.
        final: The test accuracy of the final weights in percent.
        seconds: How long the training took.
    """
    metrics = {"test_accuracy": round(final, 4)}
    late = late_mean(np.array(history.accuracy("test")))
    if not np.isnan(late):
        metrics["last10_accuracy"] = round(late, 4)
    metrics["seconds"] = seconds
    files.write_text(path, json.dumps(metrics, indent=2) + "\n")


def save_curves(path: Path, history: History, setup: Optim, splits: Sequence[str]) -> None:
    """Write accuracies, losses and learning rate by epoch as the CSV that DVC plots.

    Args:
        path: The file to write.
        history: The counts after every epoch.
        setup: What the learning rates follow from.
        splits: The recorded splits, in the order of the columns.
    """
    columns: dict[str, Any] = {
        "epoch": range(1, history.epochs + 1),
        "lr": [learning_rate(setup, epoch) for epoch in range(history.epochs)],
    }
    for split in splits:
        columns[f"{split}_accuracy"] = history.accuracy(split)
    for split in splits:
        columns[f"{split}_loss"] = history.loss(split)
    files.write_text(path, pd.DataFrame(columns).round(6).to_csv(index=False))
