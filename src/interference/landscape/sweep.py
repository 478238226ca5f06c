"""Sweeps: the confusion counts and losses of a net at all points of interference planes.

The loss of an image is its cross-entropy in nats (`learning.losses.losses`), without label
smoothing. `prediction.predict` computes it in eval mode, or with recalibrated batch norm.

Planes with `sweep.grid.decide` are swept in two passes. The first decides each point: flat, or not.
The second goes on at the points next to the outline of the flat points. Its rows are the rows of
the first pass with more images at these points.

An edge that is not given is found before the first row, by decided points along the axes
(`edge_search`). They are decided on images in an order of their own. So the edge does not depend on
the order of the planes' images, and the statement of `flat_test` holds for every plane.
"""

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from interference import confusion, params, seeds
from interference.classes import EGOS
from interference.confusion.flat_test import (
    ABOVE,
    BELOW,
    FlatTest,
    flat_test,
    near_outline,
    sides,
)
from interference.errors import BadInput
from interference.io import files, tables, weights
from interference.io.resumable import Unfinished
from interference.io.stopwatch import clock
from interference.landscape import adaptive_sampling, edge_search
from interference.landscape.adaptive_sampling import Cells, Evaluate
from interference.landscape.class_gradients import Gradient, gram, norm
from interference.landscape.edge_search import Reach, Search
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
from interference.vocabulary import AUTO

Pair = tuple[int, int]  # label numbers, theta_1's class first
Place = tuple[Pair, bool]  # a plane, or its zoom
Row = tuple[Place, int]  # a plane or a zoom, and i


@dataclass(frozen=True)
class Plane:
    """The points of an interference plane and how the net is evaluated at each.

    Attributes:
        grid: The points, the images, the batch norm and the tolerance.
        edge: The largest theta, on both axes; nan before it is found.
        data: How the images are normalised; None for images as the net sees them.
        classes: The number of classes.
        reference: The counts and summed losses of all images at w*, which decided points are
            compared with; None before they are evaluated, and without `grid.decide`.
    """

    grid: Grid
    edge: float
    data: Data | None
    classes: int
    reference: Cells | None = None

    @property
    def thetas(self) -> np.ndarray:
        """The values of theta_1 and of theta_2, (points,)."""
        return axis(self.grid.points, self.edge)

    @property
    def centre(self) -> int:
        """The position of w* on both axes."""
        return self.grid.points // 2

    @cached_property
    def test(self) -> FlatTest | None:
        """The test that decides the points; None without a reference."""
        if self.reference is None:
            return None
        counts, _ = self.reference
        errors = int(counts.sum() - counts.trace())
        images = int(counts.sum())
        return flat_test(errors, images, self.grid.decide, self.grid.points**2)

    def prepare(self, device: torch.device) -> Prepare:
        """A function that makes new inputs of the net from images on a device.

        The inputs are never the images themselves, since a net may change its input in place.
        """
        return normalisation(self.data, device) if self.data else torch.clone


@dataclass(frozen=True)
class FirstPass:
    """A row of a plane after the first pass.

    Attributes:
        cells: The counts and summed losses of its points.
        near_outline: The columns of the points that the second pass goes on with.
    """

    cells: list[Cells]
    near_outline: list[int]


