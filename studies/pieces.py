"""A study without DVC, in pieces: what a lent GPU is given to do, a few minutes at a time.

    python -m studies.pieces FOLDER [RUN ...] [--minutes M]

FOLDER holds a params.yaml and takes the study's data, metrics and plots. Of the runs named, or of all, it does in
turn what has no outputs yet: the training, the CCTM, the class gradients and the surfaces, by the commands of dvc.yaml.
After M minutes the piece at work is stopped; the same call goes on from its last epoch or row. Exit status 0: all is
done; 3: some is left.
"""

import subprocess
import time
from pathlib import Path
from typing import Annotated

import typer

from studies.pipeline import Piece, pieces

MADE = ("source", "download", "train", "cctm", "ego", "sweep")  # what a table of a run takes
LEFT = 3


def main(folder: Path, runs: Annotated[list[str] | None, typer.Argument()] = None,
         minutes: float = float("inf")) -> None:
    """Do what is left of a study's runs, as far as the minutes go."""
    ends = time.monotonic() + 60 * minutes
    wanted = ordered(pieces(folder / "params.yaml"), runs or [])
    for piece in wanted:
        started = time.monotonic()
        if piece.is_done(folder):
            continue
        if started >= ends:
            break
        try:
            status = piece.run(folder, ends - started)
        except subprocess.TimeoutExpired:
            break
        print(f"{piece.name}: {time.monotonic() - started:.0f} s", flush=True)
        if status:
            raise typer.Exit(status)
    left = [piece.name for piece in wanted if not piece.is_done(folder)]
    print(f"{len(wanted) - len(left)} of {len(wanted)} pieces done; left: {', '.join(left) or 'none'}", flush=True)
    raise typer.Exit(LEFT if left else 0)


def ordered(found: list[Piece], runs: list[str]) -> list[Piece]:
    """What all runs share, then run by run, so that a net's surfaces are made where its weights are."""
    known = list(dict.fromkeys(piece.of_run for piece in found if piece.of_run))
    unknown = [run for run in runs if run not in known]
    if unknown:
        raise typer.BadParameter(f"found {unknown[0]!r}, allowed: {', '.join(known)}")
    order: list[str | None] = [None, *(runs or known)]
    mine = [piece for piece in found if piece.stage in MADE and piece.of_run in order]
    return sorted(mine, key=lambda piece: (order.index(piece.of_run), MADE.index(piece.stage)))


if __name__ == "__main__":
    typer.run(main)
