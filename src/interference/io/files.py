"""Writes files and folders atomically: under a temporary name first, which is then renamed.

So a file is never half-written, even if the program is killed.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from interference.errors import BadInput

LIST = ".written.json"  # in a renewed folder: the digests of the files written there, by path


def prepare(*paths: Path) -> None:
    """Make the folders of files before the work that writes them.

    Args:
        paths: The files.

    Raises:
        BadInput: A folder cannot be made.
    """
    for path in paths:
        with _write_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)


@contextmanager
def _write_errors(path: Path) -> Iterator[None]:
    """Turn an error of the file system into `BadInput`."""
    try:
        yield
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror or error})") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Replace a file by a temporary one when the block ends without an exception.

    After an exception the temporary file is removed, and an earlier file at `path` stays.

    Args:
        path: The file to write.

    Yields:
        The temporary file, in the same folder.

    Raises:
        BadInput: The folder cannot be made, or the disk is full or read-only.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    prepare(path)
    try:
        with _write_errors(path):
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
    """Replace the files that an earlier block wrote into a folder by those of this block.

    They are replaced when the block ends without an exception; after an exception the folder stays
    as it was. The user's own files stay: all files that no earlier block wrote, and those that were
    changed since. A file of the same name is overwritten, and is then never removed later.

    Args:
        folder: The folder.

    Yields:
        A temporary folder, to write the new files into.

    Raises:
        BadInput: The folder cannot be made, its list of written files cannot be read, or the disk
            is full or read-only.
    """
    prepare(folder / LIST)
    written = _written_files(folder / LIST)
    with _write_errors(folder):
        temporary = TemporaryDirectory(prefix=".", dir=folder)
    with temporary as new_files:
        yield Path(new_files)
        with _write_errors(folder):
            _renew(folder, Path(new_files), written)


def _renew(folder: Path, new_files: Path, written: Mapping[str, str]) -> None:
    """Move new files into a folder, and remove earlier ones that are listed and unchanged.

    `written` holds the digests of the earlier files by path within the folder.
    """
    ours = {path for path, digest in written.items() if _digest(folder / path) == digest}
    files = {}
    for file in sorted(new_files.rglob("*")):
        if file.is_file():
            files[file.relative_to(new_files).as_posix()] = file
    digests = {}
    for path, file in files.items():
        if path in ours or not (folder / path).exists():
            digests[path] = _digest(file)
    for path, file in files.items():
        prepare(folder / path)
        os.replace(file, folder / path)
    for path in ours - files.keys():
        (folder / path).unlink()
        with suppress(OSError):  # the folder holds other files
            (folder / path).parent.rmdir()
    write_text(folder / LIST, json.dumps(digests, indent=1))


def _written_files(path: Path) -> dict[str, str]:
    """The digests of the files that earlier blocks wrote, by path within their folder."""
    try:
        return dict(json.loads(path.read_bytes())) if path.exists() else {}
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(
            f"{path}: cannot read the list of generated files; delete it to start afresh"
        ) from error


def _digest(path: Path) -> str | None:
    """A hash of a file's content, None if there is no such file."""
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else None
