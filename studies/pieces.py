"""A study without DVC, in pieces: what a lent GPU is given to do, a few minutes at a time.

    python -m studies.pieces FOLDER [RUN ...] [--minutes M]

FOLDER holds a params.yaml and takes the study's data, metrics and plots. Of the runs named, or of all, it does in
turn what has no outputs yet: the training, the CCTM, the class gradients and the surfaces, by the commands of dvc.yaml,
all in one process, so that PyTorch starts and chooses its algorithms once. After M minutes it ends wherever it is; the
same call goes on from the last epoch or row. Exit status 0: all is done; 3: some is left.
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

MADE = ("source", "download", "train", "cctm", "ego", "sweep")  # what a table of a run takes
LEFT = 3


Folder = Annotated[
    Path, typer.Argument(help="A folder with a params.yaml, which takes the results.")
]
Runs = Annotated[list[str] | None, typer.Argument(help="Some of its runs; all without.")]
Minutes = Annotated[
    float | None, typer.Option(min=0, help="When to stop; an epoch or a row must fit in.")
]


def main(folder: Folder, runs: Runs = None, minutes: Minutes = None) -> None:
    """Do what is left of a study's runs, as far as the minutes go; exit status 3 where some is left then."""
    settings = params.load(folder / "params.yaml")
    wanted = ordered(pieces(folder / "params.yaml"), runs or [])
    os.environ.setdefault("INTERFERENCE_RAW", str(ROOT / "data" / "raw"))
    os.chdir(folder)
    check_done(wanted, settings)
    if minutes is not None:
        end = threading.Timer(60 * minutes, stop, [wanted])
        end.daemon = True
        end.start()
    for piece in wanted:
        if not piece.is_done():
            do(piece)
    sum_up(wanted)


def ordered(found: list[Piece], runs: list[str]) -> list[Piece]:
    """What all runs share, then run by run, so that a net's surfaces are made where its weights are."""
    known = list(dict.fromkeys(piece.of_run for piece in found if piece.of_run))
    unknown = [run for run in runs if run not in known]
    if unknown:
        raise one_of("run", unknown[0], known)
    order: list[str | None] = [None, *(runs or known)]
    mine = [piece for piece in found if piece.stage in MADE and piece.of_run in order]
    return sorted(mine, key=lambda piece: (order.index(piece.of_run), MADE.index(piece.stage)))


def check_done(wanted: list[Piece], settings: params.Params) -> None:
    """Raise `BadInput` where a piece that is done was done with other parameters."""
    for piece in wanted:
        if piece.of_run and piece.is_done():
            for path in piece.outputs:
                if path.endswith(".parquet"):
                    select.check_made(settings, Path(path))


def do(piece: Piece) -> None:
    """Run a piece's command in this process; a failure ends it."""
    started = time.monotonic()
    _, _, module, *sys.argv[1:] = piece.words  # python -m MODULE ...
    try:
        run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        print(f"{piece.name}: {time.monotonic() - started:.0f} s", flush=True)
        if ended.code:
            raise


def stop(wanted: list[Piece]) -> None:
    """End the process wherever it is: every file is whole or absent, and what is unfinished is taken up again."""
    sum_up(wanted)
    os._exit(LEFT)


def sum_up(wanted: list[Piece]) -> None:
    """Say what is done and what is left."""
    left = [piece.name for piece in wanted if not piece.is_done()]
    print(
        f"{len(wanted) - len(left)} of {len(wanted)} pieces done; left: {', '.join(left) or 'none'}",
        flush=True,
    )


if __name__ == "__main__":
    stages.run(main)
