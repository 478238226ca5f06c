"""Finds the image files below a folder, and counts what it passes over."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from PIL import Image

from interference.datasets.pictures import formats
from interference.errors import BadInput

# Folders and files that operating systems and programs write into a folder of images.
SYSTEM_FOLDERS = {
    "__MACOSX",
    "@eaDir",
    "#recycle",
    "#snapshot",
    "$RECYCLE.BIN",
    "System Volume Information",
    "lost+found",
    "__pycache__",
}
SYSTEM_FILES = {"Thumbs.db", "desktop.ini", "Icon\r"}
HIDDEN = "hidden or of the system"
READ_BEFORE = "links to folders that are read already"
SPECIAL = "pipes, sockets or devices"
NO_IMAGE = "no images of a kind that can be read"

# Kinds that a file of any suffix is recognised by, since their first bytes are unmistakable.
RECOGNISED = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "AVIF", "JPEG2000")


@dataclass
class PassedOver:
    """Files and folders that are not read, by reason.

    Attributes:
        paths: The paths by reason.
    """

    paths: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, path: str) -> None:
        """Count a file or a folder."""
        self.paths.setdefault(reason, []).append(path)

    def notes(self, place: Path) -> list[str]:
        """One line with the number of skipped files and the first path, for each reason.

        The list is empty if no file was skipped.

        Args:
            place: The folder from which paths are shown.
        """
        if not self.paths:
            return []
        number = sum(len(paths) for paths in self.paths.values())
        reasons = []
        for reason, paths in self.paths.items():
            reasons.append(f"{len(paths)} {reason} ({os.path.relpath(paths[0], place)})")
        return [f"passed over {number}: {', '.join(reasons)}"]


def is_hidden(name: str) -> bool:
    """Whether a file or a folder is hidden or made by a system, not by the user."""
    return name.startswith(".") or name in SYSTEM_FOLDERS or name in SYSTEM_FILES


def image_files(folder: Path, seen: set[str], passed_over: PassedOver) -> list[str]:
    """Find the image files of a folder, at any depth.

    Hidden files and folders are left out. A folder is read once, so that links never multiply its
    images.

    Args:
        folder: The folder.
        seen: The real paths of the folders that were read already; those read now are added.
        passed_over: What is left out, to be added to.

    Returns:
        The files in the order of torchvision's `ImageFolder`.
    """
    found = []
    for root, names in sorted(_folders(str(folder), seen, passed_over)):
        for name in sorted(names):
            path = os.path.join(root, name)
            if is_hidden(name):
                passed_over.add(HIDDEN, path)
            elif os.path.exists(path) and not os.path.isfile(path):
                passed_over.add(SPECIAL, path)
            elif _is_image(path):
                found.append(path)
            else:
                passed_over.add(NO_IMAGE, path)
    return found


def _folders(
    folder: str, seen: set[str], passed_over: PassedOver
) -> Iterator[tuple[str, list[str]]]:
    """A folder and those below it, each with the names of its files."""
    real = os.path.realpath(folder)
    if real in seen:
        passed_over.add(READ_BEFORE, folder)
        return
    seen.add(real)
    names = []
    for entry in entries(folder):
        if not entry.is_dir():
            names.append(entry.name)
        elif is_hidden(entry.name):
            passed_over.add(HIDDEN, entry.path)
        else:
            yield from _folders(entry.path, seen, passed_over)
    yield folder, names


def entries(folder: str) -> list["os.DirEntry[str]"]:
    """List the entries of a folder, by name.

    Args:
        folder: The folder.

    Raises:
        BadInput: It may not be read.
    """
    try:
        with os.scandir(folder) as unsorted:
            return sorted(unsorted, key=lambda entry: entry.name)
    except OSError as error:
        raise BadInput(
            f"{folder}: cannot be read ({error.strerror}); allow it, or move the folder away"
        ) from error


def _is_image(path: str) -> bool:
    """Whether a file has the suffix of an image file, or the first bytes of one."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix in _suffixes():
        return True
    try:
        with Image.open(path, formats=[kind for kind in RECOGNISED if kind in formats()]):
            return True
    except Image.DecompressionBombError:
        return True
    except (OSError, SyntaxError, ValueError):
        return False


def links_out(place: Path, paths: Sequence[str]) -> list[str]:
    """List the image files that lie outside of a folder, since a link leads there.

    Args:
        place: The folder.
        paths: Image files below it, by their paths in it.

    Returns:
        The paths of the files outside of the folder.
    """
    home = os.path.realpath(place)
    real_folders: dict[str, str] = {}
    outside = []
    for path in paths:
        folder = os.path.dirname(path)
        if folder not in real_folders:
            real_folders[folder] = os.path.realpath(folder)
        real = os.path.realpath(path) if os.path.islink(path) else real_folders[folder]
        if os.path.commonpath([home, real]) != home:
            outside.append(path)
    return outside


@cache
def _suffixes() -> frozenset[str]:
    """The suffixes of the kinds of image files that are opened."""
    kinds = Image.registered_extensions()
    return frozenset(suffix for suffix, kind in kinds.items() if kind in formats())
