"""A page, figures and tables about the predictions of classifiers that were trained elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from interference import claims, params
from interference.api.agreement import of_record, read_votes, with_reference
from interference.api.report import study_of_records, with_thumbnails
from interference.claims import Verdict
from interference.errors import BadInput, one_of
from interference.external import group_files, predictions, runs
from interference.external.class_name_files import ClassNames, read_class_file
from interference.external.column_names import NONE
from interference.external.label_numbers import UnknownClass
from interference.external.prediction_columns import ColumnOptions
from interference.external.record import DATA, Record
from interference.external.run_names import with_given_names
from interference.io.files import renewing, write_text
from interference.io.tables import Table, class_metadata, write_with_csv
from interference.params import Params
from interference.reporting import figures, report
from interference.reporting.figures import cores, fonts
from interference.reporting.figures.page import NATURAL, Page, parse_width
from interference.study import (
    agreement,
    agreement_sentences,
    comparison_files,
    comparison_sentences,
    confidence_sentences,
    overlap_files,
    overlap_sentences,
    scores,
)
from interference.study import comparison as comparisons
from interference.study import confidence as confidences
from interference.study import groups as groups_of
from interference.study import subsets as subset_tests
from interference.study.agreement import Reference
from interference.study.comparison import Comparison
from interference.study.study import Study
from interference.thresholds import NOTE
from stages import FigureFormats, FigureWidth, NoTitle, run, say

Tables = dict[str, dict[str, Table]]  # by kind and run
Files = Annotated[
    list[Path],
    typer.Argument(
        help="The predictions: CSV, TSV, text, JSON lines or parquet, also compressed (.csv.gz), "
        "or - for standard input. One file for each run; NAME=FILE names the run."
    ),
]
Folder = Annotated[Path, typer.Option(help="The folder to write to.")]
Names = Annotated[
    Path | None,
    typer.Option(
        help="A file of the class names in label order: one a line, YAML, JSON, or a CSV of id and "
        "name."
    ),
]
Data = Annotated[
    str, typer.Option(help="The name of the data set, for the page. Ignored with --parameters.")
]
StudyFile = Annotated[
    Path | None,
    typer.Option(
        help="The params.yaml of a study whose data set the images belong to. Its class names are "
        "used if it has some. A file with the name of one of its runs stands for that run, and the "
        "paper's claims are checked on it."
    ),
]
Scored = Annotated[
    str | None,
    typer.Option(
        help="Columns of scores in place of predicted classes: names with commas between them, a "
        "pattern such as 'prob_*', or a column of lists. The class with the highest score is "
        "predicted."
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        help="For two classes: predict the second where its score is at least this. The score is "
        "the last column of --scores, or without --scores the column `predicted`."
    ),
]
TopK = Annotated[
    int,
    typer.Option(help="Count a prediction as right if the class is among the K highest scores."),
]
LabelColumn = Annotated[
    str | None, typer.Option("--label", metavar="COLUMN", help="The column of the true classes.")
]
PredictedColumn = Annotated[
    str | None,
    typer.Option("--predicted", metavar="COLUMN", help="The column of the predicted classes."),
]
RunColumn = Annotated[
    str | None,
    typer.Option(
        "--run", metavar="COLUMN", help="A column whose values are runs, such as seed or model."
    ),
]
SplitColumn = Annotated[
    str | None,
    typer.Option("--split", metavar="COLUMN", help="The column of the splits; none for none."),
]
EpochColumn = Annotated[
    str | None,
    typer.Option("--epoch", metavar="COLUMN", help="The column of the epochs; none for none."),
]
IndexColumn = Annotated[
    str | None,
    typer.Option(
        "--index", metavar="COLUMN", help="The column of the images' numbers; none for none."
    ),
]
ImageColumn = Annotated[
    str | None,
    typer.Option(
        "--image", metavar="COLUMN", help="The column of the images' files; none for none."
    ),
]
CountColumn = Annotated[
    str | None,
    typer.Option(
        "--count",
        metavar="COLUMN",
        help="The column that says how many images a row stands for, such as whole-number weights; "
        "none to count each row once.",
    ),
]
LossColumn = Annotated[
    str | None,
    typer.Option(
        "--loss-sum", metavar="COLUMN", help="The column of the summed losses; none for none."
    ),
]
ConfidenceColumn = Annotated[
    str | None,
    typer.Option(
        "--confidence",
        metavar="COLUMN",
        help="The column of the probability of the predicted class; none for none.",
    ),
]
SecondColumn = Annotated[
    str | None,
    typer.Option(
        "--second", metavar="COLUMN", help="The column of the second best classes; none for none."
    ),
]
Compared = Annotated[
    tuple[str, str] | None,
    typer.Option(
        "--compare",
        metavar="BEFORE AFTER",
        help="Two runs to compare, the reference first. By default two files are compared if "
        "there are no others.",
    ),
]
ReferenceFile = Annotated[
    str | None,
    typer.Option(
        "--reference",
        metavar="FILE",
        help="Predictions or counts that the runs are compared with: another net's, a person's; "
        "votes of people (n, C) in a file of NumPy (.npy); or cifar10h for people's votes on "
        "CIFAR-10's test images. NAME=FILE names it.",
    ),
]
Raw = Annotated[
    Path,
    typer.Option(envvar="INTERFERENCE_RAW", help="The folder of raw files, for cifar10h."),
]
GroupsOfClasses = Annotated[
    str | None,
    typer.Option(
        "--groups",
        metavar="FILE",
        help="Groups of classes, which open and close in the page: a YAML file of lists of classes "
        "by the name of their group, or cifar100 for its superclasses.",
    ),
]
SubsetColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--subset",
        metavar="COLUMN",
        help="A further column, such as camera or brightness, that divides the images: where is an "
        "error more frequent than elsewhere? Repeat it for several. Numbers are divided into four "
        "parts.",
    ),
]
Gates = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-if-worse",
        metavar="NAME",
        help="End with exit status 1 if the run is worse than its reference, beyond chance: at a "
        "pair such as CAT-DOG, at a class, or at `all` images. Repeat it for several.",
    ),
]


def main(
    files: Files,
    out: Folder = Path("look"),
    classes: Names = None,
    data: Data = DATA,
    parameters: StudyFile = None,
    label: LabelColumn = None,
    predicted: PredictedColumn = None,
    scores: Scored = None,
    threshold: Threshold = None,
    top_k: TopK = 1,
    run_column: RunColumn = None,
    split: SplitColumn = None,
    epoch: EpochColumn = None,
    index: IndexColumn = None,
    image: ImageColumn = None,
    count: CountColumn = None,
    loss_sum: LossColumn = None,
    confidence: ConfidenceColumn = None,
    second: SecondColumn = None,
    width: FigureWidth = None,
    formats: FigureFormats = None,
    no_title: NoTitle = False,
    compare: Compared = None,
    fail_if_worse: Gates = None,
    reference: ReferenceFile = None,
    raw: Raw = Path("data/raw"),
    groups: GroupsOfClasses = None,
    subset: SubsetColumns = None,
) -> None:
    """Count predictions and show which classes are confused.

    Writes OUT/report.html, OUT/figures, and the tables behind them.

    Each row is an image (or `count` images) with its true class `label` and its `predicted` class;
    usual other names, such as `y_true` and `y_pred`, are known, and options name any column. A
    class is the text in the file. With --classes, whole numbers count the names from 0. Optional
    columns: `epoch` and `split` (test, train_online, train_augmented or train; test by default)
    show the confusion during training; `index`, the number of the image within its split, or
    `image`, its file (also `path`, `filename`, ...), shows which images all runs get wrong.
    Without --classes the classes are the distinct values, sorted.
    A CSV may also be a matrix of counts, with the class names in its first row and column.

    With --subset, OUT/subsets.csv ranks the subsets in which an error is more or less frequent.
    With --groups, OUT/groups.csv counts the errors within each group of classes and beyond it.

    Two files are compared, the first being the reference: which errors are mended and broken, and
    which changes are beyond chance. This stands in OUT/comparison.csv, OUT/changed_images.csv
    and at the top of the page. Images are matched by `index` or `image`.

    The probability of the predicted class in a column `confidence`, the second best class in
    `second`, or the probabilities of all classes in `p_0`, `p_1`, ... show the calibration, the
    confident errors, near misses and labels that may be wrong (OUT/calibration.csv and
    OUT/confidence.csv). With --reference, OUT/reference.csv and the page say which pairs are
    confused more often than by the reference.

    Files that an earlier look wrote into OUT are removed. Your own files there stay, unless the new
    look writes a file of the same name.
    """
    if out.exists() and not out.is_dir():
        raise BadInput(f"--out: found {out}, which is a file, allowed: a folder to write into")
    formats = list(figures.checked_formats(formats))
    target = Page(parse_width(width) if width else None, has_title=not no_title)
    study = params.load(parameters) if parameters else None
    given = {
        "label": label,
        "predicted": predicted,
        "run": run_column,
        "split": split,
        "epoch": epoch,
        "index": index,
        "image": image,
        "count": count,
        "loss_sum": loss_sum,
        "confidence": confidence,
        "second": second,
    }
    columns = {key: name for key, name in given.items() if name is not None}
    names = read_class_file(classes) if classes else None
    named_groups = group_files.read(groups) if groups else None
    options = predictions.column_options(columns, scores, threshold, top_k)
    options = replace(options, subsets=list(dict.fromkeys(subset or ())))
    try:
        records, compared_with = read_with_reference(
            files, names, data, study, options, reference, raw
        )
    except UnknownClass as error:
        if classes is None:
            raise
        raise BadInput(f"{error}, which are those of {classes}") from error
    divided = None
    if groups and named_groups:
        divided = groups_of.of_names(named_groups, records[0].classes, groups)
    lines = list(names.notes) if names else []
    lines += runs.descriptions(records)
    if run_column not in (None, NONE):
        lines += runs.spread(records)
    lines += fonts.missing_characters(
        label for record in records for label in record.classes.labels
    )
    tables = runs.tables_by_kind(records)
    are_files = run_column in (None, NONE)  # runs of a column, such as seeds, have no order
    comparison, faults = compared(tables, compare, fail_if_worse, are_files)
    lines += faults
    found = study_of_records(
        records,
        tables,
        lines,
        verdicts=judged(tables, study) if study else [],
        comparison=comparison,
        agreements=with_reference(tables, compared_with) if compared_with else [],
        groups=divided,
    )
    answers, is_worse = tested(comparison, fail_if_worse)
    say("\n".join([*lines, *result_lines(records, found), *answers]))
    note = study.claims.note if study else NOTE
    folders = [path.parent for path in paths_of(files)]
    with renewing(out) as folder:
        number = write(records, found, note, folder, folders, formats, target)
    say(f"{number} figures in {out / 'figures'}")
    say(f"open {out / 'report.html'}")
    if is_worse:
        raise typer.Exit(1)


def read(
    files: list[Path],
    names: ClassNames | None,
    data: str,
    study: Params | None,
    options: ColumnOptions,
) -> list[Record]:
    """Read the runs of the files.

    Args:
        files: The predictions, one file for each run.
        names: The class names, None for the names in the study or in the files.
        data: The name of the data set, if there is no study.
        study: The parameters of a study, or None.
        options: Which columns are read, and how scores become predictions.

    Returns:
        The runs, in the order of the files.
    """
    given = names.names if names else None
    named_files = with_given_names(files)
    if study:
        return runs.read_for_study(named_files, given, study, options)
    return predictions.read_files(named_files, given, data, options)


def read_with_reference(
    files: list[Path],
    names: ClassNames | None,
    data: str,
    study: Params | None,
    options: ColumnOptions,
    reference: str | None,
    raw: Path,
) -> tuple[list[Record], Reference | None]:
    """Read the runs and their reference, which is of the same classes and images.

    Args:
        files: As in `read`, as are the next four.
        names: The class names.
        data: The name of the data set.
        study: The parameters of a study.
        options: Which columns are read.
        reference: The file of the reference, None for none.
        raw: The folder of raw files.

    Returns:
        The runs, and the reference.

    Raises:
        BadInput: The reference cannot be read, or the runs are those of a column.
    """
    if reference is None:
        return read(files, names, data, study, options), None
    votes = read_votes(Path(reference), raw)
    if votes is not None:
        return read(files, names, data, study, options), votes
    if options.names.get("run", NONE) != NONE:
        raise BadInput(
            "--reference: found a file of predictions beside --run, allowed: votes (.npy), or "
            "runs in files of their own"
        )
    *records, last = read([*files, Path(reference)], names, data, study, options)
    return records, of_record(last)


def paths_of(files: list[Path]) -> list[Path]:
    """The files of predictions, without the names of their runs."""
    named = with_given_names(files)
    return list(named.values()) if isinstance(named, Mapping) else list(named)


def compared(
    tables: Tables,
    chosen: tuple[str, str] | None,
    gates: list[str] | None,
    are_files: bool,
) -> tuple[Comparison | None, list[str]]:
    """Compare two runs.

    Args:
        tables: Tables by kind and run.
        chosen: The names of the runs, the reference first; None for the only two runs.
        gates: Classes and pairs that a run is tested at.
        are_files: Whether each run is a file of its own; otherwise runs are compared on request.

    Returns:
        The comparison, None if no two runs are compared; and a line if two runs cannot be compared.

    Raises:
        BadInput: There is no run of a given name, or the two runs cannot be compared.
    """
    names = list(tables["cctm"])
    if chosen is None and not gates:
        return comparisons.of_two_runs(tables, names) if are_files else (None, [])
    if chosen is None and len(names) != 2:
        raise BadInput(
            f"--fail-if-worse: found {len(names)} runs, allowed: two, or more and --compare BEFORE "
            "AFTER"
        )
    before, after = chosen or names
    for name in (before, after):
        if name not in names:
            raise one_of("--compare", name, names)
    if before == after:
        raise BadInput(f"--compare: found {before} twice, allowed: two runs")
    return comparisons.of_runs(tables, before, after), []


def tested(comparison: Comparison | None, gates: list[str] | None) -> tuple[list[str], bool]:
    """Test the classes and pairs that the user named.

    Args:
        comparison: The comparison of two runs.
        gates: The names.

    Returns:
        A line for each, and whether the run is worse at one of them.

    Raises:
        BadInput: A name is not that of a class or a pair.
    """
    if comparison is None or not gates:
        return [], False
    try:
        return comparison_sentences.gate(comparison, gates)
    except BadInput as error:
        raise BadInput(f"--fail-if-worse: {error}") from error


def result_lines(records: list[Record], study: Study) -> list[str]:
    """The results of a look in words, for the terminal.

    Args:
        records: The runs.
        study: The same runs, with what was found about them.

    Returns:
        The lines.
    """
    lines = [line for record in records for line in runs.result(record)]
    for confidence in study.confidences:
        lines += confidence_sentences.lines(confidence)
    for agreement_of_run in study.agreements:
        lines += agreement_sentences.lines(agreement_of_run)
    if study.comparison is not None:
        lines += comparison_sentences.lines(study.comparison)
    elif study.overlap is not None:
        lines += overlap_sentences.lines(study.overlap)
    for subsets in study.subsets:
        lines += subset_tests.lines(subsets)
    return lines


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
        predictions=runs.of_study(tables["predictions"], study),
        settings=study.claims,
    )
    return claims.check_all(evidence)


def write(
    records: list[Record],
    study: Study,
    note: float,
    folder: Path,
    image_folders: list[Path],
    formats: Sequence[str] = figures.USUAL_FORMATS,
    target: Page = NATURAL,
) -> int:
    """Write tables, figures and page.

    Args:
        records: The runs.
        study: The same runs, with what was found about them.
        note: The threshold of a dancing note, as a fraction of a class's images.
        folder: The temporary folder to write into.
        image_folders: The folders of the predictions. Images that these name are shown if they lie
            there or in the current folder.
        formats: The formats of the figures.
        target: What the figures are drawn for.

    Returns:
        The number of figures.
    """
    for record in records:
        record.save(folder)
    write_tables(study, folder)
    parts = figures.parts(
        counts=study.counts,
        cctm=study.cctm,
        note=note,
        page=target,
        comparison=study.comparison,
        confidences=study.confidences,
        agreements=study.agreements,
        overlap=study.overlap,
    )
    names = list(cores.save_all(parts, folder / "figures", formats))
    page, notes = with_thumbnails(study, [*image_folders, Path()])
    if notes:
        say("\n".join(notes))
    write_text(folder / "report.html", report.html(page, note=note))
    return len(names)


def write_tables(study: Study, folder: Path) -> None:
    """Write what was found about the runs as tables.

    Args:
        study: The runs.
        folder: The temporary folder to write into.
    """
    scores.save(study.cctm, folder)
    if study.comparison is not None:
        comparison_files.save(study.comparison, folder)
    if study.groups is not None:
        groups_of.save(study.groups, study.cctm, folder)
    if study.overlap is not None:
        overlap_files.save(study.overlap, folder)
    subset_tests.save(study.subsets, folder)
    frames = confidences.tables(study.confidences)
    if study.agreements:
        frames["reference"] = agreement.table(study.agreements)
    for name, frame in frames.items():
        write_with_csv(folder / name, frame, class_metadata(study.classes))


if __name__ == "__main__":
    run(main)
