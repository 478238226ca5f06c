"""Sweeps: the confusion counts and losses of a net at all points of interference planes.

The loss of an image is its cross-entropy in nats (`learning.losses.losses`), without label
smoothing. `prediction.predict` computes it in eval mode, or with recalibrated batch norm.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from interference import confusion, params, seeds
from interference.classes import EGOS
from interference.errors import BadInput
from interference.io import tables, weights
from interference.io.resumable import Unfinished
from interference.io.stopwatch import clock
from interference.landscape import adaptive_sampling
from interference.landscape.class_gradients import Gradient, gram
from interference.landscape.plane import axis, direction, gaussian, walking
from interference.landscape.recalibration import recalibrated
from interference.learning import trained_net
from interference.learning.images import Images, sample
from interference.learning.images import load as load_images
from interference.learning.prediction import Prepare, normalisation, predict
from interference.learning.trained_net import Trained
from interference.params import Data, Grid, Params
from interference.runtime import ray_cluster
from interference.runtime.device import Machine, select_machine
from interference.runtime.fused_net import FusedNet

Cells = tuple[np.ndarray, np.ndarray]  # counts and summed losses, (C, C) each
Pair = tuple[int, int]  # label numbers, theta_1's class first
Row = tuple[Pair, int]  # a plane and i


@dataclass(frozen=True)
class Plane:
    """The points of an interference plane and how the net is evaluated at each.

    Attributes:
        grid: The points, the images, the batch norm and the tolerance.
        edge: The largest theta, on both axes.
        data: How the images are normalised; None for images as the net sees them.
        classes: The number of classes.
    """

    grid: Grid
    edge: float
    data: Data | None
    classes: int

    @property
    def thetas(self) -> np.ndarray:
        """The values of theta_1 and of theta_2, (points,)."""
        return axis(self.grid.points, self.edge)

    def prepare(self, device: torch.device) -> Prepare:
        """A function that makes new inputs of the net from images on a device.

        The inputs are never the images themselves, since a net may change its input in place.
        """
        return normalisation(self.data, device) if self.data else torch.clone


@dataclass(frozen=True)
class Sweep:
    """One or several planes of a net at one scale, ready to be swept.

    Attributes:
        net: The trained net, on the machine's device.
        egos_file: The file of its class gradients.
        pair: The notation of the pairs, such as `cat-dog` or `top-3`.
        scale: The scale of the directions.
        pairs: The label numbers of each plane.
        plane: The points of each plane.
        images: The images that each point is evaluated on, on the machine's device.
        inputs: The input files.
        machine: The device and precision.
        on_cluster: Whether the workers of a Ray cluster compute the rows.
    """

    net: Trained
    egos_file: Path
    pair: str
    scale: str
    pairs: list[Pair]
    plane: Plane
    images: Images
    inputs: Mapping[str, Path]
    machine: Machine
    on_cluster: bool

    @property
    def title(self) -> str:
        """A title of the sweep: run, pair and scale."""
        return f"{self.net.name} {self.pair} {self.scale}"

    @property
    def planned(self) -> list[Row]:
        """All rows of all planes, in the order of the table."""
        planned: list[Row] = []
        for labels in self.pairs:
            planned += [(labels, i) for i in rows_of(labels, self.plane.grid)]
        return planned

    @property
    def plane_facts(self) -> dict[str, Any]:
        """The part of the table's metadata that describes the planes."""
        return {
            **asdict(self.plane.grid),
            "edge": self.plane.edge,
            "pair": self.net.classes.notation(self.pair),
            "scale": self.scale,
            "images": len(self.images),
            "images_per_class": self.plane.grid.images,
        }

    @property
    def work(self) -> dict[str, Any]:
        """Everything that changes the result of the sweep, except the input files."""
        return {**self.plane_facts, "pairs": self.pairs, **self.machine.made_by()}

    def metadata(self) -> dict[str, Any]:
        """The metadata of the table, with the dot products of each plane's two directions."""
        grams = {}
        for labels in self.pairs:
            directions = [self.direction(label) for label in labels]
            grams[self.net.classes.joined(labels)] = gram(directions).tolist()
        images = tables.images_metadata(self.inputs["images"])
        return {**self.net.meta(self.machine), **images, **self.plane_facts, "grams": grams}

    def direction(self, label: int) -> Gradient:
        """The direction of a class, read from the file of class gradients."""
        return file_direction(self.egos_file, self.net, self.scale, label)


