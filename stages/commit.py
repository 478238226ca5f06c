"""Records the tables that were made without DVC in its cache and in dvc.lock."""

import os
import subprocess
import sys

from interference import params
from interference.errors import BadInput
from interference.pipeline import IMAGE_TABLE, MADE, SOURCE, Piece, pieces, sort_pieces, tables_of
from interference.study import made_with
from stages import StudyFolder, run, say


def main(folder: StudyFolder) -> None:
    """Record the tables of `pieces` and `run-array` for DVC, so that it does not make them again.

    Runs that are not finished may be left out; DVC makes them at the next `dvc repro`. Tables that
    were made with other parameters, or of other images, are refused.
    """
    if not (folder / "dvc.yaml").is_file():
        raise BadInput(
            f"{folder}: found no dvc.yaml, expected the folder of a checkout or a project, as "
            "`interference new` lays it out"
        )
    settings = params.load(folder / "params.yaml")
    candidates = pieces(folder / "dvc.yaml", folder / "params.yaml")
    wanted = sort_pieces(candidates, [])
    os.chdir(folder)
    made_with.check_tables(settings, tables_of(wanted), IMAGE_TABLE, SOURCE)
    done = [piece for piece in wanted if piece.is_done()]
    if not done:
        raise BadInput(f"{folder}: found no table, expected those of `interference run-array`")
    commit(targets(done, wanted))
    say(f"{len(done)} of {len(wanted)} pieces recorded in dvc.lock; `dvc repro` makes the rest")


def targets(done: list[Piece], wanted: list[Piece]) -> list[str]:
    """The names by which DVC knows the pieces that are done.

    Args:
        done: The pieces that are done.
        wanted: All pieces of the stages that make tables of runs.

    Returns:
        The name of a stage for all its items, else the names of the items.
    """
    names = []
    for stage in MADE:
        items = [piece.name for piece in done if piece.stage == stage]
        is_whole = len(items) == sum(piece.stage == stage for piece in wanted)
        names += [stage] if items and is_whole else items
    return names


def commit(names: list[str]) -> None:
    """Let DVC record stages in the current folder.

    Args:
        names: The stages and items.

    Raises:
        BadInput: DVC refuses.
    """
    import dvc  # noqa: F401 (a missing package is named by its extra)

    command = [sys.executable, "-m", "dvc", "commit", "--force", "--quiet", *names]
    completed = subprocess.run(command, text=True, capture_output=True)
    if completed.returncode:
        reason = " ".join(completed.stderr.split())
        raise BadInput(f"dvc commit failed: {reason}")


if __name__ == "__main__":
    run(main)
