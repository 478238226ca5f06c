"""A plane: two packages of others, the loop that everyone writes, and ours; same net, weights, images and grid.

    python -m benchmarks.sweep [--trained data]

prints images x nets a second and ratios, the share of the machine's bfloat16 matrix-product rate, and peak memory,
and writes them to benchmarks/results. With the data of a trained study it also measures on a net of it: what a
tolerance of 0.02 saves on a raw grid of 5 x 5 points, and how far the mistake rates are from float32's.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from benchmarks import arena
from benchmarks.peers import EDGE, PEERS
from benchmarks.rounds import serve
from benchmarks.train import forward_flop, noise
from interference import nets, plane, seeds, tables, trained
from interference.images import Images
from interference.machine import Machine, machine
from interference.params import Data, Grid
from interference.sweeping import Plane, rows
from stages.sweep import direction, sampled

DATA = Data(name="cifar10", mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
STUDY = arena.ROOT / ".studies" / "quick" / "data"


def written(name: str, path: Path) -> None:
    """What all contestants share: a net that has seen some images, two random directions, images."""
    torch.manual_seed(0)
    net = nets.build(name).train()
    pixels, labels = noise(50_000)
    with torch.no_grad():
        net((pixels[:256].float() / 255 - 0.5) / 0.25)
    own = dict(net.named_parameters())
    first, second = (plane.direction(plane.gaussian(own, seeds.generator("benchmark", which)), "random", own)
                     for which in (0, 1))
    torch.save({"state": net.state_dict(), "first": first, "second": second, "pixels": pixels, "labels": labels}, path)


def ours(name: str, work: Path, points: int, count: int) -> Callable[[], object]:
    """Our walk over the whole grid, all 50,000 images at hand."""
    held, here = torch.load(work, weights_only=True), machine()
    net = nets.build(name).eval()
    net.load_state_dict(held["state"])
    net.to(here.device, memory_format=torch.channels_last)
    first, second = ({key: tensor.to(here.device) for key, tensor in held.pop(which).items()}
                     for which in ("first", "second"))
    resident = Images(held["pixels"], held["labels"]).to(here.device)
    sample = Images(resident.pixels[:count], resident.labels[:count])
    wide = Plane(Grid(points, "train", "all"), EDGE, DATA, 10)
    return lambda: [*rows(net, (first, second), sample, wide, here, range(points))]


def compared(name: str, points: int, count: int, rounds: int, peers: str) -> dict:
    """One net's figures."""
    before = arena.matrix_rate()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work.pt"
        written(name, work)
        words = [name, str(work), str(points), str(count)]
        commands = {peer: [peers, "benchmarks/peers.py", peer, *words] for peer in PEERS}
        seconds, memory = arena.compete(
            commands | {"ours": [sys.executable, "-m", "benchmarks.sweep", "--worker", *words]}, rounds, untimed=0)
    nets_, best = points**2, min(seconds[peer] for peer in PEERS)
    return {"points": nets_, "images": count, "matrix_tflops": max(before, arena.matrix_rate()) / 1e12,
            "tflops": forward_flop(name) * nets_ * count / seconds["ours"] / 1e12,
            "images_x_nets_per_second": {who: nets_ * count / spent for who, spent in seconds.items()},
            "ours_to_best_other": best / seconds["ours"],
            "peak_memory_gib": memory}


