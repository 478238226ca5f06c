"""A project of your own: the pipeline, its parameters, git and DVC in a new folder."""

import importlib
from pathlib import Path
from typing import Annotated

import typer

from interference import project
from stages import PROJECT, run, say

Folder = Annotated[Path, typer.Argument(help="The folder of the project, new or empty.")]
Study = Annotated[
    str,
    typer.Option(
        help="The study whose parameters it begins with: digits (the demo), quick, short or paper."
    ),
]


def main(folder: Folder, study: Study = "digits") -> None:
    """Lay out a project of your own, in which `dvc repro` runs the installed program.

    The project begins with the parameters of a study. For images of your own, change the group
    `data` in its params.yaml. It needs no checkout of this project.
    """
    importlib.import_module("dvc")  # a missing DVC is said before anything is written
    project.create(folder, PROJECT, study)
    say(f"project {folder}: dvc.yaml, {project.REQUIREMENTS}, params.yaml of the study {study}")
    say(f"  run it           cd {folder} && dvc repro")
    say("  your own images  change the group `data` in params.yaml")


if __name__ == "__main__":
    run(main)
