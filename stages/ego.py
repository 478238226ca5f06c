"""The class gradients of a trained net, and their Gram matrix."""

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from interference import params, seeds
from interference.io import files, stopwatch, tables, weights
from interference.landscape.class_gradients import each_class_gradient, gram_of_vectors
from interference.learning import images, trained_net
from interference.learning.prediction import normalisation
from interference.runtime.device import select_machine
from stages import Device, ImageTable, NetFile, ParamsFile, Seconds, run, say

Egos = Annotated[Path, typer.Argument(help="The class gradients to write (safetensors).")]
Gram = Annotated[
    Path, typer.Argument(help="The table of the gradients' dot products to write (parquet).")
]


def main(
    net_file: NetFile,
    image_table: ImageTable,
    egos_file: Egos,
    gram_table: Gram,
    seconds: Seconds,
    parameters: ParamsFile = Path("params.yaml"),
    device: Device = "auto",
) -> None:
    """Compute the gradient of every class's mean loss on training images.

    The net is in eval mode, the images are not augmented, and the gradients are float32 and
    unscaled.
    """
    files.prepare(egos_file, gram_table, seconds)
    started = time.monotonic()
    machine = select_machine(device, "float32")
    amount = params.load(parameters).ego.images  # a number, or all
    net = trained_net.load(net_file, machine.device, tables.read_classes(image_table))
    everything = images.load(image_table, "train")
    train = images.sample(everything, amount, seeds.generator("ego", amount)).to(machine.device)
    keys = dict(enumerate(net.classes.keys))
    say(f"{net.name}: gradients of {len(keys)} classes from {len(train)} images on {machine}")
    prepare = normalisation(net.data, machine.device)
    gradients = each_class_gradient(net.module, train.pixels, train.labels, keys, prepare)
    tensors_of = (
        dict(zip(net.file_names, gradient.values(), strict=True)) for _, gradient in gradients
    )
    parameters_of_net = net.module.parameters()
    shapes = {
        name: parameter.shape
        for name, parameter in zip(net.file_names, parameters_of_net, strict=True)
    }
    meta = net.meta(machine) | {"images": amount}
    weights.save_groups(egos_file, list(keys.values()), shapes, tensors_of, meta)
    dots = gram_of_vectors(weights.read_groups(egos_file, len(keys)))  # (C, C)
    label_1, label_2 = np.indices(dots.shape)
    columns = {"label_1": label_1.ravel(), "label_2": label_2.ravel(), "dot": dots.ravel()}
    tables.write(gram_table, "grams", columns, meta)
    stopwatch.save(seconds, round(time.monotonic() - started, 1))
    norms = [f"{key} {dots[label, label] ** 0.5:.3g}" for label, key in keys.items()]
    say(f"{net.name}: norms {', '.join(norms)}")


if __name__ == "__main__":
    run(main)
