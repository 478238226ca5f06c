"""Several runs that were trained elsewhere: read for a study, described, and sorted by table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from interference import confusion
from interference.classes import shortened
from interference.confusion import top_pairs
from interference.external import predictions
from interference.external.prediction_columns import ALL_BY_NAME, ColumnOptions
from interference.external.record import Record
from interference.io.tables import Table
from interference.params import Params
from interference.vocabulary import UNKNOWN

KINDS = ("counts", "cctm", "predictions")


def read_for_study(
    files: Sequence[Path] | Mapping[str, Path],
    class_names: Sequence[str] | None,
    study: Params,
    options: ColumnOptions = ALL_BY_NAME,
) -> list[Record]:
    """Read predictions for the images of a study.

    Args:
        files: The predictions, one file for each run; or files by the name of their run.
        class_names: The class names in label order; None for those of the study.
        study: The parameters of the study.
        options: Which columns are read, and how scores become predictions.

    Returns:
        The runs. A run with the name of a run of the study gets the settings of that run.

    Raises:
        BadInput: A file cannot be read, or does not fit the classes.
    """
    names = class_names or study.classes
    records = []
    for record in predictions.read_files(files, names, study.data.title, options):
        known = record.name in study.runs
        settings = study.resolved(record.name) if known else record.settings
        records.append(replace(record, settings=settings))
    return records


def tables_by_kind(records: Sequence[Record]) -> dict[str, dict[str, Table]]:
    """Sort the tables of several runs by kind.

    Args:
        records: The runs.

    Returns:
        For each of `KINDS`, the tables by run; a run may lack some of its tables.
    """
    by_run = {record.name: record.tables() for record in records}
    by_kind: dict[str, dict[str, Table]] = {kind: {} for kind in KINDS}
    for name, tables in by_run.items():
        for kind, table in tables.items():
            by_kind[kind][name] = table
    return by_kind


def of_study(tables: Mapping[str, Table], study: Params) -> dict[str, Table]:
    """Keep the tables, by run, whose run has the name of a run of the study."""
    return {name: table for name, table in tables.items() if name in study.runs}


def summary(record: Record) -> str:
    """Describe a run in one line: its numbers of classes, epochs, and images of each split."""
    epochs = [epoch for epoch in record.cells["test"] if epoch != UNKNOWN]
    sizes = []
    for split, by_epoch in record.cells.items():
        counts, _ = by_epoch[max(by_epoch)]
        sizes.append(f"{split} {counts.sum()}")
    return (
        f"{record.name}: classes {len(record.classes)}; epochs {len(epochs) or 'unknown'}; "
        f"images {', '.join(sizes)}"
    )


def result(record: Record) -> Iterator[str]:
    """Describe what came out of a run in one line: its accuracy and its most interfering pair."""
    cells = record.cells.get("test")
    if not cells:
        return
    counts, _ = cells[max(cells)]
    accuracy = f"accuracy {confusion.accuracy(counts):.2f} %"
    pair = top_pairs.top_pair(counts)
    if pair is None:
        yield f"{record.name}: {accuracy}; no class is predicted as another"
        return
    (described,) = top_pairs.describe(counts, record.classes.labels, 1)
    errors, all_errors = top_pairs.errors_between(counts, pair)
    yield (
        f"{record.name}: {accuracy}; most confused: {described}, in percent of their images, both "
        f"ways added: {errors:,} of {all_errors:,} errors ({100 * errors / all_errors:.0f} %)"
    )


def notes(records: Sequence[Record]) -> dict[str, list[str]]:
    """Say what was left out or taken for granted when runs were read.

    Args:
        records: The runs.

    Returns:
        Lines by the name of a run. A note that several runs share, such as one on their file, is a
        single line of the first of them, which names them all.
    """
    runs_by_note: dict[str, list[str]] = {}
    for record in records:
        for note in dict.fromkeys(record.notes):
            runs_by_note.setdefault(note, []).append(record.name)
    lines: dict[str, list[str]] = {record.name: [] for record in records}
    for note, names in runs_by_note.items():
        lines[names[0]].append(f"{shortened(names)}: {note}")
    return lines


def descriptions(records: Sequence[Record]) -> list[str]:
    """Describe runs in lines: their sizes, their notes, and the classes that have no images.

    Args:
        records: The runs.

    Returns:
        The lines, those of a run together.
    """
    notes_by_run = notes(records)
    lines: list[str] = []
    for record in records:
        lines += [summary(record), *notes_by_run[record.name], *missing_classes(record)]
    return lines


def spread(records: Sequence[Record]) -> Iterator[str]:
    """Describe the test accuracies of several runs in one line: their mean and their spread."""
    accuracies = []
    for record in records:
        cells = record.cells["test"]
        counts, _ = cells[max(cells)]
        accuracies.append(float(confusion.accuracy(counts)))
    if len(accuracies) > 1:
        yield (
            f"test accuracy of {len(accuracies)} runs: mean {np.mean(accuracies):.2f} %, standard "
            f"deviation {np.std(accuracies, ddof=1):.2f}"
        )


def missing_classes(record: Record) -> Iterator[str]:
    """Name the classes without images, in one line for each split that has such classes."""
    for split, by_epoch in record.cells.items():
        images = np.sum([counts.sum(1) for counts, _ in by_epoch.values()], axis=0)  # (C,)
        missing = [record.classes.labels[label] for label in np.flatnonzero(images == 0)]
        if missing:
            yield f"{record.name}: no {split} images of {shortened(missing)}"
