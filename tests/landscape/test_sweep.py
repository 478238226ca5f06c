"""A claim a test: whole surfaces against plain float64 nets built from scratch, point by point."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from interference import confusion
from interference.classes import Classes
from interference.confusion.flat_test import ABOVE, BELOW
from interference.landscape import adaptive_sampling, edge_search, sweep
from interference.landscape.class_gradients import Gradient, mean_gradient
from interference.landscape.edge_search import Search
from interference.landscape.sweep import (
    Plane,
    cells_at_w_star,
    first_passes,
    random_order,
    rows,
)
from interference.learning.images import Images, normalise
from interference.params import Data, Grid
from interference.runtime.device import Machine
from tests.toy_nets import NETS

CPU = Machine(torch.device("cpu"), "float32")
DATA = Data(name="digits", mean=(0.5, 0.4), std=(0.25, 0.3), crop=0, flip=False)


def images(n: int = 60) -> Images:
    """Random 2 x 5 x 4 images of 3 classes, none as large as another."""
    generator = torch.Generator().manual_seed(5)
    labels = torch.tensor([0, 0, 0, 1, 1, 2]).repeat(n // 6)
    return Images(torch.randint(256, (n, 2, 5, 4), dtype=torch.uint8, generator=generator), labels)


def inputs() -> torch.Tensor:
    return normalise(images().pixels, DATA.mean, DATA.std).double()


def directions(net: nn.Module) -> tuple[Gradient, Gradient]:
    """The class gradients of 0 and 2, in the net's precision."""
    double, labels = copy.deepcopy(net).double(), images().labels
    own = [mean_gradient(double, [(inputs()[labels == c], labels[labels == c])]) for c in (0, 2)]
    first, second = ({name: tensor.float() for name, tensor in one.items()} for one in own)
    return first, second


def wide(**grid: object) -> Plane:
    return Plane(Grid(**{"points": 5, "split": "train", "images": "all"} | grid), 2.0, DATA, 3)


def reference(
    net: nn.Module, theta_1: float, theta_2: float, recalibrate: bool = False
) -> torch.Tensor:
    """The logits of a float64 interference model that is made from nothing but the definition."""
    first, second = directions(net)
    fresh = copy.deepcopy(net).double()
    fresh.load_state_dict(
        {
            name: tensor - theta_1 * first[name].double() - theta_2 * second[name].double()
            if name in first
            else tensor
            for name, tensor in fresh.state_dict().items()
        }
    )
    fresh.eval()
    if recalibrate:
        norm = fresh[1]
        seen = fresh[0](inputs())
        norm.running_mean, norm.running_var = (
            seen.mean((0, 2, 3)).detach(),
            seen.var((0, 2, 3)).detach(),
        )
    with torch.no_grad():
        return fresh(inputs())


@pytest.mark.parametrize("batch_norm", ["frozen", "recalibrated"])
@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_a_whole_surface_is_that_of_float64_models_made_from_the_definition(
    make: Callable[[], nn.Module], batch_norm: str
):
    net, labels, plane = make().float(), images().labels, wide(batch_norm=batch_norm)
    before = copy.deepcopy(net.state_dict())
    surface = dict(rows(net, directions(net), images(), plane, CPU, range(5)))
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    for i, theta_1 in enumerate(plane.thetas):
        for j, theta_2 in enumerate(plane.thetas):
            recalibrate = (
                batch_norm == "recalibrated" and isinstance(net, nn.Sequential) and len(net) == 5
            )
            logits = reference(net, theta_1, theta_2, recalibrate)
            losses = nn.functional.cross_entropy(logits, labels, reduction="none")
            counts, loss_sum = confusion.cells(
                labels.numpy(), logits.argmax(1).numpy(), losses.numpy(), 3
            )
            assert np.array_equal(surface[i][j][0], counts)
            np.testing.assert_allclose(surface[i][j][1], loss_sum, rtol=1e-4, atol=1e-5)


def test_only_the_wanted_rows_are_walked_and_they_are_the_same():
    net = NETS["batch norm"]().float()
    whole = dict(rows(net, directions(net), images(), wide(), CPU, range(5)))
    some = dict(rows(net, directions(net), images(), wide(), CPU, [3, 1]))
    assert list(some) == [3, 1]
    for i, row in some.items():
        assert all(
            np.array_equal(one[0], other[0]) for one, other in zip(row, whole[i], strict=True)
        )


def test_swapping_the_pair_transposes_the_surface():
    net = NETS["no batch norm"]().float()
    first, second = directions(net)
    one = dict(rows(net, (first, second), images(), wide(), CPU, range(5)))
    other = dict(rows(net, (second, first), images(), wide(), CPU, range(5)))
    assert all(np.array_equal(one[i][j][0], other[j][i][0]) for i in range(5) for j in range(5))


def test_a_point_without_numbers_is_counted_as_mistakes_and_its_loss_is_not_a_number():
    net = NETS["no batch norm"]().float()
    first = {name: tensor * float("inf") for name, tensor in directions(net)[0].items()}
    cells = dict(rows(net, (first, first), images(), wide(), CPU, [0]))[0][0]
    assert cells[0].sum() == 60
    assert cells[0].trace() == 0
    assert np.isnan(cells[1].sum())


