"""A net trained to its last epoch, with confusion counts after every epoch."""

from pathlib import Path
from typing import Annotated

import typer

from interference import nets, params
from interference.io import files, stopwatch, tables, weights
from interference.io.resumable import Work, resumable
from interference.landscape import net_trial
from interference.learning import training_run
from interference.runtime.device import select_machine
from stages import Device, ImageTable, ParamsFile, Precision, Seconds, Watch, run, say, stage_code

Name = Annotated[str, typer.Argument(help="The name of a run in the parameters.")]
Net = Annotated[Path, typer.Argument(help="The final weights to write (safetensors).")]
Counts = Annotated[
    Path, typer.Argument(help="The table of counts after each epoch to write (parquet).")
]
Metrics = Annotated[Path, typer.Argument(help="The test accuracies to write (JSON).")]
Curves = Annotated[
    Path, typer.Argument(help="The accuracies and losses of each epoch to write (CSV).")
]


def main(
    name: Name,
    image_table: ImageTable,
    net_file: Net,
    counts_table: Counts,
    metrics: Metrics,
    curves: Curves,
    seconds: Seconds,
    parameters: ParamsFile = Path("params.yaml"),
    device: Device = "auto",
    precision: Precision = "auto",
) -> None:
    """Train the run NAME and write its final weights, counts by epoch, accuracies and times.

    The net is first tried on two images through all later stages.

    If it is interrupted, the same command continues after the last finished epoch, with the same
    result.
    """
    files.prepare(net_file, counts_table, metrics, curves, seconds)
    job = training_run.load(name, parameters, image_table, select_machine(device, precision))
    for line in job.notes:
        say(f"{name}: {line}")
    with params.naming(parameters):
        net_trial.check_run(job)
    epochs = job.facts.setup.epochs
    images = len(job.train_images)
    say(f"{name}: {plan(epochs, images)} on {job.machine}")
    code = {**stage_code("train"), **nets.source_file(job.facts.to_json())}
    if job.facts.setup.loss is not None:
        code |= nets.module_file(job.facts.setup.loss)
    work = Work(f"training of {name}", job.work, job.inputs, code)
    with resumable(work, say) as unfinished:
        with Watch(name, job.images_shown) as watch:
            history = training_run.train(job, unfinished, watch.tick, watch.say)
        final = training_run.final_accuracy(job, history)
        tables.write(counts_table, "counts", history.frame(), job.metadata)
        training_run.save_metrics(metrics, history, final)
        stopwatch.save(seconds, unfinished.seconds)
        training_run.save_curves(curves, history, job.facts.setup, job.facts.counts)
        weights.save(net_file, nets.own_module(job.net).state_dict(), job.metadata)


def plan(epochs: int, images: int) -> str:
    """Describe the work for the terminal: the training, or none if the weights are given.

    Args:
        epochs: The number of epochs.
        images: The number of training images.

    Returns:
        The beginning of a line; the machine follows.
    """
    if epochs == 0:
        return "nothing to train (0 epochs); counting predictions"
    return f"training for {epochs} epochs of {images} images"


if __name__ == "__main__":
    run(main)
