"""Small tables of notes and surfaces, for `dvc plots` to draw."""

from pathlib import Path

import pandas as pd

from interference import atomic, dvc_plots, evidence, params
from stages import ParamsFile, run


def main(counts: Path, surfaces: Path, notes: Path, planes: Path,
         parameters: ParamsFile = Path("params.yaml")) -> None:
    """Write the dancing notes of each run into NOTES and the mistake rates of each surface into PLANES, as CSV."""
    settings = params.load(parameters)
    found = evidence.gather(settings, counts=counts, surfaces=surfaces)
    save(notes, {name: dvc_plots.notes(table) for name, table in found["counts"].items()})
    save(planes, {name: dvc_plots.planes(table) for name, table in found["surfaces"].items()})


def save(folder: Path, frames: dict[str, pd.DataFrame | None]) -> None:
    """Write the tables that there are; the folder is made even for none, since DVC expects it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        if frame is not None:
            atomic.write_text(folder / f"{name}.csv", dvc_plots.csv(frame))


if __name__ == "__main__":
    run(main)
