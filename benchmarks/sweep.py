"""The time of a plane: two other packages, a plain loop, and `interference`.

    python -m benchmarks.sweep [--data FOLDER]

All use the same net, weights, images and grid. `interference` also competes in float32, the
precision of the others. It prints images x nets per second and ratios, the
fraction of the machine's matrix-product rate, the peak memory, and the speed on Ray
workers, and writes them to benchmarks/results. With the data of a trained study it also measures,
on one of its nets, how much time a tolerance of 0.02 saves on a raw grid of 5 x 5 points, and how
far the error rates are from those in float32.

    python -m benchmarks.sweep --decide --data FOLDER

It measures, on a 19 x 19 plane of a trained net, how many images and how much time decided points
save, and how many of the points that are also evaluated on all images they decide wrongly. A row of
the plane is also swept with a tolerance. `--run vgg19` measures another net of the study. With
`--exact-points 7` a coarser grid of the same plane is evaluated on all images, and its flat area is
compared with that of the decided points at the same places.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import torch
import typer
from torch import nn

from benchmarks import arena
from benchmarks.cluster import of_this_machine
from benchmarks.peers import EDGE, PEERS
from benchmarks.rounds import serve
from benchmarks.train import NETS, forward_flop, noise
from interference import nets, seeds
from interference.confusion.flat_test import ABOVE
from interference.io import tables
from interference.landscape import plane
from interference.landscape.class_gradients import Gradient
from interference.landscape.sweep import (
    Plane,
    cells_at_w_star,
    file_direction,
    first_passes,
    row_on_a_worker,
    rows,
    sample_images,
)
from interference.learning import trained_net
from interference.learning.images import Images
from interference.params import Data, Grid
from interference.runtime import ray_cluster
from interference.runtime.device import Machine, select_machine
from interference.surfaces import Surface, flatness

DATA = Data(name="cifar10", mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
IN_FLOAT32 = "ours in float32"  # the contestant that has the precision of the others
DECIDE = 5.0  # percentage points above w*, as the claims' epsilon
SPREAD_POINTS, SPREAD_IMAGES = 19, 1000  # the paper's grid, a minute and more on two cores
STUDY = arena.ROOT / ".studies" / "quick" / "data"


def written(name: str, path: Path) -> None:
    """Write what all contestants share: a net, two random directions, and images."""
    torch.manual_seed(0)
    net = nets.build(name).train()
    pixels, labels = noise(50_000)
    with torch.no_grad():
        net((pixels[:256].float() / 255 - 0.5) / 0.25)
    first, second = drawn(net)
    torch.save(
        {
            "state": net.state_dict(),
            "first": first,
            "second": second,
            "pixels": pixels,
            "labels": labels,
        },
        path,
    )


def drawn(net: nn.Module) -> tuple[Gradient, Gradient]:
    """Two random directions from a net."""
    own = dict(net.named_parameters())
    first, second = (
        plane.direction(plane.gaussian(own, seeds.generator("benchmark", which)), "random", own)
        for which in (0, 1)
    )
    return first, second


def ours(
    name: str, work: Path, points: int, count: int, precision: str = "auto"
) -> Callable[[], object]:
    """A sweep of the whole grid by `interference`, with all 50,000 images on the device."""
    machine = select_machine(precision=precision)
    shared = held(name, work)
    net = shared.net.to(machine.device, memory_format=torch.channels_last)
    images = shared.images.to(machine.device)
    sample = Images(images.pixels[:count], images.labels[:count])
    first, second = (
        {key: tensor.to(machine.device) for key, tensor in direction.items()}
        for direction in shared.directions
    )
    grid = plane_of(points)
    return lambda: [*rows(net, (first, second), sample, grid, machine, range(points))]


def ours_on_ray(name: str, work: Path, points: int, count: int) -> Callable[[], object]:
    """The same sweep on the cluster of RAY_ADDRESS, with one task for each row."""
    machine = select_machine()
    content = held(name, work)
    shared = {
        "net": content.net.to(memory_format=torch.channels_last),
        "first": content.directions[0],
        "second": content.directions[1],
        "images": Images(content.images.pixels[:count], content.images.labels[:count]),
    }
    task = {key: key for key in shared}
    own = {
        "plane": plane_of(points),
        "device": machine.device.type,
        "precision": machine.precision,
    }
    rows = [own | {"i": i} for i in range(points)]
    return lambda: [*ray_cluster.run_tasks(row_on_a_worker, shared, [task] * points, rows)]


class Held(NamedTuple):
    """The content of the file that `written` writes."""

    net: nn.Module
    directions: tuple[Gradient, Gradient]
    images: Images


def held(name: str, work: Path) -> Held:
    """The shared net, directions and images, on the CPU."""
    content, net = torch.load(work, weights_only=True), nets.build(name).eval()
    net.load_state_dict(content["state"])
    return Held(
        net, (content["first"], content["second"]), Images(content["pixels"], content["labels"])
    )


def plane_of(points: int) -> Plane:
    """The benchmark's plane."""
    return Plane(Grid(points, "train", "all"), EDGE, DATA, 10)


