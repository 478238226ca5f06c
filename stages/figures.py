"""Every exhibit that the tables allow, as SVG and PNG."""

import gc
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from interference import evidence, figures, params
from stages import CctmFolder, CountsFolder, GramFolder, ParamsFile, SurfaceFolder, run, say

Drawn = Annotated[Path, typer.Argument(help="The folder for the figures.")]

OBJECTS = 20_000  # new ones between two looks for garbage; of more there is nothing left to gain
PARTS: list[figures.Part] = []  # what this process draws some of: inherited, or sent once, since tables may be large


def main(counts: CountsFolder, cctm: CctmFolder, grams: GramFolder, surfaces: SurfaceFolder, folder: Drawn,
         parameters: ParamsFile = Path("params.yaml")) -> None:
    """Draw the tables of four folders into FOLDER, one file an exhibit and form, on all cores."""
    settings = params.load(parameters)
    found = evidence.gather(settings, counts=counts, cctm=cctm, grams=grams, surfaces=surfaces)
    parts = figures.parts(**found)
    with ProcessPoolExecutor(os.cpu_count(), initializer=take, initargs=(parts,)) as cores:
        for names in cores.map(partial(drawn, folder), range(len(parts))):
            for name in names:
                say(f"{folder / name}.svg")


def take(parts: list[figures.Part]) -> None:
    """Keep the parts of the exhibits, and look for garbage less often: a figure is many objects, most of them alive."""
    PARTS[:] = parts
    gc.freeze()
    gc.set_threshold(OBJECTS)


def drawn(folder: Path, number: int) -> list[str]:
    """Draw and save one part of the exhibits; their names."""
    names = []
    for name, figure in PARTS[number]():
        figures.save(figure, folder / name)
        names.append(name)
    return names


if __name__ == "__main__":
    run(main)