# The rows to sweep; each with its first pass if it is swept for the second time.
Tasks = Mapping[Row, FirstPass | None]


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
        search: The search for an edge or for zooms; None if no edge has to be found.
        reaches: How far each plane is flat along its axes, as the search has found it.
        zooms: The edge of the zoom of each plane that has one.
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
    search: Search | None = None
    reaches: Mapping[Pair, list[Reach]] = field(default_factory=dict)
    zooms: Mapping[Pair, float] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """A title of the sweep: run, pair and scale."""
        return f"{self.net.name} {self.pair} {self.scale}"

    @property
    def planned(self) -> list[Row]:
        """All rows of all planes, each followed by its zoom, in the order of the table."""
        planned: list[Row] = []
        for labels in self.pairs:
            numbers = rows_of(labels, self.plane.grid)
            for is_zoom in (False, True) if labels in self.zooms else (False,):
                planned += [((labels, is_zoom), i) for i in numbers]
        return planned

    def plane_at(self, place: Place) -> Plane:
        """The points of a plane, or of its zoom."""
        labels, is_zoom = place
        return replace(self.plane, edge=self.zooms[labels]) if is_zoom else self.plane

    @property
    def passes(self) -> int:
        """How often each row is swept: twice if its points are decided first."""
        return 2 if self.plane.grid.decide else 1

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
        facts = {**self.plane_facts, "pairs": self.pairs, **self.machine.made_by()}
        if self.search:
            edge = AUTO if self.search.finds_edge else self.plane.edge
            facts |= {"edge": edge, "margin": self.search.decide}
        return facts

    def metadata(self) -> dict[str, Any]:
        """The metadata of the table, with the dot products of each plane's two directions."""
        grams = {}
        for labels in self.pairs:
            directions = [self.direction(label) for label in labels]
            grams[self.net.classes.joined(labels)] = gram(directions).tolist()
        images = tables.images_metadata(self.inputs["images"])
        facts = {**self.net.meta(self.machine), **images, **self.plane_facts, "grams": grams}
        if self.plane.test is not None:
            facts["flat_test"] = asdict(self.plane.test)
        if self.search:
            named = self.net.classes.joined
            facts |= {
                "found_edge": self.search.finds_edge,
                "reaches": {named(labels): ends(own) for labels, own in self.reaches.items()},
                "zooms": {named(labels): edge for labels, edge in self.zooms.items()},
            }
        return facts

    def direction(self, label: int) -> Gradient:
        """The direction of a class, read from the file of class gradients."""
        return file_direction(self.egos_file, self.net, self.scale, label)


def ends(reaches: Sequence[Reach]) -> list[list[float | None]]:
    """Reaches as JSON values, with None for a side of an axis that is flat without an end."""
    return [[end if end < math.inf else None for end in reach] for reach in reaches]


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
    if pair == EGOS:  # a line has no flat area; its readers need the rate of every class
        plane = replace(plane, grid=replace(plane.grid, decide=0.0, zoom=False))
    images = sample_images(image_table, plane.grid).to(machine.device)
    pairs = chosen_pairs(pair, net, image_table, machine)
    inputs = {"net": net_file, "egos": egos_file, "images": image_table}
    search = search_of(settings, plane)
    return Sweep(
        net, egos_file, pair, scale, pairs, plane, images, inputs, machine, on_cluster, search
    )


def plane_of(settings: Params, scale: str, net: Trained) -> Plane:
    """The plane of a net at a scale, as the parameters define it."""
    edge = params.edge(settings, scale, net.name)
    number = math.nan if edge == AUTO else edge
    return Plane(settings.sweep.grid, number, net.data, len(net.classes))


def search_of(settings: Params, plane: Plane) -> Search | None:
    """The search along the axes of planes; None if their edge is given and they have no zoom."""
    finds_edge = math.isnan(plane.edge)
    if not (finds_edge or plane.grid.zoom):
        return None
    return Search(settings.sweep.grid.decide, finds_edge, plane.grid.zoom)


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
    """The images that each point is evaluated on, on the CPU, in the order of `ordered`."""
    all_images = load_images(image_table, grid.split)
    images = sample(all_images, grid.images, seeds.generator("plane", grid.images))
    return ordered(images, grid)


def ordered(images: Images, grid: Grid) -> Images:
    """Put images into the order in which points are evaluated on them.

    With a tolerance it is stratified and random, so that a point may stop early. For decided points
    it is simply random: only then is a sequential test exact.

    Args:
        images: The images.
        grid: The tolerance, and whether points are decided.

    Returns:
        The images; in the order given if each point is evaluated on all of them.
    """
    if grid.decide:
        order = random_order(len(images))
    elif grid.tolerance:
        labels = images.labels.cpu()
        order = adaptive_sampling.stratified_order(labels, seeds.generator("order"))
    else:
        return images
    return images.take(order.to(images.labels.device))


def random_order(images: int) -> Tensor:
    """A uniformly random order of images for decided points, (n,) int64, always the same."""
    return torch.randperm(images, generator=seeds.generator("random order", images))


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