def load(
    net_file: Path,
    egos_file: Path,
    image_table: Path,
    pair: str,
    scale: str,
    parameters: Path,
    machine: Machine,
    engine: str = "auto",
) -> Sweep:
    """Load the inputs of a sweep and check that they fit together.

    Args:
        net_file: The trained net.
        egos_file: Its class gradients.
        image_table: The image table.
        pair: Two classes (`cat-dog`), `all`, `top-K`, or `egos`.
        scale: The scale of the directions.
        parameters: The parameters' file.
        machine: The device and precision.
        engine: `local`, `ray`, or `auto`: Ray if RAY_ADDRESS names a cluster.

    Returns:
        The sweep, before its first point.

    Raises:
        BadInput: A file, a class, a pair, a scale or the engine is unknown or does not fit.
    """
    settings = params.load(parameters)
    on_cluster = ray_cluster.uses_ray(engine)
    net = trained_net.load(net_file, machine.device, tables.read_classes(image_table))
    plane = plane_of(settings, scale, net)
    images = sample_images(image_table, plane.grid).to(machine.device)
    pairs = chosen_pairs(pair, net, image_table, machine)
    inputs = {"net": net_file, "egos": egos_file, "images": image_table}
    return Sweep(net, egos_file, pair, scale, pairs, plane, images, inputs, machine, on_cluster)


def plane_of(settings: Params, scale: str, net: Trained) -> Plane:
    """The plane of a net at a scale, as the parameters define it."""
    edge = params.edge(settings, scale, net.name)
    return Plane(settings.sweep.grid, edge, net.data, len(net.classes))


def chosen_pairs(pair: str, net: Trained, image_table: Path, machine: Machine) -> list[Pair]:
    """The pairs of classes that a notation stands for, one for each plane.

    Args:
        pair: Two classes (`cat-dog`), `all`, `top-K` for the K pairs of the largest test CCTM, or
            `egos` for each class with itself.
        net: The trained net.
        image_table: The image table.
        machine: The device and precision of the test predictions.

    Returns:
        The label numbers of each plane, theta_1's class first.

    Raises:
        BadInput: The notation names no pairs of the net's classes.
    """
    if pair == EGOS:
        return [(label, label) for label in range(len(net.classes))]
    number = net.classes.top(pair)
    if number is None:
        return [net.classes.pair(pair)]
    test_images = load_images(image_table, "test", machine.device)
    prepare = normalisation(net.data, machine.device)
    predictions = predict(FusedNet(net.module, machine), test_images, prepare, machine)
    counts, _ = predictions.cells(len(net.classes))
    ranked = confusion.ranked_pairs(confusion.cctm(counts))
    return [(first, second) for first, second, _ in ranked[:number]]


def rows_of(labels: Pair, grid: Grid) -> range:
    """The rows of a plane, i along theta_1.

    The plane of a class with itself has only the middle row, theta_1 = 0.
    """
    if labels[0] != labels[1]:
        return range(grid.points)
    middle = grid.points // 2
    return range(middle, middle + 1)


def sample_images(image_table: Path, grid: Grid) -> Images:
    """The images that each point is evaluated on, on the CPU.

    With a tolerance they are in stratified random order, so that a point may stop early.
    """
    all_images = load_images(image_table, grid.split)
    images = sample(all_images, grid.images, seeds.generator("plane", grid.images))
    if not grid.tolerance:
        return images
    return images.take(adaptive_sampling.stratified_order(images.labels, seeds.generator("order")))


def class_direction(
    label: int,
    scale: str,
    parameters: Mapping[str, Tensor],
    seed: int,
    gradient: Callable[[], Gradient],
) -> Gradient:
    """The direction of a class at a scale.

    Args:
        label: The number of the class.
        scale: The scale. At `random` the direction is a Gaussian draw in place of the gradient.
        parameters: The net's parameters by name.
        seed: The seed of the draw, together with the label.
        gradient: A function that returns the class gradient, called if the scale needs it.

    Returns:
        The direction by parameter name, on the parameters' device.

    Raises:
        BadInput: The gradient or the direction has the norm 0, infinity or NaN.
    """
    if scale == "random":
        drawn = gaussian(parameters, seeds.generator("direction", seed, label))
        return direction(drawn, scale, parameters)
    return direction(gradient(), scale, parameters)


