"""Draws exhibits in several processes, one for each CPU core."""

import gc
import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from interference.io.files import inside
from interference.reporting.figures import USUAL_FORMATS, Part, save

# New objects between two garbage collections. A figure is many objects, most of which stay alive,
# so that frequent collections only cost time; above this number nothing more is gained.
OBJECTS = 20_000
# The parts that this process draws some of. They are sent to a process once, because their tables
# may be large.
PARTS: list[Part] = []


def save_all(
    parts: Sequence[Part], folder: Path, formats: Sequence[str] = USUAL_FORMATS
) -> Iterator[str]:
    """Draw all parts of the exhibits and save each figure in each format.

    Args:
        parts: Functions that draw figures, as `figures.parts` returns them.
        folder: Where the files are written.
        formats: The formats of the files, as for `figures.save`.

    Yields:
        The exhibits' names, as they are done.
    """
    save_part = partial(_save_part, folder, formats=formats)
    workers = min(os.cpu_count() or 1, len(parts))
    with ProcessPoolExecutor(workers, initializer=_start_worker, initargs=(parts,)) as executor:
        for names in executor.map(save_part, range(len(parts))):
            yield from names


def _start_worker(parts: Sequence[Part]) -> None:
    """Keep the parts in this process, make garbage collections rarer, and watch the parent."""
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    PARTS[:] = parts
    gc.freeze()
    gc.set_threshold(OBJECTS)


def _end_with_parent(parent: int) -> None:
    """End this process when its parent has ended, which a killed parent cannot ask for."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _save_part(folder: Path, number: int, formats: Sequence[str] = USUAL_FORMATS) -> list[str]:
    """Draw and save one part of the exhibits and return the names of its figures."""
    names = []
    for name, figure in PARTS[number]():
        save(figure, inside(folder, name), formats)
        names.append(name)
    return names
