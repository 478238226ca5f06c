"""The class gradients of a trained net, and their Gram matrix."""

import json
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from interference import atomic, images, params, seeds, tables, trained, weights
from interference.ego import class_gradients, gram
from interference.machine import machine
from interference.prediction import plain
from stages import Device, ImageTable, NetFile, ParamsFile, Spent, run, say

Egos = Annotated[Path, typer.Argument(help="The class gradients to write (safetensors).")]
Gram = Annotated[Path, typer.Argument(help="The table of their dot products to write (parquet).")]


def main(net_file: NetFile, image_table: ImageTable, egos_file: Egos, gram_table: Gram, metrics: Spent,
         parameters: ParamsFile = Path("params.yaml"), device: Device = "auto") -> None:
    """Write the gradient of every class's mean loss (float32, unscaled, training images as they are)."""
    atomic.prepare(egos_file, gram_table, metrics)
    started = time.monotonic()
    here, amount = machine(device, "float32"), params.load(parameters).ego.images
    net = trained.load(net_file, here.device, tables.read_classes(image_table))
    train = images.sample(images.load(image_table, "train"), amount, seeds.generator("ego", amount)).to(here.device)
    gradients = class_gradients(net.module, train.pixels, train.labels, dict(enumerate(net.classes.keys)),
                                plain(net.data, here.device))
    dots = gram(list(gradients.values())).cpu().numpy()  # (classes, classes)
    first, second = np.indices(dots.shape)
    meta = net.meta(here) | {"images": amount}
    named = {f"{key}/{name}": tensor for key, one in gradients.items() for name, tensor in one.items()}
    weights.save(egos_file, named, meta)
    tables.write(gram_table, "grams", {"label_1": first.ravel(), "label_2": second.ravel(), "dot": dots.ravel()}, meta)
    atomic.write_text(metrics, json.dumps({"seconds": round(time.monotonic() - started, 1)}) + "\n")
    say(f"{net.name}: norms " + ", ".join(f"{key} {dots[a, a] ** 0.5:.3g}" for a, key in enumerate(net.classes.keys)))


if __name__ == "__main__":
    run(main)
