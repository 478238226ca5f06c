"""Writes the comparison of two runs as tables: parquet and CSV."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from interference.classes import Classes
from interference.io import tables
from interference.io.files import write_text
from interference.study.comparison import Comparison


def save(comparison: Comparison, folder: Path) -> None:
    """Write what changed by class, pair and cell, and the images that changed.

    Args:
        comparison: The comparison.
        folder: The folder; the files are `comparison` and `changed_images`, each as `.parquet` and
            `.csv`. Images that are not matched have no second table.
    """
    meta = {"before": comparison.before, "after": comparison.after}
    frames = {"comparison": comparison.kinds_table()}
    if comparison.is_paired:
        frames["changed_images"] = comparison.images_table()
    for name, frame in frames.items():
        write(folder / name, frame, comparison.classes, meta)


def write(
    path: Path, frame: pd.DataFrame, classes: Classes, meta: Mapping[str, object] | None = None
) -> None:
    """Write a table as `.parquet` and as `.csv`.

    Args:
        path: The files without their suffix.
        frame: The rows.
        classes: The classes, for the metadata.
        meta: Further metadata, JSON values.
    """
    table = pa.Table.from_pandas(frame, preserve_index=False)
    entries = {**tables.class_metadata(classes), **(meta or {})}
    tables.write_arrow(path.with_name(f"{path.name}.parquet"), table, entries)
    write_text(path.with_name(f"{path.name}.csv"), frame.to_csv(index=False))
