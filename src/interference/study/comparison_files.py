"""Writes the comparison of two runs as tables: parquet and CSV."""

from pathlib import Path

from interference.io import tables
from interference.study.comparison import Comparison


def save(comparison: Comparison, folder: Path) -> None:
    """Write what changed by class, pair and cell, and the images that changed.

    Args:
        comparison: The comparison.
        folder: The folder; the files are `comparison` and `changed_images`, each as `.parquet` and
            `.csv`. Images that are not matched have no second table.
    """
    names = {"before": comparison.before, "after": comparison.after}
    meta = {**tables.class_metadata(comparison.classes), **names}
    frames = {"comparison": comparison.kinds_table()}
    if comparison.is_paired:
        frames["changed_images"] = comparison.images_table()
    for name, frame in frames.items():
        tables.write_with_csv(folder / name, frame, meta)