def with_edges(
    sweep: Sweep, folder: Path, report: Callable[[str], None] = lambda line: None
) -> Sweep:
    """Find the edge of the planes, and of their zooms.

    All planes of a table have one edge, so that their maps and fractions can be compared. It is
    the largest edge that one of them needs. The search runs on this machine, also before a sweep on
    a cluster.

    Args:
        sweep: The planes.
        folder: The folder of unfinished work. It keeps the result, so that edges are found once.
        report: A function that receives a line about each plane.

    Returns:
        The sweep with its edge, reaches and zooms; the same sweep if nothing has to be found.

    Raises:
        BadInput: The edge has to be found, and along an axis no point is flat, or all are.
    """
    if sweep.search is None:
        return sweep
    file = folder / "edges.json"
    found = _read_edges(file)
    if found is None:
        found = _find_edges(sweep, sweep.search, report)
        edge, zooms, reaches = found
        lists = {"zooms": [*zooms.items()], "reaches": [*reaches.items()]}
        files.write_text(file, json.dumps({"edge": edge, **lists}))
    edge, zooms, reaches = found
    plane = replace(sweep.plane, edge=edge)
    return replace(sweep, plane=plane, zooms=zooms, reaches=reaches)


Edges = tuple[float, dict[Pair, float], dict[Pair, list[Reach]]]  # the edge, zooms and reaches


def _read_edges(file: Path) -> Edges | None:
    """The edges that an interrupted sweep has found; None without them."""
    try:
        content = json.loads(file.read_bytes())
        zooms = {(first, second): edge for (first, second), edge in content["zooms"]}
        reaches = {
            (first, second): [(below, above) for below, above in axes]
            for (first, second), axes in content["reaches"]
        }
        return float(content["edge"]), zooms, reaches
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _find_edges(sweep: Sweep, search: Search, report: Callable[[str], None]) -> Edges:
    """The edge of the planes, the edges of their zooms, and how far the planes are flat."""
    reaches: dict[Pair, list[Reach]] = {}
    fitted: dict[Pair, float] = {}
    images = search_images(sweep.images)
    for labels in sweep.pairs:
        first, second = labels
        name = f"{sweep.net.name} {sweep.net.classes.joined(labels)} {sweep.scale}"
        directions = (sweep.direction(first), sweep.direction(second))
        axes = (1,) if first == second else (0, 1)
        reaches[labels], fitted[labels] = fit_edge(
            sweep.net.module, directions, images, sweep.plane, sweep.machine, search, name, axes
        )
        ends = ", ".join(f"{-below:.3g} to {above:.3g}" for below, above in reaches[labels])
        report(f"{name}: flat along the axes: {ends}; fitting edge {fitted[labels]:g}")
    edge = max(fitted.values()) if search.finds_edge else sweep.plane.edge
    zooms = {}
    for labels, own_edge in fitted.items():
        if search.zooms and edge_search.is_coarse(edge, own_edge):
            zooms[labels] = own_edge
    return edge, zooms, reaches


def search_images(images: Images) -> Images:
    """The images on which edges are found: a random sample in an order of its own."""
    order = torch.randperm(len(images), generator=seeds.generator("edge search", len(images)))
    return images.take(order[: edge_search.SAMPLE].to(images.labels.device))


def fit_edge(
    net: nn.Module,
    directions: tuple[Gradient, Gradient],
    images: Images,
    plane: Plane,
    machine: Machine,
    search: Search,
    title: str,
    axes: Sequence[int] = (0, 1),
) -> tuple[list[Reach], float]:
    """Find the edge that fits the flat part of a plane.

    Args:
        net: The net. Its weights are moved, and restored at the end.
        directions: The directions of theta_1 and theta_2, by parameter name.
        images: A result of `search_images`.
        plane: The plane; its edge and its reference do not matter.
        machine: The device and precision.
        search: How flat a point has to be, and whether an edge has to be found.
        title: The plane, for the error.
        axes: The numbers of the axes to search; only the second one, 1, for a line.

    Returns:
        How far the plane is flat along each axis, and the edge; 0 if no point along one of the axes
        is flat.

    Raises:
        BadInput: The edge has to be found, and along an axis no point is flat, or all are.
    """
    weights_norm = norm(dict(net.named_parameters()))
    units = [weights_norm / norm(directions[axis]) for axis in axes]
    with _flat_points(net, directions, images, plane, machine, search) as is_flat:
        reaches = [
            _reach_along(is_flat, axis, unit) for axis, unit in zip(axes, units, strict=True)
        ]
    if search.finds_edge:
        edge_search.check_ends(title, reaches)
    fitted = edge_search.fitted_edge(reaches, plane.grid.points, plane.grid.flat_cells)
    return reaches, fitted


