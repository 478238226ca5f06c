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
    home = stages_home(Path.cwd())
    # -P keeps Python from importing a `stages` that lies in the working directory.
    command = [sys.executable, "-P", "-m", "stages", *sys.argv[1:]]
    environment = os.environ | {"PYTHONPATH": _python_path(home)}
    os.execve(sys.executable, command, environment)


def _python_path(first: Path) -> str:
    """The environment variable PYTHONPATH with a folder in front."""
    path = os.environ.get("PYTHONPATH")
    if not path:
        return str(first)
    return f"{first}{os.pathsep}{path}"


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
    stages = folder / "stages" / "__main__.py"
    package = folder / "src" / PACKAGE.name
    return stages.is_file() and package.is_dir()
