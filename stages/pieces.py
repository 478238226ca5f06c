"""The tables of a study, run by run without DVC, for machines that are free for a limited time."""

import io
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import redirect_stderr
from pathlib import Path
from runpy import run_module
from typing import Annotated

import typer

from interference import params
from interference.errors import BadInput, one_of
from interference.io import files
from interference.pipeline import (
    IMAGE_TABLE,
    LEFT,
    SOURCE,
    Piece,
    pieces,
    runs_of,
    sort_pieces,
    tables_of,
)
from interference.runtime import ray_cluster
from interference.runtime.ray_cluster import Workers
from interference.study import made_with
from stages import HOME, PROJECT, RunNames, StudyFolder, end, run, say

ENGINES = ("local", "ray")
PARAMETERS = Path("params.yaml")  # in a study's folder

# A cluster sends one of them before it takes the machine away; Windows has only the first.
SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGUSR1") if hasattr(signal, name)]

Minutes = Annotated[
    float | None,
    typer.Option(min=0, help="When to stop; must be enough for one epoch or one row."),
]
Task = Annotated[
    int | None,
    typer.Option(min=0, help="Make only this run, counted from 0: the task of a cluster's array."),
]
Engine = Annotated[
    str,
    typer.Option(
        help="local: one run after another, in this process; ray: each run as a task on a cluster."
    ),
]
Cores = Annotated[
    int,
    typer.Option(min=1, help="The CPU cores of each run on a Ray cluster."),
]


def main(
    folder: StudyFolder,
    runs: RunNames = None,
    minutes: Minutes = None,
    task: Task = None,
    engine: Engine = "local",
    cores: Cores = 1,
) -> None:
    """Make the trainings, counts, class gradients and surfaces of a study that are left.

    The commands of dvc.yaml run in one process, so that PyTorch starts only once. After the given
    minutes, or at the signal SIGTERM or SIGUSR1, it stops; the same call continues from the last
    epoch or row. The exit status is 0 if everything is done and 3 if something is left. Several
    processes may work in one folder, each on runs of its own.

    With --engine ray, each run is a task on the cluster of RAY_ADDRESS, or on one that is started
    on this machine. It gets a GPU if the cluster has any. The run of a lost worker goes on from its
    last epoch or row on another one. All workers must see the folder under the same path.
    """
    if engine not in ENGINES:
        raise one_of("engine", engine, ENGINES)
    settings = params.load(folder / PARAMETERS)
    candidates = pieces(PROJECT / "dvc.yaml", folder / PARAMETERS)
    selected = runs or []
    if task is not None:
        selected = [task_run(selected or runs_of(candidates), task)]
    wanted = sort_pieces(candidates, selected)
    raw = HOME / "data" / "raw"
    if raw.is_dir():
        os.environ.setdefault("INTERFERENCE_RAW", str(raw))
    place = folder.resolve()
    os.chdir(place)
    made_with.check_tables(settings, tables_of(wanted), IMAGE_TABLE, SOURCE)
    if minutes is not None:
        timer = threading.Timer(60 * minutes, stop, [wanted])
        timer.daemon = True
        timer.start()
    for number in SIGNALS:
        signal.signal(number, end)
    try:
        if engine == "ray":
            run_on_cluster(place, runs_of(wanted), cores)
        else:
            run_pieces(wanted)
    except SystemExit as ended:
        if ended.code in [128 + number for number in SIGNALS]:
            print_progress(wanted)
            sys.exit(LEFT)
        raise
    print_progress(wanted)


def task_run(runs: list[str], task: int) -> str:
    """The run of a task.

    Args:
        runs: The runs of the array.
        task: The number of the task.

    Returns:
        The name of the run.

    Raises:
        BadInput: There are fewer runs.
    """
    if task >= len(runs):
        raise BadInput(f"--task: found {task}, allowed: 0 to {len(runs) - 1}, one for each run")
    return runs[task]