def file_direction(egos_file: Path, net: Trained, scale: str, label: int) -> Gradient:
    """The direction of a class at a scale, from a file of class gradients.

    Args:
        egos_file: The net's class gradients.
        net: The trained net.
        scale: The scale.
        label: The number of the class.

    Returns:
        The direction by parameter name, on the net's device.

    Raises:
        BadInput: The file is unreadable, holds NaN or does not fit the net, or the gradient has the
            norm 0.
    """
    parameters = dict(net.module.named_parameters())

    def gradient() -> Gradient:
        key = net.classes.keys[label]
        tensors, _ = weights.load(egos_file, f"{key}/")
        faults = weights.faults(
            tensors, dict(zip(net.file_names, parameters.values(), strict=True))
        )
        if faults:
            raise BadInput(f"{egos_file}: does not fit the net: {faults}")
        names = zip(parameters, net.file_names, strict=True)
        return {name: tensors[file_name].to(parameters[name].device) for name, file_name in names}

    return class_direction(label, scale, parameters, net.facts.seed, gradient)


def sweep_table(
    sweep: Sweep,
    metadata: Mapping[str, Any],
    unfinished: Unfinished,
    tick: Callable[[int], None] = lambda rows: None,
    report: Callable[[str], None] = lambda line: None,
) -> pd.DataFrame:
    """Sweep all planes. An interrupted sweep continues with its unfinished rows.

    Args:
        sweep: The planes.
        metadata: The metadata of the table.
        unfinished: The folder of finished rows.
        tick: A function that receives the number of newly finished rows.
        report: A function that receives a line about each row.

    Returns:
        The rows of the `surfaces` table.
    """
    files = {
        (labels, i): unfinished.folder / f"{labels[0]}-{labels[1]}-{i}.parquet"
        for labels, i in sweep.planned
    }
    finished = {row: _read_row(file, report) for row, file in files.items()}
    left = [row for row, frame in finished.items() if frame is None]
    done = len(files) - len(left)
    tick(done)
    started = time.monotonic()
    sweep_rows = sweep_on_cluster if sweep.on_cluster else sweep_locally
    for number, ((labels, i), cells) in enumerate(sweep_rows(sweep, left), 1):
        frame = row_frame(labels, i, sweep.plane, cells)
        tables.write(files[labels, i], "surfaces", frame, metadata)
        finished[labels, i] = frame
        unfinished.keep_time()
        tick(1)
        seconds = (time.monotonic() - started) / number * (len(left) - number)
        report(f"{sweep.title}: row {done + number}/{len(files)}, {clock(seconds)} left")
    return pd.concat(frame for frame in finished.values() if frame is not None)


def _read_row(file: Path, report: Callable[[str], None]) -> pd.DataFrame | None:
    """A row that an interrupted sweep finished; None if there is none, or its file is damaged."""
    if not file.exists():
        return None
    try:
        return tables.read(file, "surfaces").frame
    except BadInput as error:
        report(f"a finished row is swept again; {error}")
        return None


def sweep_locally(sweep: Sweep, left: Sequence[Row]) -> Iterator[tuple[Row, list[Cells]]]:
    """Sweep rows on this machine, one after the other.

    Args:
        sweep: The planes.
        left: The rows to sweep, those of a plane together.

    Yields:
        Each row and the cells of its points.
    """
    for labels, group in groupby(left, key=lambda row: row[0]):
        directions = (sweep.direction(labels[0]), sweep.direction(labels[1]))
        numbers = [i for _, i in group]
        net = sweep.net.module
        finished = rows(net, directions, sweep.images, sweep.plane, sweep.machine, numbers)
        for i, cells in finished:
            yield (labels, i), cells


def sweep_on_cluster(sweep: Sweep, left: Sequence[Row]) -> Iterator[tuple[Row, list[Cells]]]:
    """Sweep rows on the workers of a Ray cluster.

    Args:
        sweep: The planes.
        left: The rows to sweep.

    Yields:
        Each row and the cells of its points, in the order in which they are finished.
    """
    shared: dict[str, Any] = {"net": sweep.net.module.cpu(), "images": sweep.images.to("cpu")}
    swept_labels: set[int] = set()
    for labels, _ in left:
        swept_labels.update(labels)
    for label in swept_labels:
        ego = sweep.direction(label)
        shared[f"ego {label}"] = {name: tensor.cpu() for name, tensor in ego.items()}
    tasks = [
        {
            "net": "net",
            "first": f"ego {labels[0]}",
            "second": f"ego {labels[1]}",
            "images": "images",
        }
        for labels, _ in left
    ]
    machine = sweep.machine
    own = [
        {
            "plane": sweep.plane,
            "device": machine.device.type,
            "precision": machine.precision,
            "i": i,
        }
        for _, i in left
    ]
    for number, cells in ray_cluster.run_tasks(row_on_a_worker, shared, tasks, own):
        yield left[number], cells


