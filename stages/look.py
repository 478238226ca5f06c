"""A page, figures and tables of predictions that a classifier made elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from interference import claims, params
from interference.claims import Verdict
from interference.external import predictions, runs
from interference.external.predictions_file import read_class_names
from interference.external.record import DATA, Record
from interference.io.files import renewing, write_text
from interference.io.tables import Table
from interference.params import Params
from interference.reporting import figures, report
from interference.reporting.figures import cores, fonts
from interference.thresholds import NOTE
from stages import run, say

Tables = dict[str, dict[str, Table]]  # by kind and run
Files = Annotated[
    list[Path], typer.Argument(help="The predictions (CSV or parquet), a file a run.")
]
Folder = Annotated[Path, typer.Option(help="The folder to write to.")]
Names = Annotated[Path | None, typer.Option(help="The classes' names, one a line, in label order.")]
Data = Annotated[
    str, typer.Option(help="What the images are, in words for the page; a study says it itself.")
]
Study = Annotated[
    Path | None,
    typer.Option(
        help="A study's params.yaml: these images are of its data set, and the classes, if it "
        "names them, its own. A file named as one of its runs stands for that run, and claims are "
        "checked on it."
    ),
]


def main(
    files: Files,
    out: Folder = Path("look"),
    classes: Names = None,
    data: Data = DATA,
    parameters: Study = None,
) -> None:
    """Count predictions and show what is confused.

    Writes OUT/report.html, OUT/figures, and the tables they are made of.

    A row is an image (or `count` images): its `label` and what it was `predicted` as, names or
    numbers from 0. Where they are known, `epoch` and `split` (test, train_online, train_augmented,
    train; test where there is no such column) give the training's story, and `index`, the image's
    number within its split, the images that all runs mistake. Without names the classes are the
    distinct values, sorted. Files that an earlier look made in OUT are removed; your own files
    there stay, unless the new look makes one of that name.
    """
    study = params.load(parameters) if parameters else None
    records = read(files, classes, data, study)
    for record in records:
        say("\n".join([runs.summary(record), *runs.missing_classes(record)]))
    for line in fonts.missing_characters(
        label for record in records for label in record.classes.labels
    ):
        say(line)
    tables = runs.tables_by_kind(records)
    verdicts = judged(tables, study) if study else []
    with renewing(out) as folder:
        write(records, tables, verdicts, study.claims.note if study else NOTE, folder, out)
    say(out / "report.html")


def read(files: list[Path], classes: Path | None, data: str, study: Params | None) -> list[Record]:
    """The runs of the files, on a study's data set where there is a study."""
    names = read_class_names(classes) if classes else None
    if study:
        return runs.read_for_study(files, names, study)
    return predictions.read_predictions(files, names, data)


def judged(tables: Tables, study: Params) -> list[Verdict]:
    """The verdicts on a study's claims, as far as the tables of its runs show them."""
    evidence = claims.Evidence(
        counts=runs.of_study(tables["counts"], study),
        cctm=runs.of_study(tables["cctm"], study),
        grams={},
        surfaces={},
        settings=study.claims,
    )
    return claims.check_all(evidence)


def write(
    records: list[Record],
    tables: Tables,
    verdicts: list[Verdict],
    note: float,
    folder: Path,
    out: Path,
) -> None:
    """Write tables, figures and page into a folder that becomes `out`.

    `note` is the threshold of a dancing note, a fraction of a class's images.
    """
    for record in records:
        record.save(folder)
    parts = figures.parts(counts=tables["counts"], cctm=tables["cctm"], note=note)
    for name in cores.save_all(parts, folder / "figures"):
        say(out / "figures" / f"{name}.svg")
    page = report.Study(
        f"Class interference: {records[0].data}",
        [record.name for record in records],
        counts=tables["counts"],
        cctm=tables["cctm"],
        predictions=tables["predictions"],
        verdicts=verdicts,
    )
    write_text(folder / "report.html", report.html(page, note=note))


if __name__ == "__main__":
    run(main)
