"""Every exhibit that the tables allow, as SVG and PNG."""

from pathlib import Path
from typing import Annotated

import typer

from interference import params
from interference.reporting import figures
from interference.reporting.figures import cores, fonts
from interference.study import select
from stages import CctmFolder, CountsFolder, GramFolder, ParamsFile, SurfaceFolder, run, say

Drawn = Annotated[Path, typer.Argument(help="The folder for the figures.")]


def main(
    counts: CountsFolder,
    cctm: CctmFolder,
    grams: GramFolder,
    surfaces: SurfaceFolder,
    folder: Drawn,
    parameters: ParamsFile = Path("params.yaml"),
) -> None:
    """Draw the tables of four folders into FOLDER, one file an exhibit and form, on all cores."""
    settings = params.load(parameters)
    found = select.gather(settings, counts=counts, cctm=cctm, grams=grams, surfaces=surfaces)
    for line in fonts.missing_characters(
        label for of in found.values() for one in of.values() for label in one.classes.labels
    ):
        say(line)
    parts = figures.parts(**found, epsilon=settings.claims.epsilon, note=settings.claims.note)
    for name in cores.save_all(parts, folder):
        say(f"{folder / name}.svg")


if __name__ == "__main__":
    run(main)