IsFlat = Callable[[float, float], bool]  # of theta_1 and theta_2


@contextmanager
def _flat_points(
    net: nn.Module,
    directions: tuple[Gradient, Gradient],
    images: Images,
    plane: Plane,
    machine: Machine,
    search: Search,
) -> Iterator[IsFlat]:
    """A function from theta_1 and theta_2 to whether that point is flat, on some images."""
    counts, _ = cells_at_w_star(net, images, plane, machine)
    errors = int(counts.sum() - counts.trace())
    test = flat_test(errors, len(images), search.decide, edge_search.POINTS)
    eval_net = FusedNet(net, machine)
    evaluate = _evaluation(eval_net, images, plane, machine)
    with walking(net, *directions) as move:

        def is_flat(theta_1: float, theta_2: float) -> bool:
            move(theta_1, theta_2)
            with _statistics(net, images, plane, machine):
                eval_net.refresh()
                counts, _ = adaptive_sampling.decided_cells(evaluate, test)
            return int(sides(test, counts)) == BELOW

        yield is_flat


def _reach_along(is_flat: IsFlat, axis: int, unit: float) -> Reach:
    """How far a plane is flat along an axis, below w* and above it."""

    def is_flat_at(theta: float) -> bool:
        return is_flat(theta, 0.0) if axis == 0 else is_flat(0.0, theta)

    below = edge_search.find_reach(lambda step: is_flat_at(-step), unit)
    above = edge_search.find_reach(is_flat_at, unit)
    return below, above


def with_reference(sweep: Sweep, folder: Path) -> Sweep:
    """Evaluate w* on all images if the points are decided: they are compared with its error rate.

    Args:
        sweep: The planes.
        folder: The folder of unfinished work. It keeps the result, so that w* is evaluated once.

    Returns:
        The sweep, whose plane has its reference; the same sweep if no points are decided.
    """
    if not sweep.plane.grid.decide:
        return sweep
    file = folder / "reference.json"
    reference = _read_reference(file)
    if reference is None:
        reference = cells_at_w_star(sweep.net.module, sweep.images, sweep.plane, sweep.machine)
        counts, loss_sum = reference
        content = {"counts": counts.tolist(), "loss_sum": loss_sum.tolist()}
        files.write_text(file, json.dumps(content))
    return replace(sweep, plane=replace(sweep.plane, reference=reference))


def _read_reference(file: Path) -> Cells | None:
    """The counts and summed losses that an interrupted sweep has written; None without them."""
    try:
        content = json.loads(file.read_bytes())
        return np.array(content["counts"], np.int64), np.array(content["loss_sum"], np.float64)
    except (OSError, ValueError, KeyError):
        return None


def sweep_table(
    sweep: Sweep,
    metadata: Mapping[str, Any],
    unfinished: Unfinished,
    tick: Callable[[int], None] = lambda rows: None,
    report: Callable[[str], None] = lambda line: None,
) -> pd.DataFrame:
    """Sweep all planes. An interrupted sweep continues with its unfinished rows.

    Args:
        sweep: The planes; if their points are decided, a result of `with_reference`.
        metadata: The metadata of the table.
        unfinished: The folder of finished rows.
        tick: A function that receives the number of newly finished rows; with decided points each
            row counts twice.
        report: A function that receives a line about each row.

    Returns:
        The rows of the `surfaces` table.
    """
    tasks: Tasks = dict.fromkeys(sweep.planned)
    frames = _swept_frames(sweep, tasks, "row", metadata, unfinished, tick, report)
    test = sweep.plane.test
    if test is not None:
        second_tasks = _second_tasks(frames, sweep.plane, test)
        tick(len(frames) - len(second_tasks))
        frames |= _swept_frames(
            sweep, second_tasks, "outline row", metadata, unfinished, tick, report
        )
    return pd.concat(frames.values())


