"""The time and the memory of the stages that read the tables of all runs of a large study.

    python -m benchmarks.many_runs [--runs 1000] [--stages claims,plots]

It makes up the tables of a study: runs of 200 epochs, ten classes and 60,000 images, each with a
plane of 19 x 19 points. Then it runs the stages of dvc.yaml that read them, each in a process of
its own, and prints the seconds and the most memory of each. The rows of the tables are those of a
few made-up runs.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from ruamel.yaml import YAML

from benchmarks import arena
from interference import params
from interference.io import tables
from interference.pipeline import pieces
from interference.study.study import Folders
from tests import toy
from tests.imports import ROOT

KINDS_OF_RUNS = 4  # made-up runs, whose rows all others share
STAGES = ("claims", "plots", "figures", "reproduction", "report", "mistakes")
EPOCHS = 200
POINTS = 19
PAIR = "cat-dog"
SCALE = "raw"
# Runs a stage in a process of its own and writes down the most memory that the process held. Linux
# counts that of a new program afresh, other than the `ru_maxrss` of its parent's `wait4`.
MEASURED = """
import re, runpy, sys, pathlib
result, module, *sys.argv[1:] = sys.argv[1:]
try:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
finally:
    status = pathlib.Path("/proc/self/status").read_text()
    pathlib.Path(result).write_text(re.search(r"VmHWM:\\s+(\\d+)", status)[1])
"""


def write_study(folder: Path, runs: int, epochs: int = EPOCHS, points: int = POINTS) -> int:
    """Write the parameters and tables of a study of one net, trained from many seeds.

    Args:
        folder: The study's folder.
        runs: The number of runs.
        epochs: The epochs of each.
        points: The points of a plane along an axis.

    Returns:
        The bytes of all tables.
    """
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    content["optim"]["epochs"] = epochs
    names = [f"seed{number:04}" for number in range(runs)]
    content["runs"] = {}
    for seed, name in enumerate(names):
        splits = ["train_online", "test"]
        content["runs"][name] = {"net": "vgg19", "optim": "optim", "seed": seed, "counts": splits}
    content["sweep"] |= {"runs": names, "pairs": [PAIR], "scales": [SCALE]}
    content["sweep"]["grid"]["points"] = points
    YAML().dump(content, folder / "params.yaml")
    settings = params.load(folder / "params.yaml")
    kinds = made_up(folder / "made-up", epochs, points)
    total = 0
    for number, name in enumerate(names):
        for kind, table in kinds[number % len(kinds)].items():
            stem = f"{name}-{PAIR}-{SCALE}" if kind == "surfaces" else name
            path = folder / "data" / kind / f"{stem}.parquet"
            tables.write(path, kind, table.frame, metadata(table, settings, name))
            total += path.stat().st_size
    shutil.rmtree(folder / "made-up")
    write_images(folder / "data" / "images.parquet", kinds[0]["predictions"])
    return total


def write_images(path: Path, predictions: tables.Table) -> None:
    """Write an image table of small black images with the true classes of a run's predictions."""
    splits = {}
    for split, rows in predictions.frame.groupby("split", observed=True):
        labels = rows.sort_values("index")["label"].to_numpy()
        splits[str(split)] = (np.zeros((len(labels), 3, 4, 4), np.uint8), labels)
    tables.write_images(path, splits, tables.class_metadata(predictions.classes))


def made_up(folder: Path, epochs: int, points: int) -> list[dict[str, tables.Table]]:
    """The tables of a few made-up runs, by kind.

    Args:
        folder: A scratch folder.
        epochs: The epochs of each run.
        points: The points of a plane along an axis.
    """
    kinds = []
    for seed in range(KINDS_OF_RUNS):
        study = toy.study(
            folder / str(seed),
            runs={"vgg19": "optim"},
            recorded=(),
            pairs=(PAIR,),
            scales=(SCALE,),
            epochs=epochs,
            points=points,
            images=1000,
            seed=seed,
        )
        by_kind = {}
        for kind in tables.COLUMNS:
            by_kind[kind] = next(iter(tables.read_folder(study / kind, kind).values()))
        kinds.append(by_kind)
    return kinds


def metadata(table: tables.Table, settings: params.Params, name: str) -> dict[str, Any]:
    """The metadata of a table for another run, as the parameters describe it."""
    meta = {**table.meta, "run": settings.resolved(name)}
    if "edge" in meta:
        meta["edge"] = params.edge(settings, SCALE, name)
    return meta


def measure(folder: Path, stage: str, limit: float) -> dict[str, float]:
    """Run a stage on the tables of a study.

    Args:
        folder: The study's folder.
        stage: The name of the stage.
        limit: The most seconds that it may take.

    Returns:
        Its `seconds`, the `cpu_seconds` of all its processes, which other work on the machine
        hardly changes, and the most memory of its first process in `gigabytes`; `status` is not 0
        if it failed or took too long.
    """
    for kept in Folders.below(folder).tables.values():
        kept.mkdir(parents=True, exist_ok=True)
    all_pieces = pieces(ROOT / "dvc.yaml", folder / "params.yaml")
    piece = next(piece for piece in all_pieces if piece.stage == stage)
    _, _, *words = piece.command  # python -m MODULE ARGUMENTS
    if "--images" in words:  # the report without its pictures
        place = words.index("--images")
        del words[place : place + 2]
    memory = folder / "memory"
    memory.write_text("nan")
    command = [sys.executable, "-c", MEASURED, str(memory), *words]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    started = time.monotonic()
    cpu_started = cpu_seconds_of_children()
    try:
        completed = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, timeout=limit
        )
        status = completed.returncode
    except subprocess.TimeoutExpired:
        status = -1
    return {
        "seconds": time.monotonic() - started,
        "cpu_seconds": cpu_seconds_of_children() - cpu_started,
        "gigabytes": float(memory.read_text()) * 1024 / 1e9,
        "status": status,
    }


def cpu_seconds_of_children() -> float:
    """The CPU time of all processes that this one has started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main(
    runs: Annotated[int, typer.Option(min=1, help="The number of runs.")] = 1000,
    stages: Annotated[str, typer.Option(help="The stages, joined by commas.")] = ",".join(STAGES),
    limit: Annotated[float, typer.Option(help="The most seconds of a stage.")] = 600,
    save: Annotated[bool, typer.Option(help="Whether to write benchmarks/results.")] = True,
) -> None:
    """Print the time and the memory of the stages that read the tables of all runs."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        total = write_study(folder, runs)
        print(f"{runs} runs, tables of {total / 1e9:.2f} GB", flush=True)
        results: dict[str, Any] = {"runs": runs, "tables_gigabytes": total / 1e9, "stages": {}}
        for stage in stages.split(","):
            measured = measure(folder, stage, limit)
            results["stages"][stage] = measured
            print(
                f"{stage}: {measured['seconds']:.1f} s ({measured['cpu_seconds']:.1f} s of CPU), "
                f"{measured['gigabytes']:.2f} GB, "
                f"exit status {measured['status']}",
                flush=True,
            )
    if save:
        arena.save(arena.results_path(f"runs_{runs}", "cpu"), arena.described() | results)


if __name__ == "__main__":
    typer.run(main)
