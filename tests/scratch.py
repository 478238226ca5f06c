"""Where the tests' temporary folders lie: in memory, where it is large enough."""

import os
import shutil
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")  # Linux's folder in memory
FOLDER_BYTES = 4 * 2**30  # free in the folder: several times what a run of all tests leaves there
MEMORY_BYTES = 8 * 2**30  # available at the start: the folder's, and as much for the programs
VARIABLE = "PYTEST_DEBUG_TEMPROOT"  # where pytest lays its temporary folders


def use_memory() -> None:
    """Have pytest lay its temporary folders in memory, unless the user names another place.

    Tests copy checkouts of thousands of small files, which takes a busy disk seconds a copy.
    """
    if fits_memory():
        os.environ.setdefault(VARIABLE, str(MEMORY))


def fits_memory() -> bool:
    """Whether this machine has a folder in memory that may be written and has the room."""
    return (
        MEMORY.is_dir()
        and os.access(MEMORY, os.W_OK)
        and shutil.disk_usage(MEMORY).free >= FOLDER_BYTES
        and psutil.virtual_memory().available >= MEMORY_BYTES
    )