def _swept_frames(
    sweep: Sweep,
    tasks: Tasks,
    kind: str,
    metadata: Mapping[str, Any],
    unfinished: Unfinished,
    tick: Callable[[int], None],
    report: Callable[[str], None],
) -> dict[Row, pd.DataFrame]:
    """The parts of the table for rows, in their order; finished rows are read, others are swept.

    `kind` is the name of such a row in the report.
    """
    files = {
        row: unfinished.folder / _row_file(row, first_pass) for row, first_pass in tasks.items()
    }
    finished = {row: _read_row(file, report) for row, file in files.items()}
    left = {row: tasks[row] for row, frame in finished.items() if frame is None}
    done = len(files) - len(left)
    tick(done)
    started = time.monotonic()
    sweep_rows = sweep_on_cluster if sweep.on_cluster else sweep_locally
    for number, ((place, i), cells) in enumerate(sweep_rows(sweep, left), 1):
        frame = row_frame(place, i, sweep.plane_at(place), cells)
        tables.write(files[place, i], "surfaces", frame, metadata)
        finished[place, i] = frame
        unfinished.keep_time()
        tick(1)
        seconds = (time.monotonic() - started) / number * (len(left) - number)
        report(f"{sweep.title}: {kind} {done + number}/{len(files)}, {clock(seconds)} left")
    return {row: frame for row, frame in finished.items() if frame is not None}


def _row_file(row: Row, first_pass: FirstPass | None) -> str:
    """The name of the file of a finished row."""
    ((first, second), is_zoom), i = row
    name = f"{first}-{second}-{i}"
    if is_zoom:
        name = f"zoom-{name}"
    return f"{name}.parquet" if first_pass is None else f"{name}-outline.parquet"


def _second_tasks(
    frames: Mapping[Row, pd.DataFrame], plane: Plane, test: FlatTest
) -> dict[Row, FirstPass]:
    """The rows that the second pass goes on with, made of the table's parts from the first."""
    tasks: dict[Row, FirstPass] = {}
    for place, group in groupby(frames, key=lambda row: row[0]):
        numbers = [i for _, i in group]
        cells = {i: _cells_of(frames[place, i], plane.classes) for i in numbers}
        for i, first_pass in first_passes(cells, test).items():
            tasks[place, i] = first_pass
    return tasks


def _cells_of(frame: pd.DataFrame, classes: int) -> list[Cells]:
    """The counts and summed losses of a row's points, from its part of the table."""
    counts = confusion.from_frame(frame, classes, "j", value="count")  # (points, C, C)
    loss_sums = confusion.from_frame(frame, classes, "j", value="loss_sum")
    return list(zip(counts, loss_sums, strict=True))


def first_passes(rows: Mapping[int, list[Cells]], test: FlatTest) -> dict[int, FirstPass]:
    """Find the points that the second pass goes on with (see `flat_test.near_outline`).

    Args:
        rows: The cells of all rows of a plane, by i in ascending order.
        test: The test that decided their points.

    Returns:
        The rows with such points, by i.
    """
    counts = np.array([[counts for counts, _ in cells] for cells in rows.values()])
    is_near = near_outline(sides(test, counts) == ABOVE)
    passes = {}
    for number, (i, cells) in enumerate(rows.items()):
        columns = np.flatnonzero(is_near[number]).tolist()
        if columns:
            passes[i] = FirstPass(cells, columns)
    return passes


def _read_row(file: Path, report: Callable[[str], None]) -> pd.DataFrame | None:
    """A row that an interrupted sweep finished; None if there is none, or its file is damaged."""
    if not file.exists():
        return None
    try:
        return tables.read(file, "surfaces").frame
    except BadInput as error:
        report(f"a finished row is swept again; {error}")
        return None


