"""The figures of the paper as far as the tables allow, as SVG and PNG or as PDF."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from interference import params
from interference.io.tables import Table
from interference.reporting import figures
from interference.reporting.figures import cores, fonts
from interference.reporting.figures.page import Page, parse_width
from interference.study import confidence, select
from interference.study import overlap as overlaps
from interference.study.confidence import Confidence
from stages import (
    CctmFolder,
    CountsFolder,
    FigureFormats,
    FigureWidth,
    GramFolder,
    NoTitle,
    ParamsFile,
    SurfaceFolder,
    run,
    say,
)

Predictions = Annotated[
    Path | None,
    typer.Option(
        help="The folder of the predictions of every image: data/predictions. Without it the "
        "figures of the errors that several runs share and of the calibration are left out."
    ),
]
Drawn = Annotated[Path, typer.Argument(help="The folder for the figures, to write.")]


def main(
    counts: CountsFolder,
    cctm: CctmFolder,
    grams: GramFolder,
    surfaces: SurfaceFolder,
    folder: Drawn,
    parameters: ParamsFile = Path("params.yaml"),
    width: FigureWidth = None,
    formats: FigureFormats = None,
    no_title: NoTitle = False,
    predictions: Predictions = None,
) -> None:
    """Draw the tables of four folders into FOLDER, each figure as an SVG and a PNG file.

    For a paper's column: `--width 8.5cm --format pdf --no-title`. All cores draw at the same time.
    """
    formats = list(figures.checked_formats(formats))
    page = Page(parse_width(width) if width else None, has_title=not no_title)
    settings = params.load(parameters)
    folders = {"counts": counts, "cctm": cctm, "grams": grams, "surfaces": surfaces}
    if predictions is not None:
        folders["predictions"] = predictions
    shown = select.shown(settings, select.gather(settings, external=True, **folders))
    tables = shown.tables
    overlap = None
    confidences: list[Confidence] = []
    if predictions is not None:
        known = tables["predictions"]
        overlap = overlaps.of_runs({table.run["name"]: table for table in known.values()})
        confidences = confidence.of_tables(known)
    if shown.note:
        say(shown.note)
    for line in fonts.missing_characters(class_labels(tables)):
        say(line)
    parts = figures.parts(
        counts=tables["counts"],
        cctm=tables["cctm"],
        grams=tables["grams"],
        surfaces=tables["surfaces"],
        epsilon=settings.claims.epsilon,
        note=settings.claims.note,
        page=page,
        confidences=confidences,
        overlap=overlap,
    )
    for name in cores.save_all(parts, folder, formats):
        say(f"{folder / name}.{formats[0]}")


def class_labels(tables: Mapping[str, Mapping[str, Table]]) -> Iterator[str]:
    """The class labels of all tables, which are given by kind and name."""
    for by_name in tables.values():
        for table in by_name.values():
            yield from table.classes.labels


if __name__ == "__main__":
    run(main)
