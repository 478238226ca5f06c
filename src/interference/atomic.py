"""Files that are whole or absent: written under a temporary name, then renamed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from interference.errors import BadInput


def prepare(*paths: Path) -> None:
    """Make the folders of files to be written, ahead of the work; raises `BadInput` where one cannot be made."""
    for path in paths:
        with _refused(path):
            path.parent.mkdir(parents=True, exist_ok=True)


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror or error})") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well.

    On any exception the temporary file goes and what stood at `path` stays. Raises `BadInput` where the folder cannot
    be made, or the disk refuses the bytes.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    prepare(path)
    try:
        with _refused(path):
            yield temporary
            os.replace(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a small text file atomically."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a small file atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)
