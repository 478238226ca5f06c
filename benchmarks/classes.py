"""A hundred classes beside ten: what a cell of their tables costs, step by step, in time and in
memory.

    python -m benchmarks.classes

makes three studies of the same runs, planes and ego models, of made-up counts: ten classes, a
hundred, and ten again with about as many cells as the hundred have, through more epochs and more
points; takes every step on each; prints seconds, memory, and what a cell of a hundred costs as a
multiple of one of ten; and writes them to benchmarks/results.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks import arena
from benchmarks.steps import KINDS, STEPS
from interference.classes import Classes
from tests import toy

MANY = toy.kindred(18)
HUNDRED = Classes(
    toy.CIFAR.keys + MANY.keys, toy.CIFAR.labels + MANY.labels
)  # the paper's too: all claims are asked
RUNS = {
    "vgg19": "optim",
    "resnet18": "optim",
    "vgg19-big_lr": "big_lr",
    "vgg19-small_lr": "small_lr",
}
PAIRS = ("cat-dog", "automobile-truck", "horse-ship")
EPOCHS, POINTS = 200, 9
RESULTS = arena.results_path("classes", "cpu")
STUDIES = {"ten": (toy.CIFAR, 1), "ten_as_many": (toy.CIFAR, 10), "hundred": (HUNDRED, 1)}


def study(folder: Path, name: str, epochs: int, points: int) -> None:
    """Write the tables of one of the studies."""
    classes, dense = STUDIES[name]
    size = {
        "classes": classes,
        "epochs": dense**2 * epochs,
        "points": dense * (points - 1) + 1,
        "images": 400,
    }
    toy.study(
        folder, runs=RUNS, swept=["vgg19", "vgg19-big_lr"], recorded=["vgg19"], pairs=PAIRS, **size
    )
    toy.study(
        folder, runs={"vgg19": "optim"}, recorded=["vgg19"], pairs=("top-20", toy.EGOS), **size
    )


def megabytes(folder: Path) -> dict[str, float]:
    """What each kind of table takes on disk."""
    return {
        kind: sum(path.stat().st_size for path in (folder / kind).iterdir()) / 1e6 for kind in KINDS
    }


def measured(folder: Path, step: str) -> dict[str, Any]:
    """One step's figures, from a process of its own; of each cell, microseconds and bytes beside an
    idle process.
    """
    command = [sys.executable, "-m", "benchmarks.steps", str(folder), step]
    completed = subprocess.run(
        command, cwd=arena.ROOT, text=True, stdout=subprocess.PIPE, check=True
    )
    figures = json.loads(completed.stdout)
    seconds = figures["reading"] if step == "read" else figures["seconds"]
    return {
        "rows": figures["rows"],
        "seconds": seconds,
        "peak_gib": figures["peak_gib"],
        "microseconds_a_cell": 1e6 * seconds / figures["rows"],
        "bytes_a_cell": 2**30 * (figures["peak_gib"] - figures["idle_gib"]) / figures["rows"],
    } | ({"exhibits": figures["parts"]} if figures["parts"] else {})


def compared(steps: dict[str, dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Divide the cost of a cell with a hundred classes by that with ten classes, for each step.

    Both studies have about the same number of cells.
    """
    return {
        step: {
            what: figures["hundred"][f"{unit}_a_cell"] / figures["ten_as_many"][f"{unit}_a_cell"]
            for what, unit in (("time", "microseconds"), ("memory", "bytes"))
        }
        for step, figures in steps.items()
    }


def table(steps: dict[str, dict[str, Any]], ratios: dict[str, dict[str, float]]) -> str:
    """The results as lines of text."""
    lines = [
        "",
        f"{'':10}" + "".join(f"{name:>24}" for name in STUDIES) + f"{'hundred / ten_as_many':>26}",
    ]
    for step, figures in steps.items():
        cells = "".join(
            f"{size['seconds']:13.2f} s{size['peak_gib']:5.2f} GiB" for size in figures.values()
        )
        lines.append(
            f"{step:10}{cells}{ratios[step]['time']:14.2f} time{ratios[step]['memory']:5.2f} memory"
        )
    return "\n".join(
        [*lines, "seconds of one core; peak memory of the process; costs of a cell compared"]
    )


def main(
    epochs: Annotated[int, typer.Option(help="Epochs of the studies.")] = EPOCHS,
    points: Annotated[int, typer.Option(help="Points along an axis of a plane; odd.")] = POINTS,
    out: Annotated[Path, typer.Option(help="The results.")] = RESULTS,
) -> None:
    """Make the studies, take every step on each, and write the figures."""
    with tempfile.TemporaryDirectory() as temporary:
        folders = {name: Path(temporary) / name for name in STUDIES}
        for name, folder in folders.items():
            study(folder, name, epochs, points)
        steps = {
            step: {name: measured(folder, step) for name, folder in folders.items()}
            for step in STEPS
        }
        sizes = {name: megabytes(folder) for name, folder in folders.items()}
    ratios = compared(steps)
    arena.save(
        out,
        {
            "machine": arena.described(),
            "megabytes": sizes,
            "steps": steps,
            "hundred_to_ten": ratios,
        },
    )
    print(table(steps, ratios), f"\nwritten to {out}", sep="\n")


if __name__ == "__main__":
    typer.run(main)
