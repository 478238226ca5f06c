"""Lays out a project of the user's own, which runs the pipeline with the installed package.

The project holds data and results. Its code is the package, so its dvc.yaml names no source file:
every stage depends on requirements.txt instead, which names the package's version.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from interference.errors import BadInput, one_of
from interference.version import __version__

REQUIREMENTS = "requirements.txt"
CODE = ("stages/", "src/")  # dependencies of the checkout's dvc.yaml that are code
STAGE = re.compile(r"python -m stages\.(\w+)")
IGNORED_BY_GIT = "/data/*\n/.resume/\n/dvc_plots/\n"
IGNORED_BY_DVC = "# Nothing here is ever a dependency or an output.\n.resume/\ndata/raw/\n*.tmp\n"
HEADER = f"""\
The pipeline of `interference`, as version {__version__} laid it out.
Every stage depends on {REQUIREMENTS}: change the version there, and all stages run again.
"""


def studies(source: Path) -> dict[str, Path]:
    """The parameters that a project can begin with.

    Args:
        source: A checkout, or the copy of its pipeline in an installed package.

    Returns:
        Files of parameters by the name of the study; `paper` is the paper's own.
    """
    files = {path.stem: path for path in sorted((source / "studies").glob("*.yaml"))}
    return {**files, "paper": source / "params.yaml"}


def create(folder: Path, source: Path, study: str) -> None:
    """Write a project, with git and DVC initialised.

    Args:
        folder: The folder of the project, which is created.
        source: A checkout, or the copy of its pipeline in an installed package.
        study: The study whose parameters the project begins with.

    Raises:
        BadInput: The folder holds files, or there is no such study.
    """
    parameters = studies(source)
    if study not in parameters:
        raise one_of("--study", study, parameters)
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder}: found a file, expected a new or empty folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise BadInput(f"{folder}: found a folder with files in it, expected a new or empty one")
    folder.mkdir(parents=True, exist_ok=True)
    write_pipeline(source / "dvc.yaml", folder / "dvc.yaml")
    shutil.copyfile(parameters[study], folder / "params.yaml")
    (folder / REQUIREMENTS).write_text(f"interference[pipeline]=={__version__}\n")
    (folder / ".gitignore").write_text(IGNORED_BY_GIT)
    initialise(folder)
    (folder / ".dvcignore").write_text(IGNORED_BY_DVC)
    shutil.copytree(source / ".dvc" / "plots", folder / ".dvc" / "plots", dirs_exist_ok=True)


def write_pipeline(original: Path, copy: Path) -> None:
    """Write a dvc.yaml that runs the installed program in place of a checkout's stages.

    Args:
        original: The checkout's dvc.yaml.
        copy: The file to write.
    """
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    pipeline = yaml.load(original)
    for entry in pipeline["stages"].values():
        use_package(entry.get("do", entry))
    pipeline.yaml_set_start_comment(HEADER)
    with copy.open("w", encoding="utf-8") as file:
        yaml.dump(pipeline, file)


def use_package(stage: dict[str, Any]) -> None:
    """Let a stage run the installed program, and depend on its version instead of its code.

    Args:
        stage: A stage of dvc.yaml, changed in place.
    """
    stage["cmd"] = STAGE.sub(r"interference \1", stage["cmd"])
    data = [path for path in stage["deps"] if not path.startswith(CODE)]
    stage["deps"] = [*data, REQUIREMENTS]


def initialise(folder: Path) -> None:
    """Make a folder a repository of git, unless it lies in one, and of DVC.

    Args:
        folder: The folder.

    Raises:
        BadInput: git or DVC refuses.
    """
    inside = subprocess.run(["git", "rev-parse"], cwd=folder, capture_output=True).returncode == 0
    dvc = [sys.executable, "-m", "dvc", "init", "--quiet"]
    commands = [[*dvc, "--subdir"]] if inside else [["git", "init", "--quiet"], dvc]
    for command in commands:
        completed = subprocess.run(command, cwd=folder, text=True, capture_output=True)
        if completed.returncode:
            reason = " ".join(completed.stderr.split())
            raise BadInput(f"{folder}: {' '.join(command)} failed: {reason}")