def of_a_trained_net(data: Path, run: str, pair: str, edge: float) -> dict:
    """What a tolerance of 0.02 saves on a raw grid of 5 x 5 points, and how far bfloat16 is from float32."""
    here, table = machine(), data / "images.parquet"
    net = trained.load(data / "nets" / f"{run}.safetensors", here.device, tables.read_classes(table))
    sample = sampled(table, Grid(5, "train", "all", tolerance=0.02)).to(here.device)
    first, second = (direction(data / "egos" / f"{run}.safetensors", net, "raw", label)
                     for label in net.classes.pair(pair))

    def swept(allowed: float, shown: Images, on: Machine) -> tuple[float, np.ndarray]:
        wide, started = Plane(Grid(5, "train", "all", tolerance=allowed), edge, net.data, 10), time.perf_counter()
        grid = [counts for _, row in rows(net.module, (first, second), shown, wide, on, range(5)) for counts, _ in row]
        return time.perf_counter() - started, np.stack(grid)

    few, exact32 = Images(sample.pixels[:5000], sample.labels[:5000]), Machine(here.device, "float32")
    exact, quick = swept(0.0, sample, here), swept(0.02, sample, here)
    apart = np.abs(mistakes(swept(0.0, few, here)[1]) - mistakes(swept(0.0, few, exact32)[1]))
    off = np.abs(mistakes(exact[1]) - mistakes(quick[1]))
    return {
        "run": run, "pair": pair, "edge": edge, "points": 25, "images": len(sample),
        "exact_seconds": exact[0], "tolerance_seconds": quick[0], "saving": exact[0] / quick[0],
        "mistake_rates": mistakes(exact[1]).tolist(), "images_used": quick[1].sum((1, 2)).tolist(),
        "largest_error_of_tolerance_points": float(off.max()), "images_against_float32": len(few),
        "largest_difference_from_float32_points": float(apart.max()),
        "mean_difference_from_float32_points": float(apart.mean()),
    }


def mistakes(counts: np.ndarray) -> np.ndarray:
    """Mistake rates in percent of counts (points, C, C)."""
    return 100 - 100 * np.trace(counts, axis1=1, axis2=2) / counts.sum((1, 2))


def table(results: dict) -> str:
    """The results as lines of text."""
    lines = ["", f"{'':10}{'':>17}{'nets x images/s':>17}{'GiB':>7}"]
    for name, found in results.items():
        lines += [f"{name:10}{who:>17}{speed:17.0f}{found['peak_memory_gib'][who]:7.2f}"
                  for who, speed in found["images_x_nets_per_second"].items()]
        lines.append(f"{'':10}ours: {found['ours_to_best_other']:.2f} times the best of the others, "
                     f"{found['share_of_matrix_rate']:.1%} of the matrix rate")
    return "\n".join(lines)


def main(points: Annotated[int, typer.Option(help="Points along each axis; 0: 3, or 19 on a GPU.")] = 0,
         count: Annotated[int, typer.Option("--images", help="Images a point; 0: 2,000, or 50,000 on a GPU.")] = 0,
         rounds: Annotated[int, typer.Option(help="Timed grids of each.")] = 1,
         net: Annotated[list[str], typer.Option(help="A net; may be given several times.")] = ["vgg19", "resnet18"],  # noqa: B006
         peers: Annotated[str, typer.Option(help="A Python that has the peers.")] = ".venv-peers/bin/python",
         data: Annotated[Path, typer.Option(help="The data folder of a trained study.")] = STUDY,
         run: Annotated[str, typer.Option(help="A run of it.")] = "small",
         edge: Annotated[float, typer.Option(help="The edge of its raw planes.")] = 0.06,
         out: Annotated[Path | None, typer.Option(help="The results; benchmarks/results/sweep-cpu.json, or -gpu.json.")
                        ] = None,
         worker: Annotated[tuple[str, str, int, int] | None, typer.Option(hidden=True)] = None) -> None:
    """Time the contestants on one grid in turns and write what was found."""
    if worker:
        serve(ours(worker[0], Path(worker[1]), *worker[2:]))
        return
    on_gpu = torch.cuda.is_available()
    points, count = points or (19 if on_gpu else 3), count or (50_000 if on_gpu else 2_000)
    results: dict = {"machine": arena.described(),
                     "nets": arena.with_shares({name: compared(name, points, count, rounds, peers) for name in net})}
    print(table(results["nets"]))
    if (data / "nets" / f"{run}.safetensors").exists():
        results["trained"] = of_a_trained_net(data, run, "cat-dog", edge)
        print({key: value for key, value in results["trained"].items() if not isinstance(value, list)})
    else:
        print(f"no trained net in {data}: the tolerance's saving is not measured (make study)")
    path = out or arena.results_path("sweep")
    arena.save(path, results)
    print(f"written to {path}")


if __name__ == "__main__":
    typer.run(main)
