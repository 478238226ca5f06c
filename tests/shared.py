"""Folders that are made once a session, also where several processes (pytest-xdist) share the
session.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(name: str, factory: pytest.TempPathFactory, make: Callable[[Path], object]) -> Path:
    """A session's folder of a name, made by the first process that asks for it: to be read or
    copied, never changed.

    Args:
        name: the folder's name, one a `make`.
        factory: pytest's factory of temporary folders.
        make: fills the empty folder that it is given.

    Returns:
        The finished folder.
    """
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # a worker's own folder lies in that of the session
    folder = base / name
    finished = base / f"{name}.finished"
    with FileLock(base / f"{name}.lock"):
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)  # left by a process that failed
            folder.mkdir()
            make(folder)
            finished.touch()
    return folder