def row_on_a_worker(
    net: nn.Module,
    first: Gradient,
    second: Gradient,
    images: Images,
    plane: Plane,
    device: str,
    precision: str,
    i: int,
) -> list[Cells]:
    """Sweep one row on a worker of a cluster, whose shared objects are read-only.

    Args:
        net: The net, on the CPU.
        first: The direction of theta_1, on the CPU.
        second: The direction of theta_2, on the CPU.
        images: The images of every point, on the CPU.
        plane: The points of the plane.
        device: The worker's device.
        precision: The precision of its matrix products.
        i: The row.

    Returns:
        The cells of the row's points.
    """
    machine = select_machine(device, precision)
    for tensor in (*net.parameters(), *net.buffers()):
        tensor.data = tensor.data.clone()
    net.to(machine.device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    first_direction = {name: tensor.to(machine.device) for name, tensor in first.items()}
    second_direction = {name: tensor.to(machine.device) for name, tensor in second.items()}
    directions = (first_direction, second_direction)
    finished = rows(net, directions, images.to(machine.device), plane, machine, [i])
    _, cells = next(finished)
    return cells


def row_frame(labels: Pair, i: int, plane: Plane, cells: list[Cells]) -> pd.DataFrame:
    """The part of the `surfaces` table for one row of a plane's points.

    Args:
        labels: The label numbers of the plane.
        i: The row, along theta_1.
        plane: The points of the plane.
        cells: Counts and summed losses (C, C) at every j.

    Returns:
        One table row for every point, true class and predicted class.
    """
    thetas = plane.thetas
    counts = np.stack([count for count, _ in cells])  # (points, C, C)
    loss_sums = np.stack([loss_sum for _, loss_sum in cells])
    columns = confusion.columns(
        counts,
        loss_sums,
        class_1=labels[0],
        class_2=labels[1],
        i=i,
        j=np.arange(len(thetas)),
        theta_1=thetas[i],
        theta_2=thetas,
    )
    return pd.DataFrame(columns)


def rows(
    net: nn.Module,
    directions: tuple[Gradient, Gradient],
    images: Images,
    plane: Plane,
    machine: Machine,
    numbers: Iterable[int],
) -> Iterator[tuple[int, list[Cells]]]:
    """Sweep rows of the plane that two directions span.

    Args:
        net: The net. Its weights are moved, and restored at the end.
        directions: The directions of theta_1 and theta_2, by parameter name.
        images: The images that each point is evaluated on, on the machine's device. With a
            tolerance a point may stop before the last image, so that they must be in stratified
            random order (`adaptive_sampling.stratified_order`).
        plane: The points of the plane.
        machine: The device and precision.
        numbers: The rows to sweep: values of i, along theta_1.

    Yields:
        Each i, and the cells at all j of that row, along theta_2.
    """
    eval_net = FusedNet(net, machine)
    prepare = plane.prepare(machine.device)
    grid = plane.grid
    thetas = plane.thetas

    def evaluate(first: int, last: int) -> Cells:
        part = Images(images.pixels[first:last], images.labels[first:last])
        predictions = predict(eval_net, part, prepare, machine)
        return predictions.cells(plane.classes)

    def statistics() -> AbstractContextManager[object]:
        if grid.batch_norm == "frozen":
            return nullcontext()
        batches = map(prepare, torch.split(images.pixels, machine.batch))
        return recalibrated(net, batches, machine)

    def cells() -> Cells:
        with statistics():
            eval_net.refresh()
            if grid.tolerance == 0:
                return evaluate(0, len(images))
            points = grid.points**2
            return adaptive_sampling.sampled_cells(evaluate, len(images), points, grid.tolerance)

    with walking(net, *directions) as move:
        for i in numbers:
            row = []
            for theta in thetas:
                move(float(thetas[i]), float(theta))
                row.append(cells())
            yield i, row
