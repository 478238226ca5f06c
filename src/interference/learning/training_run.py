"""A run: one training of a net, with its predictions counted after every epoch."""

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
from interference.io import files, tables, torch_files, weights
from interference.io.resumable import Unfinished
from interference.io.stopwatch import clock
from interference.learning import images
from interference.learning.checkpoint import Checkpoint
from interference.learning.epochs import augmentation, epochs
from interference.learning.history import History
from interference.learning.images import Images
from interference.learning.net_check import check_takes
from interference.learning.optim import new_optimiser
from interference.learning.prediction import Predictions, normalisation, predict
from interference.learning.training_loss import check_loss
from interference.params import Optim
from interference.params.run_facts import RunFacts
from interference.runtime.device import Machine
from interference.runtime.fused_net import FusedNet
from interference.schedules import learning_rate


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
        notes: Lines for the user about the file of initial weights.
    """

    facts: RunFacts
    classes: Classes
    net: nn.Module
    train_images: Images
    test_images: Images
    inputs: Mapping[str, Path]
    machine: Machine
    notes: Sequence[str] = ()

    @property
    def images_shown(self) -> int:
        """The number of images that the net is trained on in all epochs together."""
        return self.facts.setup.epochs * len(self.train_images)

    @property
    def work(self) -> dict[str, Any]:
        """Everything that changes the result of the training, except the input files."""
        return {"run": self.facts.to_json(), **self.machine.made_by()}

    @property
    def metadata(self) -> dict[str, Any]:
        """The metadata of the files that the run writes."""
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
    with params.naming(parameters):
        try:
            check_loss(facts.setup, train_images.labels, len(classes))
        except BadInput as error:
            raise BadInput(f"{facts.optim}.{error}") from error
    initial = {"init": Path(facts.init)} if facts.init else {}
    notes: list[str] = []
    for path in initial.values():
        with params.naming(parameters):
            own = nets.own_module(net)
            key = f"runs.{name}.fresh"
            fresh = nets.matching(own.state_dict(), facts.fresh or (), key)
        advice = "the file holds a net of another number of classes"
        if facts.net == "imported":
            advice = f"runs.{name}.args may need another number of classes"
        notes += restore_initial(own, path, fresh, advice)
    net.to(machine.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    batch_size = facts.setup.batch_size
    last_batch = len(train_images) % batch_size or batch_size
    prepare = normalisation(facts.data, machine.device)
    inputs = prepare(train_images.pixels[: min(2, last_batch)])
    with machine.autocast(), params.naming(parameters):
        check_takes(name, net, inputs, len(classes))
    files = {"images": image_table, **initial}
    return TrainingRun(facts, classes, net, train_images, test_images, files, machine, notes)


def restore_initial(
    net: nn.Module, path: Path, fresh: Sequence[str] = (), advice: str = ""
) -> list[str]:
    """Load initial weights into a net, from a file in any of the usual forms.

    Args:
        net: The net.
        path: A file of safetensors or of `torch.save`.
        fresh: The names of tensors that the file does not set.
        advice: What the error says besides if only the outputs of a last layer differ in number.

    Returns:
        Lines for the user about the part of the file that was taken.

    Raises:
        BadInput: The file cannot be read without running code, or does not fit the net.
    """
    state = net.state_dict()
    initial = torch_files.fitted(path, state)
    kept = {name: state[name] for name in fresh}
    weights.check_no_nan(path, initial.tensors)
    tensors = {**initial.tensors, **kept}
    try:
        weights.restore(net, tensors, path)
    except BadInput as error:
        if advice and weights.differ_in_outputs(tensors, state):
            raise BadInput(f"{error}; {advice}") from error
        raise
    if not fresh:
        return initial.notes
    return [*initial.notes, f"{path}: did not set {', '.join(fresh)}, which stay as initialised"]


def new_net(facts: RunFacts, classes: int, channels: int) -> nn.Module:
    """A run's net with initial weights that depend on the run's seed only.

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
    """Train a run to its last epoch. An interrupted training continues at its checkpoint.

    Args:
        run: The run. Its net has the final weights afterwards.
        unfinished: The folder of the checkpoint.
        tick: A function that receives the number of images of each step.
        report: A function that receives a line about each epoch.

    Returns:
        The counts of every recorded split after every epoch.

    Raises:
        BadInput: A loss was not finite.
    """
    eval_net = FusedNet(run.net, run.machine)
    facts = run.facts
    optimiser = new_optimiser(run.net, facts.setup)
    history = History()
    path = unfinished.folder / "checkpoint.safetensors"
    checkpoint = Checkpoint(path, run.net, optimiser, history)
    try:
        checkpoint.restore()
    except BadInput as error:
        report(f"{facts.name}: starts afresh; {error}; kept as {checkpoint.set_aside()}")
    predictors = split_predictors(eval_net, run)
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
            predictions = predictors[split](epoch, online)
            history.add(split, *predictions.cells(len(run.classes)), epoch + 1)
        checkpoint.save()
        unfinished.keep_time()
        seconds_per_epoch = (time.monotonic() - started) / (history.epochs - first_epoch)
        report(progress_line(run, history, seconds_per_epoch))
    checkpoint.close()
    return history


