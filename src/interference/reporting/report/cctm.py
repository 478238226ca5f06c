"""The section on the CCTM of every run at every recorded epoch, and the images behind its cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from interference import confusion
from interference.confusion import training_cells
from interference.confusion.training_cells import TrainingCells
from interference.io.tables import Table
from interference.reporting.report import pictures
from interference.reporting.report.answer import answer
from interference.reporting.report.packing import Arrays
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.vocabulary import TRAINING_FIRST

# The recorded splits in the order in which the page offers them.
TEST_FIRST = sorted(TRAINING_FIRST, key=lambda split: split != "test")

# Stands for the last epoch of a run trained elsewhere if that epoch is unknown. It is later than
# any known epoch, so that such a run is compared with the last epoch of the others.
LATEST = 2**15 - 1


@dataclass(frozen=True)
class Cctm:
    """The facts of the section's template.

    Attributes:
        runs: The number of runs that have counts.
        has_epochs: Whether a reader can follow a training: some run has several epochs.
        images_known: Whether predictions are known image by image.
        mistakes: The number of known errors on test images.
        pictured: The number of these errors that have a picture.
        channels: The number of channels of the images; 0 if the page has no images.
        named: The number of these errors that are listed with the file of their image.
    """

    runs: int
    has_epochs: bool
    images_known: bool
    mistakes: int
    pictured: int
    channels: int
    named: int


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section on the CCTM.

    Args:
        study: The study.
        arrays: Takes up the counts and the pictures.

    Returns:
        The section, or None if no run has counts.
    """
    runs = {}
    for run in study.runs:
        splits = _splits(study, run, arrays)
        if splits:
            runs[run] = splits
    if not runs:
        return None
    mistakes = pictures.gather(study, arrays)
    has_epochs = any(_has_epochs(splits) for splits in runs.values())
    context = Cctm(
        runs=len(runs),
        has_epochs=has_epochs,
        images_known=mistakes is not None,
        mistakes=mistakes["index"]["shape"][0] if mistakes else 0,
        pictured=mistakes["pictures"] if mistakes else 0,
        channels=0 if study.images is None else study.images.shape[1],
        named=len(mistakes["names"]) if mistakes else 0,
    )
    found = answer(study)
    data = {"runs": runs, "mistakes": mistakes, "first": found.cell if found else None}
    return Section("CCTM", "cctm.html", context, "cctm", data)


def _has_epochs(splits: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether some split has counts of several epochs."""
    epochs = [len(split["epochs"]) for split in splits.values()]
    return max(epochs) > 1


def _splits(study: Study, run: str, arrays: Arrays) -> dict[str, dict[str, Any]]:
    """A run's epochs and counts by split, as `_carried` gives them.

    A split that was not recorded during the training has the counts of the final weights.
    """
    splits = {}
    for split, cells in study.recorded.get(run, {}).items():
        splits[split] = _carried(cells, arrays)
    final = study.of_runs("cctm").get(run)
    if final is not None:
        for split in final.frame["split"].unique():
            if split not in splits:
                splits[split] = _final(final, split, arrays)
    return {split: splits[split] for split in TEST_FIRST if split in splits}


def _final(table: Table, split: str, arrays: Arrays) -> dict[str, Any]:
    """The last epoch and the counts of a split in a cctm table."""
    frame = table.frame[table.frame["split"] == split]
    counts = confusion.from_frame(frame, len(table.classes))
    epoch = table.run["setup"].get("epochs", LATEST)
    cells = training_cells.from_counts(np.array([epoch]), counts[None])
    return _carried(cells, arrays)


def _carried(cells: TrainingCells, arrays: Arrays) -> dict[str, Any]:
    """Counts as the scripts read them: only the cells that occur in some epoch.

    The cells of true class a are those from `starts[a]` to `starts[a + 1]`, (C + 1,); `predicted`
    (n,) is the class of each, `counts` (epochs, n) are its images, and `sizes` (epochs, C) are the
    images of each true class.
    """
    starts = np.searchsorted(cells.label, np.arange(cells.classes + 1))
    return {
        "epochs": cells.epochs.tolist(),
        "starts": arrays.add(starts),
        "predicted": arrays.add(cells.predicted),
        "counts": arrays.add(cells.counts),
        "sizes": arrays.add(cells.sizes),
    }
