"""A study's tables kept in git, and all that follows from them drawn anew; no image, no net, nothing of PyTorch.

    python -m studies.publish NAME [--of FOLDER]

draws published/NAME again from its tables: claims, figures, the report and REPRODUCTION.md, by the commands of
dvc.yaml. With --of the tables, metrics and parameters of a finished study first take the place of those that are there.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

import stages
from interference import params, vocabulary
from interference.errors import BadInput, one_of
from interference.study import select
from interference.study.study import Folders
from studies.pipeline import ROOT, Piece, pieces

PUBLISHED = ROOT / "published"
# Metrics and tables, which name images by their index.
KEPT = ("metrics", *map(str, Folders.below(Path()).tables.values()))
DRAWN = ("claims", "figures", "reproduction", "report")


def main(
    name: str, of: Annotated[Path | None, typer.Option(help="A study's folder.")] = None
) -> None:
    """Publish a study's tables, or draw again what follows from those that are published."""
    vocabulary.check_run("study", name)
    folder = PUBLISHED / name
    there = sorted(path.parent.name for path in PUBLISHED.glob("*/params.yaml"))
    if not of and name not in there:
        raise one_of("study", name, [*there, "a new one with --of"])
    check(of or folder)
    if of:
        take(of, folder)
    draw(folder)


def check(study: Path) -> None:
    """Raise `BadInput` unless a folder has tables, and those of its runs were made with its parameters."""
    settings = params.load(study / "params.yaml")
    folders = Folders.below(study).tables.values()
    files = [file for folder in folders for file in sorted(folder.glob("*.parquet"))]
    if not files:
        raise BadInput(f"{study}: no tables in data, allowed: a study that has some")
    for file in files:
        select.check_made(settings, file)


def take(study: Path, folder: Path) -> None:
    """Lay a study's parameters, metrics and tables into a folder, in the place of those that are there."""
    if folder.exists() and folder.samefile(study):
        return
    for kept in KEPT:
        shutil.rmtree(folder / kept, ignore_errors=True)
        if (study / kept).exists():
            shutil.copytree(study / kept, folder / kept, ignore=shutil.ignore_patterns("README.md"))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(study / "params.yaml", folder / "params.yaml")


def draw(folder: Path) -> None:
    """Run the stages that need tables alone; what no table asks for any more goes."""
    shutil.rmtree(folder / "plots", ignore_errors=True)
    for kept in KEPT:
        (folder / kept).mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {
        **os.environ,
        "PYTHONPATH": path,
    }  # this checkout's code, whichever folder it runs in
    for piece in pieces(folder / "params.yaml"):
        if piece.stage in DRAWN and (
            status := subprocess.run(command(piece), cwd=folder, env=environment).returncode
        ):
            raise typer.Exit(status)


def command(piece: Piece) -> list[str]:
    """A piece's command with no image table to look at; the report then names images by their index."""
    words = [sys.executable, *piece.words[1:]]
    if "--images" in words:
        place = words.index("--images")
        del words[place : place + 2]
    return words


if __name__ == "__main__":
    stages.run(main)
