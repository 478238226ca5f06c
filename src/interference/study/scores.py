"""The scores of every run: precision, recall, F1 and support by class, and their means."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from interference.confusion import by_epoch
from interference.confusion import scores as scores_of
from interference.io import tables
from interference.io.files import write_text
from interference.io.tables import Table
from interference.vocabulary import csv_cell


def of_run(table: Table) -> pd.DataFrame:
    """The scores of a run's test images.

    Args:
        table: Its cctm table.

    Returns:
        A row for each class, then the macro and the micro mean. Columns: `class`, `support`,
        `predicted`, and precision, recall and F1 with their intervals, as fractions.
    """
    counts = by_epoch.test_counts(table)
    frame = pd.DataFrame(scores_of.of_classes(counts))
    frame.insert(0, "class", list(table.classes.labels))
    means = scores_of.means(counts)
    size = int(counts.sum())
    rows = [
        {"class": name, "support": size, "predicted": size, **mean} for name, mean in means.items()
    ]
    return pd.concat([frame, pd.DataFrame(rows)], ignore_index=True)


def save(cctm: Mapping[str, Table], folder: Path) -> None:
    """Write the scores of all runs.

    Args:
        cctm: The cctm table of each run.
        folder: The folder; the files are `scores.parquet` and `scores.csv`.
    """
    parts = []
    for run, table in cctm.items():
        frame = of_run(table)
        frame.insert(0, "run", run)
        parts.append(frame)
    if not parts:
        return
    whole = pd.concat(parts, ignore_index=True)
    meta = tables.class_metadata(next(iter(cctm.values())).classes)
    arrow = pa.Table.from_pandas(whole, preserve_index=False)
    tables.write_arrow(folder / "scores.parquet", arrow, meta)
    whole["class"] = [csv_cell(name) for name in whole["class"]]
    write_text(folder / "scores.csv", whole.to_csv(index=False))
