"""Writes the comparison of two runs as tables: parquet and CSV."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

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
    meta = {
        **tables.class_metadata(comparison.classes),
        "before": comparison.before,
        "after": comparison.after,
    }
    frames = {"comparison": comparison.kinds_table()}
    if comparison.is_paired:
        frames["changed_images"] = comparison.images_table()
    for name, frame in frames.items():
        _write(folder / f"{name}.parquet", frame, meta)
        write_text(folder / f"{name}.csv", frame.to_csv(index=False))


def _write(path: Path, frame: pd.DataFrame, meta: dict[str, object]) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    tables.write_arrow(path, table, meta)
