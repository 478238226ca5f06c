"""The class gradients of a trained net, and their Gram matrix."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from interference import atomic, images, params, seeds, tables, trained, weights
from interference.ego import Gradient, disagreement, gram, mean_gradient
from interference.errors import BadInput
from interference.images import Images
from interference.machine import machine
from interference.prediction import plain
from interference.trained import Trained
from stages import Device, ImageTable, NetFile, ParamsFile, Spent, run, say

Egos = Annotated[Path, typer.Argument(help="The class gradients to write (safetensors).")]
Gram = Annotated[Path, typer.Argument(help="The table of their dot products to write (parquet).")]
BATCH = 250  # images a step; float32 activations of the largest net take 2 GB
AGREEMENT = 1e-4  # of two passes: what a GPU's order of sums may change, and no random layer


def main(net_file: NetFile, image_table: ImageTable, egos_file: Egos, gram_table: Gram, metrics: Spent,
         parameters: ParamsFile = Path("params.yaml"), device: Device = "auto") -> None:
    """Write the gradient of every class's mean loss (float32, unscaled, training images as they are)."""
    atomic.prepare(egos_file, gram_table, metrics)
    started = time.monotonic()
    here, amount = machine(device, "float32"), params.load(parameters).ego.images
    net = trained.load(net_file, here.device, tables.read_classes(image_table))
    train = images.sample(images.load(image_table, "train"), amount, seeds.generator("ego", amount)).to(here.device)
    check_determined(net, train)
    gradients = {key: class_gradient(net, train, label) for label, key in enumerate(net.classes.keys)}
    dots = gram(list(gradients.values())).cpu().numpy()  # (classes, classes)
    first, second = np.indices(dots.shape)
    meta = net.meta(here) | {"images": amount}
    named = {f"{key}/{name}": tensor for key, one in gradients.items() for name, tensor in one.items()}
    weights.save(egos_file, named, meta)
    tables.write(gram_table, "grams", {"label_1": first.ravel(), "label_2": second.ravel(), "dot": dots.ravel()}, meta)
    atomic.write_text(metrics, json.dumps({"seconds": round(time.monotonic() - started, 1)}) + "\n")
    say(f"{net.name}: norms " + ", ".join(f"{key} {dots[a, a] ** 0.5:.3g}" for a, key in enumerate(net.classes.keys)))


def check_determined(net: Trained, train: Images) -> None:
    """Raise `BadInput` unless two passes over some images agree: a net that draws at random has no class gradient."""
    some = next(batches(net, train))
    apart = disagreement(*(mean_gradient(net.module, [some]) for _ in range(2)))
    if not apart <= AGREEMENT:
        raise BadInput(f"class gradient: two passes over the same {len(some[1])} images differ by {apart:.2g} of the "
                       f"gradient's norm, allowed: {AGREEMENT:g}; a layer may draw at random in eval mode")


def class_gradient(net: Trained, train: Images, label: int) -> Gradient:
    """The mean gradient over one class's images; raises `BadInput` for a class without any, or a result not finite."""
    own = train.of_class(label)
    if not len(own):
        raise BadInput(f"class gradient: no training images of class {net.classes.keys[label]!r}")
    gradient = mean_gradient(net.module, batches(net, own))
    if not all(torch.isfinite(tensor).all() for tensor in gradient.values()):
        raise BadInput(f"class gradient: that of class {net.classes.keys[label]!r} is not finite")
    return gradient


def batches(net: Trained, own: Images) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Normalised inputs and labels, in order."""
    prepare = plain(net.data, own.labels.device)
    for start in range(0, len(own), BATCH):
        yield prepare(own.pixels[start:start + BATCH]), own.labels[start:start + BATCH]


if __name__ == "__main__":
    run(main)
