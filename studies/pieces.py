"""Runs a study without DVC, piece by piece, for machines that are free for minutes at a time.

    python -m studies.pieces FOLDER [RUN ...] [--minutes M]

FOLDER holds a params.yaml and receives the study's data, metrics and plots. The command makes the
trainings, the CCTMs, the class gradients and the surfaces of the named runs, or of all runs, unless
their outputs exist. It runs the commands of dvc.yaml in one process, so that PyTorch starts and
chooses its algorithms only once. After M minutes it stops; the same call continues from the last
epoch or row. The exit status is 0 if everything is done and 3 if something is left.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from runpy import run_module
from typing import Annotated, Any

import typer

import stages
from interference import params
from interference.errors import BadInput, one_of
from interference.io import tables
from interference.study import select
from studies.pipeline import IMAGE_TABLE, ROOT, SOURCE, Piece, pieces

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
    """Check that the pieces that are done were made with the study's parameters and images.

    Args:
        wanted: The pieces.
        settings: The study's parameters.

    Raises:
        BadInput: If one was made with other parameters or of other images.
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
        BadInput: If it was made of other data.
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
        BadInput: If the file is not JSON.
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
    stages.say(f"{done} of {len(wanted)} pieces done; left: {', '.join(left) or 'none'}")


if __name__ == "__main__":
    stages.run(main)
