"""Work that goes on where it was interrupted: its folder, its seconds and its clean-up.

Unfinished work is kept outside DVC's outputs, under a name that says exactly which work it is.
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
        folder: Where the finished parts of the work are kept; it may not exist yet.
        stopwatch: The time that the work takes, without its interruptions.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stopwatch = Stopwatch(folder / "seconds")

    @property
    def seconds(self) -> float:
        """The seconds that the work took so far, to a tenth."""
        return self.stopwatch.seconds

    def keep_time(self) -> None:
        """Keep the seconds so far, in case the work is interrupted."""
        self.stopwatch.keep()


@contextmanager
def resumable(work: Mapping[str, Any], inputs: Mapping[str, Path]) -> Iterator[Unfinished]:
    """Work that goes on where an interrupted call of the same work ended.

    The folder is removed when the block ends well, and stays after any exception. So results are
    to be written inside the block.

    Args:
        work: JSON values that describe the work. Anything that changes the result belongs here,
            so that stale work is never continued.
        inputs: The files that the work reads; their content is part of its description.

    Yields:
        The unfinished work that an interrupted call left, or new work. Its folder lies in
        `.resume`, or in the folder that INTERFERENCE_RESUME names.
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
