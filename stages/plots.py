"""Small tables of dancing notes and surfaces, for `dvc plots`."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from interference import params
from interference.io import files
from interference.io.tables import Table
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
    notes_of = partial(dvc_plots.notes, threshold=settings.claims.note)
    save(notes, tables["counts"], notes_of)
    save(planes, tables["surfaces"], dvc_plots.planes)


def save(
    folder: Path, tables: Mapping[str, Table], summary: Callable[[Table], pd.DataFrame | None]
) -> None:
    """Write a summary of each table as a CSV file, one after another.

    Args:
        folder: The folder, which is made even if there are no tables, since DVC expects it.
        tables: The tables by name.
        summary: Makes the rows of a file from a table; None for no file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        frame = summary(table)
        if frame is not None:
            files.write_text(folder / f"{name}.csv", dvc_plots.csv(frame))


if __name__ == "__main__":
    run(main)
