"""A page, figures and tables of predictions that a classifier made elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from interference import atomic, claims, elsewhere, figures, params, report
from interference.claims import Verdict
from interference.figures import cores, fonts
from interference.record import DATA, UNKNOWN, Record
from interference.tables import Table
from stages import run, say

Files = Annotated[list[Path], typer.Argument(help="The predictions (CSV or parquet), a file a run.")]
Folder = Annotated[Path, typer.Option(help="The folder to write to.")]
Names = Annotated[Path | None, typer.Option(help="The classes' names, one a line, in label order.")]
Data = Annotated[str, typer.Option(help="What the images are, in words for the page; a study says it itself.")]
Study = Annotated[Path | None, typer.Option(
    help="A study's params.yaml: these images are of its data set, and the classes, if it names them, its own. A file "
         "named as one of its runs stands for that run, and claims are checked on it.")]


def main(files: Files, out: Folder = Path("look"), classes: Names = None, data: Data = DATA,
         parameters: Study = None) -> None:
    """Count predictions and show what is confused: OUT/report.html, OUT/figures, and the tables they are made of.

    A row is an image (or `count` images): its `label` and what it was `predicted` as, names or numbers from 0. Where
    they are known, `epoch` and `split` (test, train_online, train_augmented, train; test where nothing is said) give
    the training's story, and `index`, the image's number within its split, the images that all runs mistake. Without
    names the classes are the distinct values, sorted. What an earlier look made in OUT goes; your own files
    there stay, unless the new look makes one of that name.
    """
    names = elsewhere.class_names(classes) if classes else None
    records, verdicts = (beside_a_study(files, names, parameters) if parameters else
                         (elsewhere.read_predictions(files, names, data), []))
    for record in records:
        say("\n".join([words(record), *absences(record)]))
    for line in fonts.lacking(label for record in records for label in record.classes.labels):
        say(line)
    with atomic.renewing(out) as folder:
        write(records, verdicts, folder, out)
    say(out / "report.html")


def write(records: list[Record], verdicts: Sequence[Verdict], folder: Path, out: Path) -> None:
    """Write tables, figures and page into a folder that becomes `out`."""
    for record in records:
        record.save(folder)
    found = tables(records)
    parts = figures.parts(counts=found["counts"], cctm=found["cctm"])
    for name in cores.save_all(parts, folder / "figures"):
        say(out / "figures" / f"{name}.svg")
    page = report.Study(f"Class interference: {records[0].data}", [record.name for record in records],
                        counts=found["counts"], cctm=found["cctm"], predictions=found["predictions"], verdicts=verdicts)
    atomic.write_text(folder / "report.html", report.html(page))


def beside_a_study(files: list[Path], names: list[str] | None,
                   parameters: Path) -> tuple[list[Record], list[Verdict]]:
    """Runs on a study's data set, those with its names having its settings, and the claims about them."""
    settings = params.load(parameters)
    records = elsewhere.read_predictions(files, names or settings.classes, settings.data.title)
    known = [replace(record, settings=settings.resolved(record.name)) if record.name in settings.runs else record
             for record in records]
    own = tables([record for record in known if record.name in settings.runs])
    evidence = claims.Evidence(counts=own["counts"], cctm=own["cctm"], grams={}, surfaces={},
                               settings=settings.claims)
    return known, claims.check_all(evidence)


def tables(records: list[Record]) -> dict[str, dict[str, Table]]:
    """The tables of all runs by kind and run."""
    made = {record.name: record.tables() for record in records}
    return {kind: {name: of[kind] for name, of in made.items() if kind in of}
            for kind in ("counts", "cctm", "predictions")}


def words(record: Record) -> str:
    """What was read of a run, in a line."""
    epochs = [epoch for epoch in record.cells["test"] if epoch != UNKNOWN]
    images = [f"{split} {cells[max(cells)][0].sum()}" for split, cells in record.cells.items()]
    return (f"{record.name}: classes {len(record.classes)}; epochs {len(epochs) or 'unknown'}; "
            f"images {', '.join(images)}")


def absences(record: Record) -> Iterator[str]:
    """Of which classes a split of a run has no images, a line a split that lacks some."""
    for split, cells in record.cells.items():
        sizes = np.sum([counts.sum(1) for counts, _ in cells.values()], axis=0)  # (C,)
        if not sizes.all():
            absent = [label for label, size in zip(record.classes.labels, sizes, strict=True) if not size]
            yield f"{record.name}: no {split} images of {elsewhere.shortened(absent)}"


if __name__ == "__main__":
    run(main)
