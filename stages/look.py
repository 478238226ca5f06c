"""A page, figures and tables about the predictions of classifiers that were trained elsewhere."""

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
    list[Path], typer.Argument(help="The predictions (CSV or parquet), one file for each run.")
]
Folder = Annotated[Path, typer.Option(help="The folder to write to.")]
Names = Annotated[
    Path | None, typer.Option(help="A text file of the class names, one a line, in label order.")
]
Data = Annotated[
    str, typer.Option(help="The name of the data set, for the page. Ignored with --parameters.")
]
Study = Annotated[
    Path | None,
    typer.Option(
        help="The params.yaml of a study whose data set the images belong to. Its class names are "
        "used if it has some. A file with the name of one of its runs stands for that run, and the "
        "paper's claims are checked on it."
    ),
]


def main(
    files: Files,
    out: Folder = Path("look"),
    classes: Names = None,
    data: Data = DATA,
    parameters: Study = None,
) -> None:
    """Count predictions and show which classes are confused.

    Writes OUT/report.html, OUT/figures, and the tables behind them.

    Each row is an image (or `count` images) with its true class `label` and its `predicted` class,
    as names or as numbers from 0. Optional columns: `epoch` and `split` (test, train_online,
    train_augmented or train; test by default) show the confusion during training; `index`, the
    number of the image within its split, shows which images all runs get wrong. Without --classes
    the classes are the distinct values, sorted.

    Files that an earlier look wrote into OUT are removed. Your own files there stay, unless the new
    look writes a file of the same name.
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
    """Read the runs of the files.

    Args:
        files: The predictions, one file for each run.
        classes: A file of class names, None for the names in the study or in the files.
        data: The name of the data set, if there is no study.
        study: The parameters of a study, or None.

    Returns:
        The runs, in the order of the files.
    """
    names = read_class_names(classes) if classes else None
    if study:
        return runs.read_for_study(files, names, study)
    return predictions.read_predictions(files, names, data)


def judged(tables: Tables, study: Params) -> list[Verdict]:
    """Check a study's claims on the tables of its runs.

    Args:
        tables: Tables by kind and run; other runs are ignored.
        study: The parameters of the study.

    Returns:
        The verdicts.
    """
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
    """Write tables, figures and page.

    Args:
        records: The runs.
        tables: Their tables by kind and run.
        verdicts: The verdicts on the claims.
        note: The threshold of a dancing note, as a fraction of a class's images.
        folder: The temporary folder to write into.
        out: The folder that it becomes, for progress lines.
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