def sweep_locally(sweep: Sweep, left: Tasks) -> Iterator[tuple[Row, list[Cells]]]:
    """Sweep rows on this machine, one after the other.

    Args:
        sweep: The planes.
        left: The rows to sweep, those of a plane together.

    Yields:
        Each row and the cells of its points.
    """
    for place, group in groupby(left, key=lambda row: row[0]):
        (first, second), _ = place
        directions = (sweep.direction(first), sweep.direction(second))
        tasks = {i: left[place, i] for _, i in group}
        plane = sweep.plane_at(place)
        finished = rows(sweep.net.module, directions, sweep.images, plane, sweep.machine, tasks)
        for i, cells in finished:
            yield (place, i), cells


def sweep_on_cluster(sweep: Sweep, left: Tasks) -> Iterator[tuple[Row, list[Cells]]]:
    """Sweep rows on the workers of a Ray cluster.

    Args:
        sweep: The planes.
        left: The rows to sweep.

    Yields:
        Each row and the cells of its points, in the order in which they are finished.
    """
    shared: dict[str, Any] = {"net": sweep.net.module.cpu(), "images": sweep.images.to("cpu")}
    swept_labels: set[int] = set()
    for (labels, _), _ in left:
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
        for (labels, _), _ in left
    ]
    machine = sweep.machine
    own = [
        {
            "plane": sweep.plane_at(place),
            "device": machine.device.type,
            "precision": machine.precision,
            "i": i,
            "first_pass": first_pass,
        }
        for (place, i), first_pass in left.items()
    ]
    swept_rows = list(left)
    for number, cells in ray_cluster.run_tasks(row_on_a_worker, shared, tasks, own):
        yield swept_rows[number], cells


def row_on_a_worker(
    net: nn.Module,
    first: Gradient,
    second: Gradient,
    images: Images,
    plane: Plane,
    device: str,
    precision: str,
    i: int,
    first_pass: FirstPass | None = None,
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
        first_pass: The row's first pass, if this is its second.

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
    tasks = {i: first_pass}
    finished = rows(net, directions, images.to(machine.device), plane, machine, tasks)
    _, cells = next(finished)
    return cells


def row_frame(place: Place, i: int, plane: Plane, cells: list[Cells]) -> pd.DataFrame:
    """The part of the `surfaces` table for one row of a plane's points.

    Args:
        place: The label numbers of the plane, and whether it is a zoom.
        i: The row, along theta_1.
        plane: The points of the plane.
        cells: Counts and summed losses (C, C) at every j.

    Returns:
        One table row for every point, true class and predicted class. Of a plane that may have a
        zoom, the column `zoom` is 0 for the plane itself and 1 for its zoom.
    """
    labels, is_zoom = place
    zoom = {"zoom": int(is_zoom)} if plane.grid.zoom else {}
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
        **zoom,
    )
    return pd.DataFrame(columns)


def rows(
    net: nn.Module,
    directions: tuple[Gradient, Gradient],
    images: Images,
    plane: Plane,
    machine: Machine,
    numbers: Iterable[int] | Mapping[int, FirstPass | None],
) -> Iterator[tuple[int, list[Cells]]]:
    """Sweep rows of the plane that two directions span.

    Args:
        net: The net. Its weights are moved, and restored at the end.
        directions: The directions of theta_1 and theta_2, by parameter name.
        images: The images that each point is evaluated on, on the machine's device. With a
            tolerance a point may stop before the last image, so that they must be in stratified
            random order (`adaptive_sampling.stratified_order`); for decided points they must be in
            simply random order (`random_order`).
        plane: The points of the plane; its `reference` is needed if they are decided.
        machine: The device and precision.
        numbers: The rows to sweep: values of i, along theta_1. A mapping may give a row's first
            pass; the points of that row next to the outline are then evaluated on more images.

    Yields:
        Each i, and the cells at all j of that row, along theta_2.
    """
    tasks = numbers if isinstance(numbers, Mapping) else dict.fromkeys(numbers)
    with _evaluations(net, directions, images, plane, machine) as at_point:
        for i, first_pass in tasks.items():
            if first_pass is None:
                yield i, _first_row(at_point, plane, i, len(images))
            else:
                yield i, _estimated_row(at_point, plane, i, first_pass)


