"""Exhibits drawn side by side, on all cores."""

import gc
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from interference.reporting.figures import Part, save

OBJECTS = 20_000  # new ones between two looks for garbage; of more there is nothing left to gain
PARTS: list[
    Part
] = []  # what this process draws some of: inherited, or sent once, since tables may be large


def save_all(parts: Sequence[Part], folder: Path) -> Iterator[str]:
    """Draw all parts into a folder, a file an exhibit and form; yields the exhibits' names as they are done."""
    workers = min(os.cpu_count() or 1, len(parts))
    with ProcessPoolExecutor(workers, initializer=_take, initargs=(parts,)) as cores:
        for names in cores.map(partial(_save, folder), range(len(parts))):
            yield from names


def _take(parts: Sequence[Part]) -> None:
    """Keep the parts of the exhibits, and look for garbage less often: a figure is many objects, most of them alive."""
    PARTS[:] = parts
    gc.freeze()
    gc.set_threshold(OBJECTS)


def _save(folder: Path, number: int) -> list[str]:
    """Draw and save one part of the exhibits; their names."""
    names = []
    for name, figure in PARTS[number]():
        save(figure, folder / name)
        names.append(name)
    return names
