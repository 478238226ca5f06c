"""A surface: the confusion counts of a net moved along the ego directions of two classes."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from interference import atomic, confusion, images, params, plane, resume, seeds, tables, trained, weights
from interference.ego import Gradient
from interference.machine import machine
from interference.prediction import plain, predict
from stages import Device, ParamsFile, Precision, clock, run, say

Cells = tuple[np.ndarray, np.ndarray]  # counts and summed losses, (C, C) each


def main(net_file: Path, egos_file: Path, image_table: Path, pair: str, scale: str, surface: Path,
         parameters: ParamsFile = Path("params.yaml"), device: Device = "auto", precision: Precision = "auto") -> None:
    """Sweep the interference plane of PAIR at a SCALE, point by point, and write every point's counts to SURFACE.

    Killed at any moment, the same command goes on from the last finished row, with the same result.
    """
    atomic.prepare(surface)
    here, settings = machine(device, precision), params.load(parameters)
    net = trained.load(net_file, here.device, tables.read_classes(image_table))
    labels, grid, edge = net.classes.pair(pair), settings.sweep.grid, params.edge(settings, scale, net.name)
    sample = images.sample(images.load(image_table, grid.split), grid.images, seeds.generator("plane", grid.images))
    sample, prepare = sample.to(here.device), plain(net.data, here.device)
    first, second = (direction(egos_file, net.classes.keys[label], scale, here.device) for label in labels)
    plane_of = {"edge": edge, "pair": "-".join(net.classes.keys[label] for label in labels), "scale": scale,
                "batch_norm": "frozen", "split": grid.split, "images": len(sample)}
    unfinished = resume.unfinished({**plane_of, "points": grid.points, **here.made_by()},
                                   {"net": net_file, "egos": egos_file, "images": image_table}, ".parquet")
    thetas, meta = plane.axis(grid.points, edge), net.meta(here) | plane_of
    done = [tables.read(unfinished, "surfaces").frame] if unfinished.exists() else []
    started, start = time.monotonic(), int(done[0]["i"].max()) + 1 if done else 0
    for i, row in plane.rows(net.module, first, second, thetas, lambda moved: predict(
            moved, sample, prepare, here).cells(len(net.classes)), start):
        done.append(row_frame(labels, i, thetas, row))
        tables.write(unfinished, "surfaces", pd.concat(done), meta)
        left = (time.monotonic() - started) / (i + 1 - start) * (len(thetas) - 1 - i)
        say(f"{net.name} {pair} {scale}: row {i + 1}/{len(thetas)}, {clock(left)} left")
    tables.write(surface, "surfaces", pd.concat(done), meta)
    unfinished.unlink(missing_ok=True)


def direction(egos_file: Path, key: str, scale: str, device: torch.device) -> Gradient:
    """A class's ego direction at a scale, read from its gradient."""
    gradient, _ = weights.load(egos_file, f"{key}/")
    return plane.direction({name: tensor.to(device) for name, tensor in gradient.items()}, scale)


def row_frame(labels: tuple[int, int], i: int, thetas: np.ndarray, row: list[Cells]) -> pd.DataFrame:
    """The table's rows of one row of the grid."""
    counts, losses = map(np.stack, zip(*row, strict=True))  # (points, C, C)
    return pd.DataFrame(confusion.columns(counts, losses, class_1=labels[0], class_2=labels[1], i=i,
                                          j=np.arange(len(thetas)), theta_1=thetas[i], theta_2=thetas))


if __name__ == "__main__":
    run(main)
