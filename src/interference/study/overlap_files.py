"""Writes the overlap of the errors of several runs as tables: parquet and CSV."""

from pathlib import Path

from interference.io import tables
from interference.study.overlap import Overlap


def save(overlap: Overlap, folder: Path) -> None:
    """Write the shared errors of each class and pair, and the difficulty of the images.

    Args:
        overlap: The overlap.
        folder: The folder; the files are `shared_errors` and `difficulty`, each as `.parquet` and
            `.csv`.
    """
    meta = {**tables.class_metadata(overlap.classes), "runs": list(overlap.runs)}
    frames = {"shared_errors": overlap.kinds_table(), "difficulty": overlap.images_table()}
    for name, frame in frames.items():
        tables.write_with_csv(folder / name, frame, meta)
