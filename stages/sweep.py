"""The counts of a net moved along the directions of two classes."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from itertools import groupby
from pathlib import Path
from shutil import rmtree
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from interference import (
    atomic,
    cluster,
    confusion,
    images,
    params,
    plane,
    resume,
    seeds,
    tables,
    tolerance,
    trained,
    weights,
)
from interference.classes import EGOS
from interference.ego import Gradient, gram
from interference.folded import Folded
from interference.images import Images
from interference.machine import Machine, machine
from interference.params import Grid
from interference.prediction import plain, predict
from interference.sweeping import Cells, Plane, alone, rows
from interference.timing import Stopwatch, clock
from interference.trained import Trained
from stages import Device, ImageTable, NetFile, ParamsFile, Precision, Spent, Watch, run

Pair = tuple[int, int]  # label numbers, theta_1's class first
Row = tuple[Pair, int]  # a plane and i
Egos = Annotated[Path, typer.Argument(help="The net's class gradients: data/egos/RUN.safetensors.")]
Notation = Annotated[str, typer.Argument(help="Two classes (cat-dog), all, top-K, or egos.")]
Scale = Annotated[str, typer.Argument(help="raw, step, relative, filter, or random.")]
Written = Annotated[Path, typer.Argument(help="The table of every point's counts to write (parquet).")]
Engine = Annotated[str, typer.Option(help="local, ray, or auto: ray where RAY_ADDRESS names a cluster")]


def main(net_file: NetFile, egos_file: Egos, image_table: ImageTable, pair: Notation, scale: Scale, surface: Written,
         metrics: Spent, parameters: ParamsFile = Path("params.yaml"), device: Device = "auto",
         precision: Precision = "auto", engine: Engine = "auto") -> None:
    """Sweep the interference plane of PAIR at a SCALE, point by point, and write every point's counts to SURFACE.

    PAIR may also be `all`, or `top-K` for the K pairs of the largest test CCTM: SURFACE then holds all their planes;
    or `egos` for the ego models of every class (Definition 1): the line along its direction, as its plane with itself.

    Killed at any moment, the same command goes on from the last finished row, with the same result.
    """
    atomic.prepare(surface, metrics)
    here, settings, by_ray = machine(device, precision), params.load(parameters), cluster.wanted(engine)
    net = trained.load(net_file, here.device, tables.read_classes(image_table))
    wide = Plane(settings.sweep.grid, params.edge(settings, scale, net.name), net.data, len(net.classes))
    sample, pairs = sampled(image_table, wide.grid).to(here.device), chosen(pair, net, image_table, here)
    meta = asdict(wide.grid) | {"edge": wide.edge, "pair": net.classes.notation(pair), "scale": scale,
                                "images": len(sample)}
    pieces = resume.unfinished({**meta, "pairs": pairs, **here.made_by()},
                               {"net": net_file, "egos": egos_file, "images": image_table}, "")
    planned = {(labels, i): pieces / f"{labels[0]}-{labels[1]}-{i}.parquet"
               for labels in pairs for i in rows_of(labels, wide.grid)}
    left = [row for row, file in planned.items() if not file.exists()]
    ego = partial(direction, egos_file, net, scale)
    meta = net.meta(here) | meta | {"grams": {
        net.classes.joined(labels): gram([ego(label) for label in labels]).tolist() for labels in pairs}}
    done, started, spent = len(planned) - len(left), time.monotonic(), Stopwatch(pieces / "seconds")
    walk = on_a_cluster if by_ray else locally
    with Watch(f"{net.name} {pair} {scale}", len(planned), done) as watch:
        for number, (row, cells) in enumerate(walk(net, ego, sample, wide, here, left), 1):
            tables.write(planned[row], "surfaces", row_frame(*row, wide, cells), meta)
            spent.keep()
            watch.tick(1)
            seconds = (time.monotonic() - started) / number * (len(left) - number)
            watch.say(f"{net.name} {pair} {scale}: row {done + number}/{len(planned)}, {clock(seconds)} left")
    frames = [tables.read(file, "surfaces").frame for file in planned.values()]
    tables.write(surface, "surfaces", pd.concat(frames), meta)
    atomic.write_text(metrics, json.dumps({"seconds": spent.seconds}) + "\n")
    rmtree(pieces)


def chosen(pair: str, net: Trained, image_table: Path, here: Machine) -> list[Pair]:
    """The planes that a word for pairs means."""
    if pair == EGOS:
        return [(label, label) for label in range(len(net.classes))]
    number = net.classes.top(pair)
    if number is None:
        return [net.classes.pair(pair)]
    said = predict(Folded(net.module, here), images.load(image_table, "test", here.device),
                   plain(net.data, here.device), here)
    counts, _ = said.cells(len(net.classes))
    return [(one, other) for one, other, _ in confusion.ranked_pairs(confusion.cctm(counts))[:number]]


def rows_of(labels: Pair, grid: Grid) -> range:
    """The rows of a plane: i, along theta_1; of a class's plane with itself the middle one, theta_1 = 0."""
    return range(grid.points) if labels[0] != labels[1] else range(grid.points // 2, grid.points // 2 + 1)


def sampled(image_table: Path, grid: Grid) -> Images:
    """The images of every point; in random order where a point may stop before the last."""
    found = images.sample(images.load(image_table, grid.split), grid.images, seeds.generator("plane", grid.images))
    return found.take(tolerance.spread(found.labels, seeds.generator("order"))) if grid.tolerance else found


def direction(egos_file: Path, net: Trained, scale: str, label: int) -> Gradient:
    """A class's ego direction at a scale, read from its gradient; at the scale `random` a drawn one in its place."""
    module, key = dict(net.module.named_parameters()), net.classes.keys[label]
    if scale == "random":
        gradient = plane.gaussian(module, seeds.generator("direction", net.run["seed"], label))
    else:
        found, _ = weights.load(egos_file, f"{key}/")
        gradient = {name: tensor.to(module[name].device) for name, tensor in found.items()}
    return plane.direction(gradient, scale, module)


def locally(net: Trained, ego: Callable[[int], Gradient], sample: Images, wide: Plane, here: Machine,
            left: Sequence[Row]) -> Iterator[tuple[Row, list[Cells]]]:
    """The rows of the planes one after the other."""
    for labels, some in groupby(left, key=lambda row: row[0]):
        directions = ego(labels[0]), ego(labels[1])
        for i, cells in rows(net.module, directions, sample, wide, here, [i for _, i in some]):
            yield (labels, i), cells


def on_a_cluster(net: Trained, ego: Callable[[int], Gradient], sample: Images, wide: Plane, here: Machine,
                 left: Sequence[Row]) -> Iterator[tuple[Row, list[Cells]]]:
    """The rows of the planes as a cluster's workers finish them."""
    shared = {"net": net.module.cpu(), "images": sample.to("cpu")} | {
        f"ego {label}": {name: tensor.cpu() for name, tensor in ego(label).items()}
        for label in {label for labels, _ in left for label in labels}}
    tasks = [{"net": "net", "first": f"ego {labels[0]}", "second": f"ego {labels[1]}", "images": "images"}
             for labels, _ in left]
    alone_here = [{"wide": wide, "device": here.device.type, "precision": here.precision, "i": i} for _, i in left]
    for number, cells in cluster.each(alone, shared, tasks, alone_here):
        yield left[number], cells


def row_frame(labels: Pair, i: int, wide: Plane, row: list[Cells]) -> pd.DataFrame:
    """The table's rows of one row of the grid."""
    counts, losses = map(np.stack, zip(*row, strict=True))  # (points, C, C)
    thetas = wide.thetas
    return pd.DataFrame(confusion.columns(counts, losses, class_1=labels[0], class_2=labels[1], i=i,
                                          j=np.arange(len(thetas)), theta_1=thetas[i], theta_2=thetas))


if __name__ == "__main__":
    run(main)
