"""A list of the unfinished work that interrupted stages left, and a way to delete it."""

import time
from pathlib import Path
from shutil import rmtree
from typing import Annotated

import typer

from interference.io import resumable
from stages import run, say

Clear = Annotated[bool, typer.Option("--clear", help="Delete all of it that no process works at.")]


def main(clear: Clear = False) -> None:
    """List unfinished work: what it is, its size, its folder, and when it was last written.

    The command of a stage resumes its own unfinished work if its parameters, inputs and code are
    still the same. Other unfinished work only takes up space; `--clear` deletes it.
    """
    works = resumable.left()
    for folder, description in works:
        say(f"{description['title']}, {size(folder)}, {last_written(folder)}, {folder}")
    if not works:
        say(f"no unfinished work in {resumable.home()}")
    if clear:
        idle = [folder for folder, _ in works if not resumable.at_work(folder)]
        for folder in idle:
            rmtree(folder)
        say(f"deleted {len(idle)} of {len(works)}")


def size(folder: Path) -> str:
    """The size of a folder's files, in megabytes."""
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{total / 1e6:.1f} MB"


def last_written(folder: Path) -> str:
    """When a file of a folder was last written, or that a process is at work."""
    if resumable.at_work(folder):
        return "at work now"
    latest = max(path.stat().st_mtime for path in folder.iterdir())
    return time.strftime("last written %Y-%m-%d %H:%M", time.localtime(latest))


if __name__ == "__main__":
    run(main)