def plane_cells(
    net: nn.Module,
    directions: tuple[Gradient, Gradient],
    images: Images,
    plane: Plane,
    machine: Machine,
) -> Cells:
    """Sweep a whole plane, in two passes if its points are decided.

    Args:
        net: The net. Its weights are moved, and restored at the end.
        directions: The directions of theta_1 and theta_2, by parameter name.
        images: As in `rows`.
        plane: As in `rows`.
        machine: The device and precision.

    Returns:
        Counts int64 and summed losses float64 of all points, (points, points, C, C) each.
    """
    numbers = range(plane.grid.points)
    by_row = dict(rows(net, directions, images, plane, machine, numbers))
    if plane.test is not None:
        tasks = first_passes(by_row, plane.test)
        by_row |= dict(rows(net, directions, images, plane, machine, tasks))
    counts = np.array([[counts for counts, _ in by_row[i]] for i in numbers])
    loss_sums = np.array([[loss_sum for _, loss_sum in by_row[i]] for i in numbers])
    return counts, loss_sums


def cells_at_w_star(net: nn.Module, images: Images, plane: Plane, machine: Machine) -> Cells:
    """The counts and summed losses of all images at w*, the reference of decided points.

    Args:
        net: The net.
        images: The images, on the machine's device.
        plane: The points of the plane; only its images and batch norm matter.
        machine: The device and precision.

    Returns:
        Counts and summed losses, (C, C) each.
    """
    with _statistics(net, images, plane, machine):
        evaluate = _evaluation(FusedNet(net, machine), images, plane, machine)
        return evaluate(0, len(images))


AtPoint = Callable[[int, int], AbstractContextManager[Evaluate]]


@contextmanager
def _evaluations(
    net: nn.Module,
    directions: tuple[Gradient, Gradient],
    images: Images,
    plane: Plane,
    machine: Machine,
) -> Iterator[AtPoint]:
    """A function from i and j to a context, in which the net is evaluated at that point."""
    eval_net = FusedNet(net, machine)
    evaluate = _evaluation(eval_net, images, plane, machine)
    thetas = plane.thetas
    with walking(net, *directions) as move:

        @contextmanager
        def at_point(i: int, j: int) -> Iterator[Evaluate]:
            move(float(thetas[i]), float(thetas[j]))
            with _statistics(net, images, plane, machine):
                eval_net.refresh()
                yield evaluate

        yield at_point


def _evaluation(net: nn.Module, images: Images, plane: Plane, machine: Machine) -> Evaluate:
    """A function from the positions of images to a net's counts and summed losses."""
    prepare = plane.prepare(machine.device)

    def evaluate(first: int, last: int) -> Cells:
        part = Images(images.pixels[first:last], images.labels[first:last])
        predictions = predict(net, part, prepare, machine)
        return predictions.cells(plane.classes)

    return evaluate


def _statistics(
    net: nn.Module, images: Images, plane: Plane, machine: Machine
) -> AbstractContextManager[object]:
    """A context in which a net has the batch-norm statistics of its point."""
    if plane.grid.batch_norm == "frozen":
        return nullcontext()
    prepare = plane.prepare(machine.device)
    batches = map(prepare, torch.split(images.pixels, machine.batch))
    return recalibrated(net, batches, machine)


def _first_row(at_point: AtPoint, plane: Plane, i: int, images: int) -> list[Cells]:
    """The cells of a row after the first pass, which is the only one unless points are decided."""
    grid = plane.grid
    row: list[Cells] = []
    for j in range(grid.points):
        if plane.reference is not None and i == j == plane.centre:
            row.append(plane.reference)
            continue
        with at_point(i, j) as evaluate:
            if plane.test is not None:
                cells = adaptive_sampling.decided_cells(evaluate, plane.test)
            elif grid.tolerance:
                points = grid.points**2
                cells = adaptive_sampling.sampled_cells(evaluate, images, points, grid.tolerance)
            else:
                cells = evaluate(0, images)
            row.append(cells)
    return row


def _estimated_row(at_point: AtPoint, plane: Plane, i: int, first_pass: FirstPass) -> list[Cells]:
    """The cells of a row after the second pass, which goes on at the points next to the outline."""
    test = plane.test
    assert test is not None
    row = list(first_pass.cells)
    for j in first_pass.near_outline:
        with at_point(i, j) as evaluate:
            row[j] = adaptive_sampling.estimated_cells(evaluate, test, row[j], plane.grid.tolerance)
    return row
