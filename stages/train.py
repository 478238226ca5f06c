"""A run trained to its last epoch, and counted after every one."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import torch
import typer
from torch import nn

from interference import atomic, confusion, images, nets, params, resume, seeds, tables, weights
from interference.by_epoch import late_mean
from interference.checkpoint import Checkpoint
from interference.errors import BadInput
from interference.folded import Folded
from interference.history import History
from interference.images import Images
from interference.machine import Machine, machine
from interference.optim import learning_rate, sgd
from interference.prediction import Predictions, plain, predict
from interference.timing import Stopwatch, clock
from interference.training import augmented, epochs
from stages import Device, ImageTable, ParamsFile, Precision, Watch, run

Name = Annotated[str, typer.Argument(help="One of the runs of the parameters.")]
Net = Annotated[Path, typer.Argument(help="The final weights to write (safetensors).")]
Counts = Annotated[Path, typer.Argument(help="The table of counts after each epoch to write (parquet).")]
Metrics = Annotated[Path, typer.Argument(help="The test accuracies and the seconds it took, to write (JSON).")]
Curves = Annotated[Path, typer.Argument(help="The accuracies and losses of each epoch to write (CSV).")]


def main(name: Name, image_table: ImageTable, net_file: Net, counts_table: Counts, metrics: Metrics, curves: Curves,
         parameters: ParamsFile = Path("params.yaml"), device: Device = "auto", precision: Precision = "auto") -> None:
    """Train the run NAME and write its final weights, counts by epoch, metrics and accuracy curves.

    Killed at any moment, the same command goes on from the last finished epoch, with the same result.
    """
    atomic.prepare(net_file, counts_table, metrics, curves)
    here, settings = machine(device, precision), params.load(parameters)
    if here.precision == "float16":
        raise BadInput("precision: found 'float16', allowed for training: auto, float32, bfloat16, since gradients "
                       "would leave float16's range")
    resolved, item = settings.resolved(name), settings.runs[name]
    classes = tables.read_classes(image_table, settings.classes)
    setup, data = settings.setups[item.optim], settings.data
    train, test = (images.load(image_table, split, here.device) for split in ("train", "test"))
    params.check_images(parameters, settings, classes, train.pixels.shape[1])  # they may have changed since download
    given = {"init": Path(item.init)} if item.init else {}
    net = begun(parameters, resolved, given, train, len(classes), data, here)
    optimiser, past = sgd(net, setup), History(len(classes))
    unfinished = resume.unfinished({"run": resolved, **here.made_by()}, {"images": image_table, **given},
                                   ".safetensors")
    checkpoint = Checkpoint(unfinished, net, optimiser, past)
    checkpoint.restore()
    asked = Folded(net, here)
    recorders = recording(asked, train, test, data, item.seed, here)
    spent = Stopwatch(unfinished.with_suffix(".seconds"))
    started, before = time.monotonic(), past.epochs
    with Watch(name, setup.epochs * len(train), before * len(train)) as watch:
        for epoch, online in epochs(net, train, optimiser, setup, data, item.seed, here, before, watch.tick):
            asked.refresh()
            for split in item.counts:
                past.add(split, recorders[split](epoch, online))
            checkpoint.save()
            spent.keep()
            watch.say(progress(name, past, setup, (time.monotonic() - started) / (past.epochs - before), len(train)))
    checkpoint.close()
    asked.refresh()
    final = float(confusion.accuracy(predict(asked, test, plain(data, here.device), here).cells(past.classes)[0]))
    meta = tables.run_metadata(classes, resolved, here.made_by())
    save_counts(counts_table, past, meta)
    save_metrics(metrics, curves, past, final, setup, item.counts, spent.seconds)
    weights.save(net_file, net.state_dict(), meta)
    for left in (unfinished, spent.path):
        left.unlink(missing_ok=True)


def begun(parameters: Path, resolved: Mapping[str, Any], given: Mapping[str, Path], train: Images, classes: int,
          data: params.Data, here: Machine) -> nn.Module:
    """The run's net as it is before the first step, drawn from its seed or given; tried on images."""
    torch.manual_seed(seeds.number("weights", resolved["seed"]))
    with params.naming(parameters):
        net = nets.of_run(resolved, classes, train.pixels.shape[1])
    for path in given.values():
        weights.restore(net, weights.load(path)[0], path)
    net.to(here.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    fewest = min(2, len(train) % resolved["setup"]["batch_size"] or resolved["setup"]["batch_size"])  # of a batch
    with here.autocast(), params.naming(parameters):
        nets.check_takes(resolved["name"], net, plain(data, here.device)(train.pixels[:fewest]), classes)
    return net


def recording(net: nn.Module, train: Images, test: Images, data: params.Data, seed: int,
              here: Machine) -> dict[str, Callable[[int, Predictions], Predictions]]:
    """How each split's predictions are had after an epoch; `train_augmented` is the paper's (eval mode)."""
    return {
        "train_online": lambda epoch, online: online,
        "test": lambda epoch, online: predict(net, test, plain(data, here.device), here),
        "train": lambda epoch, online: predict(net, train, plain(data, here.device), here),
        "train_augmented": lambda epoch, online: predict(
            net, train, augmented(data, seeds.generator("recording", seed, epoch), here.device), here),
    }


def progress(name: str, past: History, setup: params.Optim, seconds: float, n: int) -> str:
    """One line an epoch: how far, how good, how fast, and how long still; `seconds` is an epoch's mean so far."""
    return (f"{name}: epoch {past.epochs}/{setup.epochs}, loss {past.loss('train_online')[-1]:.3f}, "
            f"train {past.accuracy('train_online')[-1]:.2f} %, test {past.accuracy('test')[-1]:.2f} %, "
            f"{n / seconds:.0f} images/s, {clock(seconds * (setup.epochs - past.epochs))} left")


def save_counts(path: Path, past: History, meta: dict[str, object]) -> None:
    """The counts table: a row for every epoch (1 is the first), split and cell."""
    frames = [pd.DataFrame(confusion.columns(
        np.stack(counts), np.stack(past.losses[split]), epoch=np.arange(1, past.epochs + 1), split=split))
        for split, counts in past.counts.items()]
    tables.write(path, "counts", pd.concat(frames or [pd.DataFrame(columns=list(tables.COLUMNS["counts"]))]), meta)


def save_metrics(metrics: Path, curves: Path, past: History, final: float, setup: params.Optim,
                 splits: Sequence[str], seconds: float) -> None:
    """The final figures, and accuracies, losses and learning rate by epoch, in the forms that DVC compares.

    `last10_accuracy` is the `late_mean` of the test accuracies, and is left out of a training too short for one.
    """
    figures = {"test_accuracy": round(final, 4)}
    late = late_mean(np.array(past.accuracy("test")))
    if not np.isnan(late):
        figures["last10_accuracy"] = round(late, 4)
    figures["seconds"] = seconds
    atomic.write_text(metrics, json.dumps(figures, indent=2) + "\n")
    curve = {"epoch": range(1, past.epochs + 1), "lr": [learning_rate(setup, epoch) for epoch in range(past.epochs)]}
    curve |= {f"{split}_accuracy": past.accuracy(split) for split in splits}
    curve |= {f"{split}_loss": past.loss(split) for split in splits}
    atomic.write_text(curves, pd.DataFrame(curve).round(6).to_csv(index=False))


if __name__ == "__main__":
    run(main)
