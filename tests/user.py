"""A program that uses the library, with types: mypy holds it as strictly as the library itself."""

import numpy as np
import torch
from torch import nn

from interference import (
    BadInput,
    ConfusionCounts,
    LightningCounts,
    Record,
    Surface,
    TrainerCounts,
    cctm,
    class_gradients,
    class_mistake_rates,
    dancing_notes,
    gradient_cosines,
    mistake_rate,
    read_predictions,
    record_predictions,
    surface,
)


def planes(net: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> tuple[Surface, float]:
    egos = class_gradients(net, images, labels)
    first: torch.Tensor = egos[0]["weight"]
    found = surface(
        net, egos, (0, 1), images, labels, points=3, edge=float(first.norm()), scale="step"
    )
    return found, float(
        mistake_rate(found).max() + class_mistake_rates(found).max() + gradient_cosines(egos)[0, 1]
    )


def of_arrays(net: nn.Module) -> Surface:
    images, labels = np.random.default_rng(0).normal(size=(6, 4)), [0, 1, 2, 0, 1, 2]
    egos = class_gradients(net, images, labels)
    return surface(net, egos, [0, 2], images.tolist(), np.array(labels), points=3)


def rates(metric: ConfusionCounts, logits: torch.Tensor) -> list[int]:
    metric.update(logits, [0, 1, 2])
    metric.update(np.array([0, 1]), np.array([0, 1]))
    counts, losses = metric.compute()
    total: torch.Tensor = losses.sum()
    notes: list[int] = dancing_notes([cctm(counts), cctm(["a", "b", "c"], ["b", "b", "c"])])[
        0
    ].tolist()
    return [*notes, int(total)]


def records(folder: str) -> Record:
    try:
        [record] = read_predictions(f"{folder}/mine.csv", classes=["a", "b"])
    except BadInput:
        record = record_predictions([0, 1], [1, 1], name="mine", epoch=1, classes=[0, 1])
    record.save(folder)
    return record


def callbacks() -> tuple[LightningCounts, TrainerCounts]:
    return LightningCounts("look", "mine", ["a", "b"]), TrainerCounts(
        "look", "mine", ["a", "b"], data="zoo"
    )