def run_pieces(wanted: list[Piece]) -> None:
    """Make the pieces that are left.

    Pieces that all runs share are made by one process while others wait.

    Args:
        wanted: The pieces, in order.

    Raises:
        BadInput: The parameters changed meanwhile.
    """
    parameters = PARAMETERS.read_bytes()
    for piece in wanted:
        if piece.is_done():
            continue
        if PARAMETERS.read_bytes() != parameters:
            raise BadInput(
                f"{PARAMETERS}: changed while the tables of its runs were made; expected the same "
                "parameters for all: restore the file, or call the same command again"
            )
        if piece.of_run:
            run_piece(piece)
            continue
        with files.locked(Path("data", ".lock")):
            if not piece.is_done():
                run_piece(piece)


def run_on_cluster(folder: Path, runs: Sequence[str], cores: int) -> None:
    """Make each run by a task on a Ray cluster.

    Args:
        folder: The study's folder, under the path that all workers see it.
        runs: The runs.
        cores: The CPU cores of a task.

    Raises:
        BadInput: Runs were not done, or the cluster cannot be reached.
    """
    variables = {name: text for name, text in os.environ.items() if name.startswith("INTERFERENCE")}
    workers = Workers(cores, {**variables, "PYTHONPATH": str(HOME)})
    own = [{"folder": folder, "name": name} for name in runs]
    no_objects: list[dict[str, str]] = [{} for _ in runs]
    failed = []
    for number, (status, errors) in ray_cluster.run_tasks(
        make_run, {}, no_objects, own, workers, lost
    ):
        for line in errors.splitlines():
            print(f"{runs[number]}: {line}", file=sys.stderr, flush=True)
        if status:
            failed.append(runs[number])
    if failed:
        raise BadInput(f"{folder}: not done: {', '.join(failed)}; the lines above say why")


def make_run(folder: Path, name: str) -> tuple[int, str]:
    """Make the pieces of a run on a worker of a cluster.

    Args:
        folder: The study's folder.
        name: The run.

    Returns:
        The exit status, and what was written to standard error.
    """
    os.environ.pop("RAY_ADDRESS", None)  # the rows of a plane stay on this worker
    errors = io.StringIO()
    status = 0
    with redirect_stderr(errors):
        try:
            main(folder, [name])
        except BadInput as error:
            status = 2
            print(f"error: {error}", file=sys.stderr)
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1
        except Exception:
            status = 1
            traceback.print_exc()
    if status == LEFT:  # the worker is taken away, so that another one has to continue
        os._exit(LEFT)
    return status, errors.getvalue()


def lost(reason: str) -> tuple[int, str]:
    """The result of a run whose workers were lost too often.

    Args:
        reason: What Ray says about the last one.
    """
    return 1, f"error: {reason}"


def run_piece(piece: Piece) -> None:
    """Run a piece's command in this process; a failure ends the process.

    Args:
        piece: The piece.
    """
    started = time.monotonic()
    _, _, module, *arguments = piece.command  # python -m MODULE ARGUMENTS
    sys.argv[1:] = arguments
    try:
        run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        print(f"{piece.name}: {time.monotonic() - started:.0f} s", flush=True)
        if ended.code:
            raise


def stop(wanted: list[Piece]) -> None:
    """End the process at once.

    Files are written whole or not at all, and the next call continues unfinished work.

    Args:
        wanted: The pieces that were to be made.
    """
    print_progress(wanted)
    os._exit(LEFT)


def print_progress(wanted: list[Piece]) -> None:
    """Print how many pieces are done and which are left.

    Args:
        wanted: The pieces that were to be made.
    """
    left = [piece.name for piece in wanted if not piece.is_done()]
    done = len(wanted) - len(left)
    say(f"{done} of {len(wanted)} pieces done; left: {', '.join(left) or 'none'}")


if __name__ == "__main__":
    run(main)
