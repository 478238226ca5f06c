"""Small tables of notes and surfaces, for `dvc plots` to draw."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from interference import params
from interference.io import files
from interference.reporting import dvc_plots
from interference.study import select
from stages import CountsFolder, ParamsFile, SurfaceFolder, run

Notes = Annotated[Path, typer.Argument(help="The folder for each run's dancing notes (CSV).")]
Planes = Annotated[Path, typer.Argument(help="The folder for each surface's mistake rates (CSV).")]


def main(
    counts: CountsFolder,
    surfaces: SurfaceFolder,
    notes: Notes,
    planes: Planes,
    parameters: ParamsFile = Path("params.yaml"),
) -> None:
    """Write the dancing notes of each run into NOTES and the mistake rates of each surface into PLANES, as CSV."""
    settings = params.load(parameters)
    found = select.gather(settings, counts=counts, surfaces=surfaces)
    save(
        notes,
        {
            name: dvc_plots.notes(table, settings.claims.note)
            for name, table in found["counts"].items()
        },
    )
    save(planes, {name: dvc_plots.planes(table) for name, table in found["surfaces"].items()})


def save(folder: Path, frames: dict[str, pd.DataFrame | None]) -> None:
    """Write the tables that there are; the folder is made even for none, since DVC expects it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        if frame is not None:
            files.write_text(folder / f"{name}.csv", dvc_plots.csv(frame))


if __name__ == "__main__":
    run(main)
