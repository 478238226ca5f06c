"""Keeps the tables of finished studies in git, and redraws what follows from them.

    python -m studies.publish NAME [--of FOLDER]

redraws published/NAME from its tables: claims, figures, the report and REPRODUCTION.md, by the
commands of dvc.yaml. It needs no image, no net and no PyTorch. With --of, the tables, metrics and
parameters of a finished study first replace the ones in published/NAME.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

import stages
from interference import params, vocabulary
from interference.errors import BadInput, one_of
from interference.io import files, tables
from interference.pipeline import IMAGE_TABLE, Piece, pieces
from interference.study import select
from interference.study.study import Folders

ROOT = Path(__file__).resolve().parent.parent
PUBLISHED = ROOT / "published"
# Metrics, times and tables, which name images by their index.
KEPT = ("metrics", "data/seconds", *map(str, Folders.below(Path()).tables.values()))
DOCS = ROOT / "docs"
# Figures of published studies that pages of the documentation show, by study
PICTURES = {
    "quick": {
        "cctm": "cctm-optim",
        "class_losses": "class_losses-small-raw",
        "cosine_cctm": "cosine_cctm",
        "dance": "dance-small",
        "ego_models": "ego_models-small-raw",
        "lowland": "lowland",
        "notes": "notes-small",
        "surface": "surface-small-raw",
    },
    "seeds": {"shared_errors": "shared-errors"},
    "short": {
        "cctm": "cctm-optim",
        "dance": "dance-vgg19",
        "league": "league",
        "notes": "notes-vgg19",
        "surface": "surface-vgg19-raw",
        "surface_zoom": "surface-vgg19-raw-zoom",
        "surface_zoom_resnet18": "surface-resnet18-raw-zoom",
        "symmetry": "symmetry",
    },
}
DRAWN = ("claims", "figures", "reproduction", "report")  # the stages that need tables alone


def main(
    name: str,
    of: Annotated[Path | None, typer.Option(help="The folder of a finished study.")] = None,
) -> None:
    """Publish the tables of a study, or redraw what follows from published tables."""
    vocabulary.check_run("study", name)
    folder = PUBLISHED / name
    published = sorted(path.parent.name for path in PUBLISHED.glob("*/params.yaml"))
    if not of and name not in published:
        raise one_of("study", name, [*published, "a new one with --of"])
    check(of or folder)
    if of:
        copy_tables(of, folder)
    draw(folder)
    copy_pictures(folder, DOCS / name, PICTURES.get(name, {}))


def check(study: Path) -> None:
    """Check that a study can be published.

    Args:
        study: The study's folder.

    Raises:
        BadInput: If it has no tables, or if a table was made with other parameters than its own, or
            of other images than the image table or, without one, than the other tables.
    """
    settings = params.load(study / "params.yaml")
    paths: list[Path] = []
    for folder in Folders.below(study).tables.values():
        paths.extend(sorted(folder.glob("*.parquet")))
    if not paths:
        raise BadInput(f"{study}: no tables in data; expected a finished study: run it first")
    image_table = study / IMAGE_TABLE
    images = tables.images_metadata(image_table) if image_table.exists() else {}
    for path in paths:
        images = images or tables.images_metadata(path)
        select.check_made(settings, path, images)


def copy_tables(study: Path, folder: Path) -> None:
    """Replace a published study by the parameters, metrics and tables of another one.

    Everything is copied first and renamed then, so that a kill leaves no mixture of both.

    Args:
        study: The folder that they come from.
        folder: The published study's folder.

    Raises:
        BadInput: A file cannot be read or written; the published study stays as it was.
    """
    if folder.exists() and folder.samefile(study):
        return
    without_readme = shutil.ignore_patterns("README.md")
    with files.temporary(folder.parent, folder.name) as workspace:
        new = workspace / "new"
        try:
            for kept in KEPT:
                if (study / kept).exists():
                    shutil.copytree(study / kept, new / kept, ignore=without_readme)
            shutil.copy(study / "params.yaml", new / "params.yaml")
        except OSError as error:
            raise BadInput(f"{study}: cannot be copied to {folder} ({_reason(error)})") from error
        if folder.exists():
            folder.rename(workspace / "old")
        new.rename(folder)


def _reason(error: OSError) -> str:
    """The reason of the first file that could not be copied."""
    if isinstance(error, shutil.Error) and error.args and error.args[0]:
        *_, reason = error.args[0][0]
        return str(reason)
    return error.strerror or str(error)


def draw(folder: Path) -> None:
    """Redraw a published study; drawings that its tables no longer give are deleted.

    Args:
        folder: The published study's folder.
    """
    shutil.rmtree(folder / "plots", ignore_errors=True)
    for kept in KEPT:
        (folder / kept).mkdir(parents=True, exist_ok=True)
    # The folder of this checkout comes first, so that its code runs in whichever folder.
    search_path = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, search_path))}
    for piece in pieces(ROOT / "dvc.yaml", folder / "params.yaml"):
        if piece.stage in DRAWN:
            completed = subprocess.run(command(piece), cwd=folder, env=environment)
            if completed.returncode:
                raise typer.Exit(completed.returncode)


def copy_pictures(folder: Path, pictures: Path, shown: Mapping[str, str]) -> None:
    """Copy the figures that the documentation shows, if it shows any of this study.

    Args:
        folder: The published study's folder.
        pictures: The folder of the documentation's pictures of the study.
        shown: The figures by the name of their picture.
    """
    if pictures.exists():
        for name, figure in shown.items():
            shutil.copy(folder / "plots" / "figures" / f"{figure}.svg", pictures / f"{name}.svg")


def command(piece: Piece) -> list[str]:
    """The command of a piece without the image table; the report then names images by their index.

    Args:
        piece: The piece.

    Returns:
        The command, to be run by this Python.
    """
    arguments = [sys.executable, *piece.command[1:]]
    if "--images" in arguments:
        position = arguments.index("--images")
        del arguments[position : position + 2]
    return arguments


if __name__ == "__main__":
    stages.run(main)