def test_with_a_tolerance_each_point_sees_a_stratified_sample_of_its_own_size(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(adaptive_sampling, "FIRST", 12)
    net = NETS["batch norm"]().float()
    many = images(600)
    order = adaptive_sampling.stratified_order(many.labels, torch.Generator().manual_seed(0))
    coarse = dict(rows(net, directions(net), many.take(order), wide(tolerance=0.2), CPU, range(5)))
    sizes = {int(cells[0].sum()) for row in coarse.values() for cells in row}
    assert max(sizes) < 600
    for row in coarse.values():
        for counts, _ in row:
            share = counts.sum(1) / counts.sum()
            assert share == pytest.approx([1 / 2, 1 / 3, 1 / 6], abs=0.04)


def decided_plane(net: nn.Module, many: Images, **grid: object) -> Plane:
    """A plane with its reference, ready to decide its points."""
    plane = wide(decide=5.0, **grid)
    return replace(plane, reference=cells_at_w_star(net, many, plane, CPU))


def both_passes(net: nn.Module, many: Images, plane: Plane) -> tuple[dict, dict]:
    """The rows of a plane after the first pass, and those of the second pass."""
    first = dict(rows(net, directions(net), many, plane, CPU, range(5)))
    tasks = first_passes(first, plane.test)
    second = dict(rows(net, directions(net), many, plane, CPU, tasks))
    return first, second


@pytest.mark.slow
@pytest.mark.parametrize("batch_norm", ["frozen", "recalibrated"])
def test_decided_points_are_on_the_side_where_all_images_put_them(batch_norm: str):
    net = NETS["batch norm"]().float()
    many = images(6000).take(random_order(6000))
    plane = decided_plane(net, many, tolerance=0.1, batch_norm=batch_norm)
    test = plane.test
    first, second = both_passes(net, many, plane)
    exact = dict(rows(net, directions(net), many, wide(batch_norm=batch_norm), CPU, range(5)))
    sides = np.zeros((5, 5), int)
    for i, row in (first | second).items():
        for j, (counts, _) in enumerate(row):
            sides[i, j] = test.side(int(counts.sum() - counts.trace()), int(counts.sum()))
            all_counts, _ = exact[i][j]
            errors = int(all_counts.sum() - all_counts.trace())
            assert sides[i, j] == (ABOVE if errors > test.most else BELOW)
    assert len(np.unique(sides)) == 2
    assert min(int(counts.sum()) for row in first.values() for counts, _ in row) < 6000
    assert np.array_equal(first[2][2][0], exact[2][2][0])


def test_points_next_to_the_outline_go_on_to_the_tolerance_and_others_stay():
    net = NETS["batch norm"]().float()
    many = images(6000).take(random_order(6000))
    plane = decided_plane(net, many, tolerance=0.1)
    first, second = both_passes(net, many, plane)
    tasks = first_passes(first, plane.test)
    assert tasks
    for i, task in tasks.items():
        for j, (counts, _) in enumerate(second[i]):
            seen = int(counts.sum())
            if j in task.near_outline:
                errors = int(counts.sum() - counts.trace())
                assert seen >= first[i][j][0].sum()
                assert seen == 6000 or plane.test.half_width(errors, seen) <= 0.1
            else:
                assert np.array_equal(counts, first[i][j][0])
    without = decided_plane(net, many)
    _, whole = both_passes(net, many, without)
    assert all(whole[i][j][0].sum() == 6000 for i, task in tasks.items() for j in task.near_outline)


def test_a_hand_made_plane_has_its_neighbours_of_the_other_side_next_to_the_outline():
    plane = replace(wide(decide=5.0), reference=(np.diag([200, 200, 200]), np.zeros((3, 3))))
    flat = plane.reference
    steep = (np.roll(flat[0], 1, axis=1), np.zeros((3, 3)))
    whole = {i: [steep] * 5 for i in range(5)}
    whole[0] = [flat, steep, steep, steep, steep]
    tasks = first_passes(whole, plane.test)
    assert {i: task.near_outline for i, task in tasks.items()} == {0: [0, 1], 1: [0, 1]}


def test_w_star_is_evaluated_once_a_sweep_and_again_if_its_file_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    net = NETS["batch norm"]().float()
    many = images(600)
    calls = []

    def counted(*arguments: object) -> tuple[np.ndarray, np.ndarray]:
        calls.append(arguments)
        return cells_at_w_star(*arguments)

    monkeypatch.setattr(sweep, "cells_at_w_star", counted)
    trained = SimpleNamespace(module=net)
    planes = sweep.Sweep(
        trained, tmp_path, "0-2", "raw", [(0, 2)], wide(decide=5.0), many, {}, CPU, False
    )
    first = sweep.with_reference(planes, tmp_path).plane
    again = sweep.with_reference(planes, tmp_path).plane
    assert len(calls) == 1
    assert np.array_equal(first.reference[0], again.reference[0])
    assert np.array_equal(first.reference[1], again.reference[1])
    assert again.test == first.test
    (tmp_path / "reference.json").write_text("{")
    assert sweep.with_reference(planes, tmp_path).plane.test == first.test
    assert len(calls) == 2
    assert sweep.with_reference(replace(planes, plane=wide()), tmp_path).plane.test is None


def error_rates(net: nn.Module, many: Images, edge: float) -> np.ndarray:
    """The error rates on all images at the points of a plane, (5, 5), percent."""
    plane = replace(wide(), edge=edge)
    swept = dict(rows(net, directions(net), many, plane, CPU, range(5)))
    counts = np.array([[counts for counts, _ in swept[i]] for i in range(5)])
    return 100 - 100 * np.trace(counts, axis1=-2, axis2=-1) / counts.sum((-2, -1))


def test_a_plane_is_flat_along_its_axes_up_to_the_reaches_that_the_search_finds():
    net = NETS["batch norm"]().float()
    many = images(600)  # fewer than the search's sample, so that its decisions are exact
    before = copy.deepcopy(net.state_dict())
    search = Search(decide=5.0, finds_edge=True, zooms=False)
    plane = wide(decide=5.0, flat_cells=2)
    sample = sweep.search_images(many)
    reaches, edge = sweep.fit_edge(net, directions(net), sample, plane, CPU, search, "toy")
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert edge == edge_search.fitted_edge(reaches, 5, 2)
    assert sum(end < np.inf for reach in reaches for end in reach) >= 2
    for axis, (below, above) in enumerate(reaches):
        for sign, reach in ((-1, below), (+1, above)):
            if reach == np.inf:
                continue
            inside = error_rates(net, many, reach)
            outside = error_rates(net, many, reach * 1.05)
            end = (2, 2 + 2 * sign) if axis else (2 + 2 * sign, 2)
            assert inside[end] <= inside[2, 2] + 5 < outside[end]


def found_edges(folder: Path, plane: Plane, **search: object) -> sweep.Sweep:
    """A sweep of a toy net with its edges, and the class gradients of 0 and 2."""
    net = NETS["batch norm"]().float()
    names = tuple("abc")
    trained = SimpleNamespace(module=net, name="toy", classes=Classes(names, names))
    options = Search(**{"decide": 5.0, "finds_edge": False, "zooms": True} | search)
    planes = sweep.Sweep(
        *(trained, folder, "a-c", "raw", [(0, 2)], plane, images(600), {}, CPU, False, options)
    )
    return sweep.with_edges(planes, folder)


@pytest.fixture
def class_gradients_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def gradient(file: Path, trained: SimpleNamespace, scale: str, label: int) -> Gradient:
        first, second = directions(trained.module)
        return {0: first, 2: second}[label]

    monkeypatch.setattr(sweep, "file_direction", gradient)


@pytest.mark.usefixtures("class_gradients_in_memory")
def test_an_edge_is_found_once_a_sweep_and_a_plane_that_is_too_wide_has_a_zoom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    plane = wide(decide=5.0, flat_cells=2, zoom=True)
    auto = found_edges(tmp_path / "auto", replace(plane, edge=np.nan), finds_edge=True)
    assert not auto.zooms  # the plane fits
    edge = auto.plane.edge
    wider = found_edges(tmp_path / "wide", replace(plane, edge=10 * edge))
    assert wider.zooms == {(0, 2): edge}
    assert wider.plane_at(((0, 2), True)).edge == edge
    assert wider.plane_at(((0, 2), False)).edge == 10 * edge
    assert [place for place, _ in wider.planned] == 5 * [((0, 2), False)] + 5 * [((0, 2), True)]
    assert not found_edges(tmp_path / "twice", replace(plane, edge=2 * edge)).zooms
    monkeypatch.setattr(sweep, "fit_edge", None)  # it is not called again
    again = found_edges(tmp_path / "wide", replace(plane, edge=10 * edge))
    assert again.zooms == wider.zooms
    assert again.reaches == wider.reaches
    known = found_edges(tmp_path / "auto", replace(plane, edge=np.nan), finds_edge=True)
    assert known.plane.edge == edge


@pytest.mark.usefixtures("class_gradients_in_memory")
def test_the_edge_does_not_depend_on_the_order_of_the_planes_images():
    many = images(6000)
    sample = sweep.search_images(many)
    assert len(sample) == edge_search.SAMPLE
    order = torch.randperm(6000, generator=torch.Generator().manual_seed(1))
    assert not torch.equal(sweep.search_images(many.take(order)).pixels, sample.pixels)
    assert len(sweep.search_images(images(60))) == 60


@pytest.mark.usefixtures("class_gradients_in_memory")
def test_the_work_of_a_found_edge_is_known_by_the_setting_and_not_by_what_it_finds(tmp_path: Path):
    plane = wide(decide=5.0, flat_cells=2)
    auto = found_edges(tmp_path, replace(plane, edge=np.nan), finds_edge=True, zooms=False)
    names = SimpleNamespace(notation=lambda pair: pair)
    auto = replace(auto, net=SimpleNamespace(classes=names))
    assert auto.work["edge"] == "auto"
    assert auto.work["flat_cells"] == 2
