"""Runs that were trained elsewhere, together: read, described, and their tables by kind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from interference.external import predictions
from interference.external.record import Record
from interference.io.tables import Table
from interference.params import Params
from interference.vocabulary import UNKNOWN

KINDS = ("counts", "cctm", "predictions")


def read_for_study(
    files: Sequence[Path], class_names: Sequence[str] | None, study: Params
) -> list[Record]:
    """Read predictions for the images of a study.

    Args:
        files: The predictions (CSV or parquet), a file a run.
        class_names: The names of the classes in label order; None for the study's own.
        study: The parameters of the study.

    Returns:
        The runs. One that is named as a run of the study has that run's settings.

    Raises:
        BadInput: A file cannot be read, or does not fit the classes.
    """
    names = class_names or study.classes
    records = []
    for record in predictions.read_predictions(files, names, study.data.title):
        known = record.name in study.runs
        settings = study.resolved(record.name) if known else record.settings
        records.append(replace(record, settings=settings))
    return records


def tables_by_kind(records: Sequence[Record]) -> dict[str, dict[str, Table]]:
    """The tables of some runs.

    Args:
        records: The runs.

    Returns:
        For each of `KINDS`, the tables by the name of their run; a run may lack some.
    """
    by_run = {record.name: record.tables() for record in records}
    by_kind: dict[str, dict[str, Table]] = {kind: {} for kind in KINDS}
    for name, tables in by_run.items():
        for kind, table in tables.items():
            by_kind[kind][name] = table
    return by_kind


def of_study(tables: Mapping[str, Table], study: Params) -> dict[str, Table]:
    """The tables, by run, of those runs that are named as one of a study's."""
    return {name: table for name, table in tables.items() if name in study.runs}


def summary(record: Record) -> str:
    """One line about a run: how many classes, epochs, and images of each split."""
    epochs = [epoch for epoch in record.cells["test"] if epoch != UNKNOWN]
    sizes = []
    for split, by_epoch in record.cells.items():
        counts, _ = by_epoch[max(by_epoch)]
        sizes.append(f"{split} {counts.sum()}")
    return (
        f"{record.name}: classes {len(record.classes)}; epochs {len(epochs) or 'unknown'}; "
        f"images {', '.join(sizes)}"
    )


def missing_classes(record: Record) -> Iterator[str]:
    """One line for each split of a run that has no images of some class, naming the classes."""
    for split, by_epoch in record.cells.items():
        images = np.sum([counts.sum(1) for counts, _ in by_epoch.values()], axis=0)  # (C,)
        labels = zip(record.classes.labels, images, strict=True)
        missing = [label for label, number in labels if not number]
        if missing:
            yield f"{record.name}: no {split} images of {predictions.shortened(missing)}"
