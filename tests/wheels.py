"""Another checkout of this project, and the wheel that is built from it."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from interference.version import __version__
from tests.clone import git
from tests.imports import ROOT

CODE = ("src", "stages", "setup.py", "pyproject.toml", "README.md", "LICENSE")
PIPELINE = ("dvc.yaml", "params.yaml", "studies", ".dvc/plots")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def other_checkout(folder: Path) -> None:
    """Copy this checkout, with code that says that it is version 9.9."""
    listed = git(
        "ls-files", "--cached", "--others", "--exclude-standard", *CODE, *PIPELINE, at=ROOT
    )
    for name in listed.splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    package = folder / "src" / "interference" / "version.py"
    package.write_text(package.read_text().replace(f'"{__version__}"', '"9.9"'))


def unpacked_wheel(checkout: Path, folder: Path) -> None:
    """Build a checkout's wheel into a folder and unpack it there, as pip would."""
    command = [sys.executable, "-c", BUILD, str(folder)]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    zipfile.ZipFile(next(folder.glob("*.whl"))).extractall(folder)
