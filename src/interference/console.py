"""The program `interference`: the stages of the checkout that one stands in, else those that are installed."""

import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
INSTALLED = (
    PACKAGE / "program"
)  # where a wheel has `stages`; on top they would hide those of other projects


def main() -> None:
    """Become `python -m stages` of the right folder, with the same arguments."""
    path = os.pathsep.join(filter(None, (str(home(Path.cwd())), os.environ.get("PYTHONPATH"))))
    words = [
        sys.executable,
        "-P",
        "-m",
        "stages",
        *sys.argv[1:],
    ]  # -P: no other `stages` that lies here
    os.execve(sys.executable, words, os.environ | {"PYTHONPATH": path})


def home(folder: Path) -> Path:
    """The folder whose `stages` are meant: the checkout around a folder, this file's own, or the installed ones'."""
    return next(filter(is_checkout, (folder, *folder.parents, PACKAGE.parents[1])), INSTALLED)


def is_checkout(folder: Path) -> bool:
    """Whether a folder is a checkout of this project, a study's clone, say."""
    return (folder / "stages" / "__main__.py").is_file() and (
        folder / "src" / PACKAGE.name
    ).is_dir()