def split_predictors(
    eval_net: nn.Module, run: TrainingRun
) -> dict[str, Callable[[int, Predictions], Predictions]]:
    """The functions that predict each split after an epoch.

    Args:
        eval_net: The net that predicts.
        run: The run that is trained.

    Returns:
        For each split a function of the epoch (from 0) and of the predictions made during its
        training steps. `train_augmented` is the split of the paper: augmented images in eval mode.
    """
    machine = run.machine
    prepare = normalisation(run.facts.data, machine.device)

    def predict_augmented(epoch: int, online: Predictions) -> Predictions:
        generator = seeds.generator("recording", run.facts.seed, epoch)
        augment = augmentation(run.facts.data, generator, machine.device)
        return predict(eval_net, run.train_images, augment, machine)

    return {
        "train_online": lambda epoch, online: online,
        "test": lambda epoch, online: predict(eval_net, run.test_images, prepare, machine),
        "train": lambda epoch, online: predict(eval_net, run.train_images, prepare, machine),
        "train_augmented": predict_augmented,
    }


def progress_line(run: TrainingRun, history: History, seconds_per_epoch: float) -> str:
    """A line about an epoch: its number, loss and accuracies, the speed and the remaining time."""
    epoch = history.epochs
    last = run.facts.setup.epochs
    speed = len(run.train_images) / seconds_per_epoch
    return (
        f"{run.facts.name}: epoch {epoch}/{last}, loss {history.loss('train_online')[-1]:.3f}, "
        f"train {history.accuracy('train_online')[-1]:.2f} %, "
        f"test {history.accuracy('test')[-1]:.2f} %, {speed:.0f} images/s, "
        f"{clock(seconds_per_epoch * (last - epoch))} left"
    )


def final_accuracy(run: TrainingRun, history: History) -> float:
    """The test accuracy of the final weights in percent.

    The last epoch has recorded it. The net is evaluated only if the run has no epochs.
    """
    if history.epochs:
        return history.accuracy("test")[-1]
    prepare = normalisation(run.facts.data, run.machine.device)
    predictions = predict(FusedNet(run.net, run.machine), run.test_images, prepare, run.machine)
    counts, _ = predictions.cells(len(run.classes))
    return float(confusion.accuracy(counts))


def save_metrics(path: Path, history: History, final: float) -> None:
    """Write the final test accuracies of a training as JSON.

    The key `last10_accuracy` is the `late_mean` of the test accuracies. A training that is too
    short for it does not get the key.

    Args:
        path: The file to write.
        history: The counts after every epoch.
        final: The test accuracy of the final weights in percent.
    """
    metrics = {"test_accuracy": round(final, 4)}
    late = late_mean(np.array(history.accuracy("test")))
    if not np.isnan(late):
        metrics["last10_accuracy"] = round(late, 4)
    files.write_text(path, json.dumps(metrics, indent=2) + "\n")


def save_curves(path: Path, history: History, setup: Optim, splits: Sequence[str]) -> None:
    """Write accuracies, losses and learning rate by epoch as the CSV that DVC plots.

    Args:
        path: The file to write.
        history: The counts after every epoch.
        setup: The training configuration, which determines the learning rates.
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
