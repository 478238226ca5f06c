"""The program `interference`: it runs the stages of the checkout around the working directory.

Outside a checkout it runs the stages that are installed with the package.
"""

import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
# A wheel holds `stages` in this folder: at the top level it would hide other projects' `stages`.
INSTALLED = PACKAGE / "program"


def main() -> None:
    """Replace this process by `python -m stages` of the right folder, with the same arguments."""
    folders = [str(stages_home(Path.cwd())), os.environ.get("PYTHONPATH")]
    path = os.pathsep.join(folder for folder in folders if folder)
    # -P keeps Python from importing a `stages` that lies in the working directory.
    command = [sys.executable, "-P", "-m", "stages", *sys.argv[1:]]
    os.execve(sys.executable, command, os.environ | {"PYTHONPATH": path})


def stages_home(folder: Path) -> Path:
    """Find the folder whose `stages` the program runs.

    Args:
        folder: The working directory.

    Returns:
        The checkout around the working directory, else the checkout that this file lies in, else
        the folder of the installed stages.
    """
    for candidate in (folder, *folder.parents, PACKAGE.parents[1]):
        if is_checkout(candidate):
            return candidate
    return INSTALLED


def is_checkout(folder: Path) -> bool:
    """Whether a folder is a checkout of this project, such as the clone of a study."""
    has_stages = (folder / "stages" / "__main__.py").is_file()
    return has_stages and (folder / "src" / PACKAGE.name).is_dir()
