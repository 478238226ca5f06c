"""Every exhibit that the tables allow, as SVG and PNG."""

import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from interference import evidence, figures, params
from stages import CctmFolder, CountsFolder, GramFolder, ParamsFile, SurfaceFolder, run, say

Drawn = Annotated[Path, typer.Argument(help="The folder for the figures.")]


def main(counts: CountsFolder, cctm: CctmFolder, grams: GramFolder, surfaces: SurfaceFolder, folder: Drawn,
         parameters: ParamsFile = Path("params.yaml")) -> None:
    """Draw the tables of four folders into FOLDER, one file an exhibit and form, on all cores."""
    settings = params.load(parameters)
    found = evidence.gather(settings, counts=counts, cctm=cctm, grams=grams, surfaces=surfaces)
    with ProcessPoolExecutor(os.cpu_count()) as cores:
        for names in cores.map(partial(drawn, folder), figures.parts(**found)):
            for name in names:
                say(f"{folder / name}.svg")


def drawn(folder: Path, part: figures.Part) -> list[str]:
    """Draw and save one part of the exhibits; their names."""
    names = []
    for name, figure in part():
        figures.save(figure, folder / name)
        names.append(name)
    return names


if __name__ == "__main__":
    run(main)
