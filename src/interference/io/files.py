"""Files that are whole or absent: written under a temporary name, then renamed; and folders of such files."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from interference.errors import BadInput

LIST = ".written.json"  # in a folder that is renewed: the files that were made there, by path, with their digests


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


@contextmanager
def renewing(folder: Path) -> Iterator[Path]:
    """A temporary folder whose files, when the block ends well, take the place of those that an earlier block made.

    So `folder` holds what the last block made, and the user's own files: those that were there before, even where they
    had to be overwritten, and those that were changed since. On any exception all stays as it was. Raises `BadInput`
    where the folder cannot be made, the list of what was made there not be read, or the disk refuses the bytes.
    """
    prepare(folder / LIST)
    listed = _listed(folder / LIST)
    with _refused(folder):
        temporary = TemporaryDirectory(prefix=".", dir=folder)
    with temporary as made:
        yield Path(made)
        with _refused(folder):
            _renew(folder, Path(made), listed)


def _renew(folder: Path, made: Path, listed: Mapping[str, str]) -> None:
    """Move the files from `made` to their places in a folder, and remove the others that are listed and unchanged."""
    ours = {path for path, digest in listed.items() if _digest(folder / path) == digest}
    files = {
        file.relative_to(made).as_posix(): file
        for file in sorted(made.rglob("*"))
        if file.is_file()
    }
    digests = {
        path: _digest(file)
        for path, file in files.items()
        if path in ours or not (folder / path).exists()
    }
    for path, file in files.items():
        prepare(folder / path)
        os.replace(file, folder / path)
    for path in ours - files.keys():
        (folder / path).unlink()
        with suppress(OSError):  # others are in it
            (folder / path).parent.rmdir()
    write_text(folder / LIST, json.dumps(digests, indent=1))


def _listed(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_bytes())) if path.exists() else {}
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(
            f"{path}: not readable, allowed: what was written there, or no such file"
        ) from error


def _digest(path: Path) -> str | None:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else None
