"""Resumes interrupted work: keeps its folder and its time, and removes them at the end.

Unfinished work is kept outside DVC's outputs, in a folder named by a hash of all that defines the
work: its parameters, its input files and its code.
"""

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from shutil import rmtree
from typing import Any

from filelock import FileLock, Timeout

from interference.errors import BadInput
from interference.io import files
from interference.io.nested import flat
from interference.io.stopwatch import Stopwatch

DESCRIPTION = "work.json"  # what the work is made of: a title, parameters, and digests of files
LOCK = "lock"  # held while a process is at work
OWNER = "process"  # which process that is


class Unfinished:
    """Unfinished work in a folder of its own.

    Attributes:
        folder: The folder of the finished parts.
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


@dataclass(frozen=True)
class Work:
    """All that defines a piece of work; if any of it changes, the work is another one.

    Attributes:
        title: A name for readers, such as `training of vgg19`.
        settings: JSON values: the parameters, the versions, the device and the precision.
        inputs: The files that the work reads, by a name.
        code: The files of the code that makes the result, by a name.
    """

    title: str
    settings: Mapping[str, Any]
    inputs: Mapping[str, Path]
    code: Mapping[str, Path]

    def description(self) -> dict[str, Any]:
        """The settings and the digests of the files, as JSON values."""
        return {
            "title": self.title,
            "settings": json.loads(json.dumps(self.settings)),
            "inputs": {name: digest(path) for name, path in self.inputs.items()},
            "code": {name: digest(path) for name, path in self.code.items()},
        }


@contextmanager
def resumable(work: Work, report: Callable[[str], None]) -> Iterator[Unfinished]:
    """Resume the work that an interrupted call left, or begin it.

    The folder of the work is removed when the block ends without an exception. So the results must
    be written inside the block. After an exception it stays if it holds a part of the work.

    Args:
        work: The work. Everything that changes the result belongs to it, so that stale work is
            never resumed.
        report: A function that receives a line about each earlier work of the same title that is
            not resumed, with the reason.

    Yields:
        The unfinished work. Its folder lies in `.resume`, or in the folder that INTERFERENCE_RESUME
        names.

    Raises:
        BadInput: Another process is at the same work, or the folder cannot be made.
    """
    description = work.description()
    text = json.dumps(description, sort_keys=True)
    folder = home() / blake2b(text.encode(), digest_size=12).hexdigest()
    if not folder.exists():
        for line in differences(description):
            report(line)
    files.write_text(folder / DESCRIPTION, text)
    with _locked(folder, work.title):
        unfinished = Unfinished(folder)
        try:
            yield unfinished
        except BaseException:
            if not _has_parts(folder):
                rmtree(folder)
            raise
        rmtree(folder)


def _has_parts(folder: Path) -> bool:
    """Whether a folder of unfinished work holds more than its description and its lock."""
    return any(path.name not in (DESCRIPTION, LOCK, OWNER) for path in folder.iterdir())


def home() -> Path:
    """The folder of all unfinished work."""
    return Path(os.environ.get("INTERFERENCE_RESUME", ".resume"))


@contextmanager
def _locked(folder: Path, title: str) -> Iterator[None]:
    """Hold the lock of a work's folder.

    Raises:
        BadInput: Another process holds it.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise BadInput(
            f"{title}: {_owner(folder)} is at this work already; wait for its end, or stop it and "
            "call the same command again"
        ) from None
    try:
        files.write_text(folder / OWNER, f"process {os.getpid()} on {socket.gethostname()}")
        yield
    finally:
        lock.release()


def _owner(folder: Path) -> str:
    """The process that holds the lock of a work's folder, as text."""
    try:
        return (folder / OWNER).read_text(encoding="utf-8")
    except OSError:
        return "another process"


def differences(description: Mapping[str, Any]) -> list[str]:
    """Say why earlier unfinished work of the same title is not resumed.

    Args:
        description: The description of the work that begins.

    Returns:
        A line for each earlier work, which names what has changed since.
    """
    lines = []
    for folder, earlier in left():
        if earlier["title"] == description["title"]:
            changed = ", ".join(_changed(earlier, description))
            lines.append(
                f"{earlier['title']}: starts afresh; earlier unfinished work ({folder}) was made "
                f"with other {changed}"
            )
    return lines


def left() -> list[tuple[Path, dict[str, Any]]]:
    """The folders of all unfinished work, and their descriptions, the oldest first."""
    works = []
    for path in home().glob(f"*/{DESCRIPTION}"):
        description = _read_description(path)
        if description:
            works.append((path.stat().st_mtime, path.parent, description))
    return [(folder, description) for _, folder, description in sorted(works, key=lambda w: w[:2])]


def _read_description(path: Path) -> dict[str, Any]:
    """The description in a folder of unfinished work; empty if it cannot be read."""
    try:
        description = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    readable = isinstance(description, dict) and isinstance(description.get("title"), str)
    return description if readable else {}


def _changed(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> list[str]:
    """The names of the settings and files that differ between two descriptions."""
    names = []
    for part in ("settings", "inputs", "code"):
        saved = earlier.get(part)
        before = flat(saved) if isinstance(saved, dict) else {}  # the file may be damaged
        after = flat(later[part])
        names += [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return names


def at_work(folder: Path) -> bool:
    """Whether a process is at the work of a folder now."""
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        with lock:
            return False
    except Timeout:
        return True


def digest(path: Path) -> str:
    """A hash of a file's content."""
    with path.open("rb") as file:
        content = blake2b(digest_size=12)
        while block := file.read(1 << 22):
            content.update(block)
    return content.hexdigest()
