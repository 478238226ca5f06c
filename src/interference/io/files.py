"""Writes files and folders atomically: under a temporary name first, which is then renamed.

So a file is never half-written, even if the program is killed. What a killed program left under a
temporary name is deleted when the same file is written again.
"""

import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path, PureWindowsPath
from shutil import rmtree

from filelock import FileLock

from interference.errors import BadInput
from interference.io.input_files import check_regular

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # by Windows
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
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that one process has at a time, while others wait.

    Args:
        path: The file of the lock.

    Raises:
        BadInput: The file cannot be written.
    """
    prepare(path)
    lock = FileLock(path)
    with _write_errors(path):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def inside(folder: Path, name: str) -> Path:
    """The path of a name within a folder, for a name that comes from data.

    Args:
        folder: The folder.
        name: A file name, or a relative path with slashes.

    Returns:
        The path.

    Raises:
        BadInput: The name is empty, absolute, holds `..`, a control character or a name that
            Windows reserves, or a link leads out of the folder.
    """
    path = folder / name
    windows = PureWindowsPath(name)
    harmless = (
        bool(windows.parts)
        and not windows.anchor
        and ".." not in windows.parts
        and not CONTROL.search(name)
        and not any(RESERVED.fullmatch(part) for part in windows.parts)
    )
    if not harmless or not path.resolve().is_relative_to(folder.resolve()):
        raise BadInput(f"{folder}: found the file name {name!r}, expected a name inside the folder")
    return path


@contextmanager
def temporary(folder: Path, name: str) -> Iterator[Path]:
    """A temporary folder in a folder, for the file or files of a name; it is deleted at the end.

    Its own name holds the process. So the folders that killed processes left are recognised, and
    deleted first.

    Args:
        folder: The folder.
        name: The name of the file or folder that will be written.

    Yields:
        The temporary folder.

    Raises:
        BadInput: It cannot be made.
    """
    for leftover in folder.glob(f".{name}.*.tmp"):
        if _is_leftover(leftover):
            rmtree(leftover, ignore_errors=True)
    place = folder / f".{name}.{socket.gethostname()}.{os.getpid()}.tmp"
    with _write_errors(folder):
        place.mkdir(parents=True)
    try:
        yield place
    finally:
        rmtree(place, ignore_errors=True)


def _is_leftover(temporary: Path) -> bool:
    """Whether the process that made a temporary folder ran on this machine and has ended."""
    *_, process, _ = temporary.name.split(".")
    if f".{socket.gethostname()}.{process}." not in temporary.name or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:  # the process belongs to another user
        return False
    return int(process) == os.getpid()  # an earlier process of the same number


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Replace a file by a temporary one when the block ends without an exception.

    After an exception the temporary file is removed, and an earlier file at `path` stays.

    Args:
        path: The file to write.

    Yields:
        The temporary file, in a temporary folder beside the file.

    Raises:
        BadInput: The folder cannot be made, or the disk is full or read-only.
    """
    prepare(path)
    with _write_errors(path), temporary(path.parent, path.name) as place:
        yield place / path.name
        os.replace(place / path.name, path)


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
    with temporary(folder, "new") as new_files:
        yield new_files
        with _write_errors(folder):
            _renew(folder, new_files, written)


def _renew(folder: Path, new_files: Path, written: Mapping[str, list[str]]) -> None:
    """Move new files into a folder, and remove earlier ones that are listed and unchanged.

    The list is written before the files are moved as well, so that a kill in between leaves no
    file that is not listed. `written` holds the digests of the earlier files by path.
    """
    ours = {path for path, digests in written.items() if _digest(folder / path) in digests}
    files = {}
    for file in sorted(new_files.rglob("*")):
        if file.is_file():
            files[file.relative_to(new_files).as_posix()] = file
    new_digests = {}
    for path, file in files.items():
        if path in ours or not (folder / path).exists():
            new_digests[path] = [_digest(file)]
    all_digests = dict(new_digests)
    for path in ours:
        all_digests[path] = [*written[path], *new_digests.get(path, [])]
    write_text(folder / LIST, json.dumps(all_digests, indent=1))
    for path, file in files.items():
        prepare(folder / path)
        os.replace(file, folder / path)
    for path in ours - files.keys():
        (folder / path).unlink()
        with suppress(OSError):  # the folder holds other files
            (folder / path).parent.rmdir()
    write_text(folder / LIST, json.dumps(new_digests, indent=1))


def _written_files(path: Path) -> dict[str, list[str]]:
    """The digests of the files that earlier blocks wrote, by path within their folder."""
    try:
        check_regular(path)
        written = dict(json.loads(path.read_bytes())) if path.exists() else {}
        for name in written:
            inside(path.parent, name)
        return {name: _as_list(digests) for name, digests in written.items()}
    except (OSError, ValueError, TypeError, RecursionError, BadInput) as error:
        cause = f" ({error})" if isinstance(error, BadInput) else ""
        raise BadInput(
            f"{path}: cannot read the list of generated files{cause}; delete it to start afresh"
        ) from error


def _as_list(digests: str | list[str]) -> list[str]:
    """The digests of a listed file; version 0.1 wrote only one, as a string."""
    return [digests] if isinstance(digests, str) else list(digests)


def _digest(path: Path) -> str | None:
    """A hash of a file's content, None if there is no such file."""
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else None