def compared(name: str, points: int, count: int, rounds: int, peers: str) -> dict:
    """One net's figures."""
    before = arena.matrix_rates()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work.pt"
        written(name, work)
        arguments = [name, str(work), str(points), str(count)]
        commands = {peer: [peers, "-m", "benchmarks.peers", peer, *arguments] for peer in PEERS}
        own = [sys.executable, "-m", "benchmarks.sweep", "--worker", *arguments]
        commands |= {"ours": own, IN_FLOAT32: [*own, "--precision", "float32"]}
        seconds, memory = arena.compete(commands, rounds, untimed=0)
    nets_, best = points**2, min(seconds[peer] for peer in PEERS)
    return {
        "points": nets_,
        "images": count,
        "matrix_tflops": arena.larger(before, arena.matrix_rates()),
        "tflops": forward_flop(name) * nets_ * count / seconds["ours"] / 1e12,
        "images_x_nets_per_second": {who: nets_ * count / spent for who, spent in seconds.items()},
        "ours_to_best_other": best / seconds["ours"],
        "float32_to_best_other": best / seconds[IN_FLOAT32],
        "peak_memory_gib": memory,
    }


def spread(points: int, count: int, rounds: int) -> dict:
    """The time of a sweep without Ray and with one and two workers, including their start."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work.pt"
        written("small", work)
        arguments = [
            sys.executable,
            "-m",
            "benchmarks.sweep",
            "--worker",
            "small",
            str(work),
            str(points),
            str(count),
        ]
        commands = {"ours": arguments} | {
            f"ours, {cores} Ray workers": [*arguments, "--ray", str(cores)] for cores in (1, 2)
        }
        seconds, _ = arena.compete(commands, rounds, untimed=0)
    without, one_worker, two_workers = seconds.values()
    return {
        "net": "small",
        "points": points**2,
        "images": count,
        "seconds": seconds,
        "ray_to_none": two_workers / without,
        "two_workers_to_one": one_worker / two_workers,
    }


def of_a_trained_net(data: Path, run: str, pair: str, edge: float, points: int = 5) -> dict:
    """The time that a tolerance of 0.02 saves, and the difference of bfloat16 from float32.

    Args:
        data: The data folder of a finished study.
        run: A run of it.
        pair: The two classes along whose gradients the net is moved, as in `cat-dog`.
        edge: Half the side of the plane.
        points: Points along each axis.
    """
    machine = select_machine()
    table = data / "images.parquet"
    net = trained_net.load(
        data / "nets" / f"{run}.safetensors", machine.device, tables.read_classes(table)
    )
    sample = sample_images(table, Grid(points, "train", "all", tolerance=0.02)).to(machine.device)
    first, second = (
        file_direction(data / "egos" / f"{run}.safetensors", net, "raw", label)
        for label in net.classes.pair(pair)
    )

    def swept(allowed: float, shown: Images, on: Machine) -> tuple[float, np.ndarray]:
        grid = Plane(Grid(points, "train", "all", tolerance=allowed), edge, net.data, 10)
        started = time.perf_counter()
        counts = []
        for _, row in rows(net.module, (first, second), shown, grid, on, range(points)):
            counts += [count for count, _ in row]
        return time.perf_counter() - started, np.stack(counts)

    few = Images(sample.pixels[:5000], sample.labels[:5000])
    exact32 = Machine(machine.device, "float32")
    exact = swept(0.0, sample, machine)
    quick = swept(0.02, sample, machine)
    apart = np.abs(mistakes(swept(0.0, few, machine)[1]) - mistakes(swept(0.0, few, exact32)[1]))
    off = np.abs(mistakes(exact[1]) - mistakes(quick[1]))
    return {
        "run": run,
        "pair": pair,
        "edge": edge,
        "points": points**2,
        "images": len(sample),
        "exact_seconds": exact[0],
        "tolerance_seconds": quick[0],
        "saving": exact[0] / quick[0],
        "mistake_rates": mistakes(exact[1]).tolist(),
        "images_used": quick[1].sum((1, 2)).tolist(),
        "largest_error_of_tolerance_points": float(off.max()),
        "images_against_float32": len(few),
        "largest_difference_from_float32_points": float(apart.max()),
        "mean_difference_from_float32_points": float(apart.mean()),
    }


def of_decided_points(
    data: Path,
    run: str,
    pair: str,
    edge: float,
    points: int = 19,
    tolerance_rows: Sequence[int] = (9,),
    exact_step: int = 2,
    exact_points: int = 0,
    keep: Callable[[dict], None] = lambda figures: None,
) -> dict:
    """The images and the time that decided points save on a plane of a trained net.

    Some points are also evaluated on all images: w* and two points on either side of it along
    theta_2.

    Args:
        data: The data folder of a finished study.
        run: A run of it.
        pair: The two classes along whose gradients the net is moved.
        edge: Half the side of the plane.
        points: Points along each axis.
        tolerance_rows: The rows that are also swept with a tolerance of 0.02.
        exact_step: The distance of the exact points from w*, in steps of the grid.
        exact_points: Above 0, the points along each axis of the exact plane; their number less 1
            divides that of the decided points less 1.
        keep: Receives the figures after each part, since a part may be interrupted.
    """
    machine = select_machine()
    table = data / "images.parquet"
    net = trained_net.load(
        data / "nets" / f"{run}.safetensors", machine.device, tables.read_classes(table)
    )
    labels = net.classes.pair(pair)
    first, second = (
        file_direction(data / "egos" / f"{run}.safetensors", net, "raw", label) for label in labels
    )

    def flat_area(grid_plane: Plane, counts: np.ndarray) -> dict[str, float]:
        thetas = np.linspace(-edge, edge, len(counts))
        options = {"run": run, "classes": net.classes, "gram": np.eye(2), "test": grid_plane.test}
        surface = Surface(thetas, thetas, counts, 0.0 * counts, labels, "raw", **options)
        flat = flatness.measure(surface, DECIDE)
        low, high = flat.share_interval
        return {"fraction": flat.share, "low": low, "high": high, "cells": flat.cells}

    def swept(
        grid: Grid, own_edge: float, numbers: Sequence[int]
    ) -> tuple[Plane, np.ndarray, dict]:
        images = sample_images(table, grid).to(machine.device)
        grid_plane = Plane(grid, own_edge, net.data, len(net.classes))
        started = time.perf_counter()
        cpu_started = time.process_time()
        if grid.decide:
            reference = cells_at_w_star(net.module, images, grid_plane, machine)
            grid_plane = replace(grid_plane, reference=reference)
        reference_seconds = time.perf_counter() - started
        by_row = dict(rows(net.module, (first, second), images, grid_plane, machine, numbers))
        if grid_plane.test:
            tasks = first_passes(by_row, grid_plane.test)
            by_row |= dict(rows(net.module, (first, second), images, grid_plane, machine, tasks))
        seconds = time.perf_counter() - started
        cpu_seconds = time.process_time() - cpu_started
        counts = np.array([[count for count, _ in by_row[i]] for i in numbers])
        number = len(numbers) * grid.points
        return (
            grid_plane,
            counts,
            {
                "images_a_point": int(counts.sum()) / number,
                "seconds_a_point": seconds / number,
                "cpu_seconds_a_point": cpu_seconds / number,
                "reference_seconds": reference_seconds,
                "counts": counts.sum((-2, -1)).tolist(),
                "errors": (counts.sum((-2, -1)) - np.trace(counts, axis1=-2, axis2=-1)).tolist(),
            },
        )

    common = {"split": "train", "images": "all"}
    results: dict = {"run": run, "pair": pair, "edge": edge, "points": points**2}
    decided_grid = Grid(points, **common, tolerance=0.05, decide=DECIDE)
    decided_plane, decided_counts, results["decide"] = swept(decided_grid, edge, range(points))
    results["flat_area"] = flat_area(decided_plane, decided_counts)
    keep(results)
    tolerance_grid = Grid(points, **common, tolerance=0.02)
    _, _, results["tolerance"] = swept(tolerance_grid, edge, tolerance_rows)
    results["tolerance"]["rows"] = list(tolerance_rows)
    keep(results)
    exact_edge = exact_step * edge / (points // 2)
    _, _, results["exact"] = swept(Grid(3, **common), exact_edge, [1])
    test = decided_plane.test
    middle = points // 2
    exact_columns = [middle - exact_step, middle, middle + exact_step]
    is_wrong = []
    for column, errors in zip(exact_columns, results["exact"]["errors"][0], strict=True):
        own_errors = results["decide"]["errors"][middle][column]
        images = results["decide"]["counts"][middle][column]
        is_wrong.append((test.side(own_errors, images) == ABOVE) != (errors > test.most))
    results |= {
        "population": test.population,
        "most_errors": test.most,
        "compared_points": len(is_wrong),
        "wrong_points": sum(is_wrong),
    }
    for name in ("tolerance", "exact"):
        for figure in ("images", "seconds", "cpu_seconds"):
            ratio = results[name][f"{figure}_a_point"] / results["decide"][f"{figure}_a_point"]
            results[f"{figure}_{name}_to_decide"] = ratio
    keep(results)
    if exact_points:
        step = (points - 1) // (exact_points - 1)
        exact_grid = Grid(exact_points, **common)
        exact_plane, exact_counts, _ = swept(exact_grid, edge, range(exact_points))
        results["exact_area"] = flat_area(exact_plane, exact_counts)
        results["decided_area"] = flat_area(decided_plane, decided_counts[::step, ::step])
        keep(results)
    return results


def be(
    contestant: Callable[..., Callable[[], object]],
    arguments: tuple[str, str, int, int],
    cores: int,
) -> None:
    """Serve rounds as a contestant; with `cores` above 0, on a cluster of that many workers."""
    with of_this_machine(cores) if cores else nullcontext("") as address:
        os.environ["RAY_ADDRESS"] = address
        serve(contestant(arguments[0], Path(arguments[1]), *arguments[2:]))


def mistakes(counts: np.ndarray) -> np.ndarray:
    """The error rates (points,) in percent, of counts (points, C, C)."""
    return 100 - 100 * np.trace(counts, axis1=1, axis2=2) / counts.sum((1, 2))


def table(results: dict) -> str:
    """The results as lines of text."""
    lines = ["", f"{'':10}{'':>17}{'nets x images/s':>17}{'GiB':>7}"]
    for name, figures in results.items():
        lines += [
            f"{name:10}{who:>17}{speed:17.0f}{figures['peak_memory_gib'][who]:7.2f}"
            for who, speed in figures["images_x_nets_per_second"].items()
        ]
        lines.append(
            f"{'':10}ours: {figures['ours_to_best_other']:.2f} times the best of the others, "
            f"{figures['share_of_matrix_rate']:.1%} of the matrix rate in {figures['precision']}; "
            f"in float32 {figures['float32_to_best_other']:.2f} times"
        )
    return "\n".join(lines)


def main(
    points: Annotated[int, typer.Option(help="Points along each axis; 0: 3, or 19 on a GPU.")] = 0,
    count: Annotated[
        int, typer.Option("--images", help="Images a point; 0: 2,000, or 50,000 on a GPU.")
    ] = 0,
    rounds: Annotated[int, typer.Option(help="Timed grids of each.")] = 1,
    net: Annotated[list[str], typer.Option(help="A net; may be given several times.")] = NETS,
    peers: Annotated[
        str, typer.Option(help="A Python that has the peers.")
    ] = ".venv-peers/bin/python",
    data: Annotated[Path, typer.Option(help="The data folder of a finished study.")] = STUDY,
    run: Annotated[str, typer.Option(help="A run of it.")] = "small",
    edge: Annotated[float, typer.Option(help="The edge of its raw planes.")] = 0.06,
    out: Annotated[
        Path | None, typer.Option(help="The results; benchmarks/results/sweep-KIND.json.")
    ] = None,
    decide: Annotated[
        bool, typer.Option(help="Measure only what decided points save on a trained net.")
    ] = False,
    exact_points: Annotated[
        int, typer.Option(help="With --decide: points along each axis of an exact plane; 0: none.")
    ] = 0,
    worker: Annotated[tuple[str, str, int, int] | None, typer.Option(hidden=True)] = None,
    ray: Annotated[int, typer.Option(hidden=True)] = 0,
    precision: Annotated[str, typer.Option(hidden=True)] = "auto",
) -> None:
    """Time the contestants on one grid in turns and write the figures."""
    if worker:
        be(ours_on_ray if ray else partial(ours, precision=precision), worker, ray)
        return
    if decide:
        path = out or arena.results_path("decide" if run == "small" else f"decide-{run}")

        def keep(figures: dict) -> None:
            arena.save(path, {"machine": arena.described(), "decided": figures})

        figures = of_decided_points(
            data, run, "cat-dog", edge, exact_points=exact_points, keep=keep
        )
        print({key: value for key, value in figures.items() if not isinstance(value, dict)})
        print(f"written to {path}")
        return
    on_gpu = torch.cuda.is_available()
    points, count = points or (19 if on_gpu else 3), count or (50_000 if on_gpu else 2_000)
    results: dict = {
        "machine": arena.described(),
        "nets": arena.with_shares(
            {name: compared(name, points, count, rounds, peers) for name in net}
        ),
    }
    path = out or arena.results_path("sweep")
    arena.save(path, results)  # what follows takes as long again, and may be interrupted
    print(table(results["nets"]))
    if not on_gpu:
        results["ray"] = spread(SPREAD_POINTS, SPREAD_IMAGES, rounds)
        print(
            "ray: {ray_to_none:.2f} times the time without; two workers {two_workers_to_one:.2f} "
            "times as fast as one".format(**results["ray"])
        )
    if (data / "nets" / f"{run}.safetensors").exists():
        results["trained"] = of_a_trained_net(data, run, "cat-dog", edge)
        print(
            {key: value for key, value in results["trained"].items() if not isinstance(value, list)}
        )
    else:
        print(f"no trained net in {data}: the tolerance's saving is not measured (make study)")
    arena.save(path, results)
    print(f"written to {path}")


if __name__ == "__main__":
    typer.run(main)
