"""Checks files from elsewhere before they are opened: their kind, and the size of their content."""

import stat
import zipfile
from pathlib import Path

from interference.errors import BadInput

KINDS = {  # kinds of files that cannot be read like a regular file, and their names
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
# Content may be larger than one of these bounds, but not than both. Surfaces take in memory about
# 40 times the size of their file; files that are made to fill a memory about 1000 times or more.
UNPACKED = 2**30  # bytes
RATIO = 500  # bytes of the content for each byte of the file


def check_regular(path: Path) -> None:
    """Check that a path is a regular file, which can be opened without waiting.

    Links are followed. A path that does not exist passes, since opening it fails at once.

    Args:
        path: The path.

    Raises:
        BadInput: It is a folder, a pipe, a socket or a device.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:  # a null character in a name is a ValueError
        cause = getattr(error, "strerror", None) or error
        raise BadInput(f"{path}: cannot be read ({cause})") from error
    if not stat.S_ISREG(mode):
        kind = KINDS.get(stat.S_IFMT(mode), "no regular file")
        raise BadInput(f"{path}: is {kind}, expected a file")


def check_unpacked(path: Path | str, unpacked: int, packed: int) -> None:
    """Check the size of a file's content once it is unpacked.

    Args:
        path: The file, for the error.
        unpacked: The bytes of its content.
        packed: The bytes of the file.

    Raises:
        BadInput: The content is larger than both bounds.
    """
    if unpacked > max(UNPACKED, RATIO * packed):
        raise BadInput(
            f"{path}: {packed} bytes unpack to {unpacked} or more, allowed: {UNPACKED} bytes, or "
            f"{RATIO} times the size of the file"
        )


def check_archive(path: Path) -> None:
    """Check the size that a zip archive states for its content.

    Args:
        path: The archive; any other file passes.

    Raises:
        BadInput: The content is larger than both bounds.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        cause = " ".join(str(error).split())
        raise BadInput(f"{path}: not a readable archive ({cause})") from error
    check_unpacked(path, unpacked, path.stat().st_size)
