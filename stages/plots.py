"""Small tables of dancing notes and surfaces, for `dvc plots`."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from interference import params
from interference.io import files
from interference.reporting import dvc_plots
from interference.study import select
from stages import CountsFolder, ParamsFile, SurfaceFolder, run

Notes = Annotated[
    Path, typer.Argument(help="The folder for the dancing notes of each run, to write (CSV).")
]
Planes = Annotated[
    Path, typer.Argument(help="The folder for the error rates of each surface, to write (CSV).")
]


def main(
    counts: CountsFolder,
    surfaces: SurfaceFolder,
    notes: Notes,
    planes: Planes,
    parameters: ParamsFile = Path("params.yaml"),
) -> None:
    """Write each run's dancing notes into NOTES and each surface's error rates into PLANES."""
    settings = params.load(parameters)
    tables = select.gather(settings, counts=counts, surfaces=surfaces)
    note_frames = {}
    for name, table in tables["counts"].items():
        note_frames[name] = dvc_plots.notes(table, settings.claims.note)
    plane_frames = {}
    for name, table in tables["surfaces"].items():
        plane_frames[name] = dvc_plots.planes(table)
    save(notes, note_frames)
    save(planes, plane_frames)


def save(folder: Path, frames: dict[str, pd.DataFrame | None]) -> None:
    """Write tables as CSV files.

    Args:
        folder: The folder, which is made even if there are no tables, since DVC expects it.
        frames: The tables by name, None for a table without rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        if frame is not None:
            files.write_text(folder / f"{name}.csv", dvc_plots.csv(frame))


if __name__ == "__main__":
    run(main)
