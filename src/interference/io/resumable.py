"""Resumes interrupted work: keeps its folder and its time, and removes them at the end.

Unfinished work is kept outside DVC's outputs, in a folder named by a hash of all that defines the
work.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from shutil import rmtree
from typing import Any

from interference.io.stopwatch import Stopwatch


class Unfinished:
    """Unfinished work in a folder of its own.

    Attributes:
        folder: The folder of the finished parts; it may not exist yet.
        stopwatch: The time that the work takes, without its interruptions.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stopwatch = Stopwatch(folder / "seconds")

    @property
    def seconds(self) -> float:
        """The time of the work so far, in seconds to a tenth."""
        return self.stopwatch.seconds

    def keep_time(self) -> None:
        """Write the time so far to the folder, in case the work is interrupted."""
        self.stopwatch.keep()


@contextmanager
def resumable(work: Mapping[str, Any], inputs: Mapping[str, Path]) -> Iterator[Unfinished]:
    """Resume the work that an interrupted call left, or begin it.

    The folder of the work is removed when the block ends without an exception, and stays after an
    exception. So the results must be written inside the block.

    Args:
        work: JSON values that define the work. Everything that changes the result belongs here,
            so that stale work is never resumed.
        inputs: The files that the work reads; their content is part of its definition.

    Yields:
        The unfinished work. Its folder lies in `.resume`, or in the folder that INTERFERENCE_RESUME
        names.
    """
    digests = {name: digest(path) for name, path in inputs.items()}
    description = json.dumps([work, digests], sort_keys=True)
    identity = blake2b(description.encode(), digest_size=12).hexdigest()
    unfinished = Unfinished(Path(os.environ.get("INTERFERENCE_RESUME", ".resume")) / identity)
    yield unfinished
    if unfinished.folder.exists():
        rmtree(unfinished.folder)


def digest(path: Path) -> str:
    """A hash of a file's content."""
    with path.open("rb") as file:
        content = blake2b(digest_size=12)
        while block := file.read(1 << 22):
            content.update(block)
    return content.hexdigest()
