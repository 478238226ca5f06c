"""Small pictures of image files that a table names, for a page.

The names come from a file that the user brought, so only files below given folders are opened.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from interference.datasets.pictures import DEEP, open_image
from interference.errors import BadInput

SIDE = 64  # pixels of a picture, each way; an image of other proportions has black borders
MOST = 500  # pictures
LARGEST = 2**25  # bytes of a file
OUTSIDE = "outside the folders of the predictions and the current folder"
ABSENT = "not there"
LARGE = f"larger than {LARGEST // 2**20} MiB"
NO_IMAGE = "no images that can be read"
BEYOND = f"beyond the first {MOST}"


def thumbnails(
    names: Sequence[str], folders: Sequence[Path]
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Make small pictures of image files.

    Args:
        names: The files as a table names them, absolute or as seen from one of the folders.
        folders: The folders below which files are opened. Links that lead out are not followed.

    Returns:
        A picture (SIDE, SIDE, 3) uint8 of each file that can be shown, by name; and a line that
        says which files are left out and why, if any are.
    """
    roots = [os.path.realpath(folder) for folder in folders]
    pictures: dict[str, np.ndarray] = {}
    left_out: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        if len(pictures) == MOST:
            left_out.setdefault(BEYOND, []).append(name)
            continue
        picture = _picture(name, roots)
        if isinstance(picture, str):
            left_out.setdefault(picture, []).append(name)
        else:
            pictures[name] = picture
    if not left_out:
        return pictures, []
    number = sum(len(files) for files in left_out.values())
    reasons = [f"{len(files):,} {reason} ({files[0]})" for reason, files in left_out.items()]
    return pictures, [f"no picture of {number:,} image files: {', '.join(reasons)}"]


def _picture(name: str, roots: Sequence[str]) -> np.ndarray | str:
    """Make the small picture of a file; return the reason as a text if that fails."""
    path = _place(name, roots)
    if path in (OUTSIDE, ABSENT):
        return path
    if os.path.getsize(path) > LARGEST:
        return LARGE
    try:
        image, _ = open_image(Path(path), 0, SIDE)
        if image.mode in DEEP:
            return NO_IMAGE
        small = ImageOps.pad(image.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)
        return np.asarray(small)
    except (OSError, SyntaxError, ValueError, BadInput, Image.DecompressionBombError):
        return NO_IMAGE


def _place(name: str, roots: Sequence[str]) -> str:
    """Find the real path of a file below one of the folders; else return `OUTSIDE` or `ABSENT`."""
    reason = ABSENT
    for root in roots:
        try:
            path = os.path.realpath(os.path.join(root, name))
            is_file = os.path.isfile(path)
        except (OSError, ValueError):  # a name that no file can have
            continue
        if not any(os.path.commonpath([path, other]) == other for other in roots):
            reason = OUTSIDE
        elif is_file:
            return path
    return reason
