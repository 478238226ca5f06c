"""Runs a study without DVC, piece by piece, for machines that are free for minutes at a time.

    python -m studies.pieces FOLDER [RUN ...] [--minutes M]

FOLDER holds a params.yaml and receives the study's data, metrics and plots. The command makes the
trainings, the CCTMs, the class gradients and the surfaces of the named runs, or of all runs, unless
their outputs exist. It runs the commands of dvc.yaml in one process, so that PyTorch starts and
chooses its algorithms only once. After M minutes it stops; the same call continues from the last
epoch or row. The exit status is 0 if everything is done and 3 if something is left.
"""

import os
import sys
import threading
import time
from pathlib import Path
from runpy import run_module
from typing import Annotated

import typer

import stages
from interference import params
from interference.errors import one_of
from interference.study import select
from studies.pipeline import ROOT, Piece, pieces

# The stages that make the tables of a run.
MADE = ("source", "download", "train", "cctm", "ego", "sweep")
LEFT = 3  # the exit status if pieces are left


Folder = Annotated[
    Path, typer.Argument(help="A folder with a params.yaml, which receives the results.")
]
Runs = Annotated[list[str] | None, typer.Argument(help="The runs to make; all if none is named.")]
Minutes = Annotated[
    float | None,
    typer.Option(min=0, help="When to stop; must be enough for one epoch or one row."),
]


def main(folder: Folder, runs: Runs = None, minutes: Minutes = None) -> None:
    """Make the pieces of a study that are left; exit status 3 if time runs out before the end."""
    settings = params.load(folder / "params.yaml")
    wanted = sort_pieces(pieces(folder / "params.yaml"), runs or [])
    os.environ.setdefault("INTERFERENCE_RAW", str(ROOT / "data" / "raw"))
    os.chdir(folder)
    check_done(wanted, settings)
    if minutes is not None:
        timer = threading.Timer(60 * minutes, stop, [wanted])
        timer.daemon = True
        timer.start()
    for piece in wanted:
        if not piece.is_done():
            run_piece(piece)
    print_progress(wanted)


def sort_pieces(candidates: list[Piece], runs: list[str]) -> list[Piece]:
    """Select and sort the pieces that make the tables of some runs.

    Args:
        candidates: All pieces of the study.
        runs: The runs, in order; all runs if empty.

    Returns:
        The pieces that all runs share, then those of one run after another, so that the surfaces of
        a net are made where its weights are.

    Raises:
        BadInput: If the study has no run of a name.
    """
    known = list(dict.fromkeys(piece.of_run for piece in candidates if piece.of_run))
    unknown = [run for run in runs if run not in known]
    if unknown:
        raise one_of("run", unknown[0], known)
    order: list[str | None] = [None, *(runs or known)]
    selected = [piece for piece in candidates if piece.stage in MADE and piece.of_run in order]

    def position(piece: Piece) -> tuple[int, int]:
        return order.index(piece.of_run), MADE.index(piece.stage)

    return sorted(selected, key=position)


def check_done(wanted: list[Piece], settings: params.Params) -> None:
    """Check that the pieces that are done were made with the study's parameters.

    Args:
        wanted: The pieces.
        settings: The study's parameters.

    Raises:
        BadInput: If one was made with other parameters.
    """
    for piece in wanted:
        if piece.of_run and piece.is_done():
            for path in piece.outputs:
                if path.endswith(".parquet"):
                    select.check_made(settings, Path(path))


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
    stages.say(f"{done} of {len(wanted)} pieces done; left: {', '.join(left) or 'none'}")


if __name__ == "__main__":
    stages.run(main)
