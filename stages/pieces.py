"""The tables of a study, run by run without DVC, for machines that are free for a limited time."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from runpy import run_module
from typing import Annotated, Any

import typer

from interference import params
from interference.errors import BadInput
from interference.io import files, tables
from interference.pipeline import (
    IMAGE_TABLE,
    LEFT,
    SOURCE,
    Piece,
    pieces,
    runs_of,
    sort_pieces,
)
from interference.study import select
from stages import HOME, PROJECT, RunNames, StudyFolder, end, run, say

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


def main(
    folder: StudyFolder, runs: RunNames = None, minutes: Minutes = None, task: Task = None
) -> None:
    """Make the trainings, counts, class gradients and surfaces of a study that are left.

    The commands of dvc.yaml run in one process, so that PyTorch starts only once. After the given
    minutes, or at the signal SIGTERM or SIGUSR1, it stops; the same call continues from the last
    epoch or row. The exit status is 0 if everything is done and 3 if something is left. Several
    processes may work in one folder, each on runs of its own.
    """
    settings = params.load(folder / "params.yaml")
    candidates = pieces(PROJECT / "dvc.yaml", folder / "params.yaml")
    selected = runs or []
    if task is not None:
        selected = [task_run(selected or runs_of(candidates), task)]
    wanted = sort_pieces(candidates, selected)
    raw = HOME / "data" / "raw"
    if raw.is_dir():
        os.environ.setdefault("INTERFERENCE_RAW", str(raw))
    os.chdir(folder)
    check_done(wanted, settings)
    if minutes is not None:
        timer = threading.Timer(60 * minutes, stop, [wanted])
        timer.daemon = True
        timer.start()
    for number in SIGNALS:
        signal.signal(number, end)
    try:
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
    """
    for piece in wanted:
        if piece.is_done():
            continue
        if piece.of_run:
            run_piece(piece)
            continue
        with files.locked(Path("data", ".lock")):
            if not piece.is_done():
                run_piece(piece)


def check_done(wanted: list[Piece], settings: params.Params) -> None:
    """Check that the pieces that are done were made with the study's parameters and images.

    Args:
        wanted: The pieces.
        settings: The study's parameters.

    Raises:
        BadInput: One was made with other parameters or of other images.
    """
    made = []
    for piece in wanted:
        if piece.of_run and piece.is_done():
            made += [Path(path) for path in piece.outputs if path.endswith(".parquet")]
    has_images = IMAGE_TABLE.exists()
    if has_images:
        check_source(settings.data.source)
    images = tables.images_metadata(IMAGE_TABLE) if made and has_images else {}
    for path in made:
        select.check_made(settings, path, images)


def check_source(source: Mapping[str, Any]) -> None:
    """Check that the image table was made of the data that the study's parameters name.

    Args:
        source: The parameters of the data.

    Raises:
        BadInput: It was made of other data.
    """
    earlier = read_source(SOURCE)
    now = json.loads(json.dumps(source))
    for key in sorted(earlier.keys() | now.keys()):
        if earlier and earlier.get(key) != now.get(key):
            raise BadInput(
                f"{IMAGE_TABLE}: made with data.{key} {earlier.get(key, 'absent')}, now "
                f"{now.get(key, 'absent')}; expected the images of these parameters: delete it "
                f"and {SOURCE}, or restore the setting"
            )


def read_source(path: Path) -> dict[str, Any]:
    """Read which data the image table was made of.

    Args:
        path: The file that the stage `source` wrote.

    Returns:
        The parameters of the data; {} if there is no such file.

    Raises:
        BadInput: The file is not JSON.
    """
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise BadInput(f"{path}: not readable ({error}); delete it") from error


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
