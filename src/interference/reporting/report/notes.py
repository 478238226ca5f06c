"""The section on dancing notes (Figure 7): each class's most frequent wrong prediction by epoch."""

from dataclasses import dataclass

import numpy as np

from interference import confusion
from interference.confusion import dance
from interference.confusion.training_cells import TrainingCells
from interference.reporting.report.dances import trainings
from interference.reporting.report.packing import Arrays
from interference.reporting.report.recalls import ROWS
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.vocabulary import Array


@dataclass(frozen=True)
class Notes:
    """The facts of the section's template.

    Attributes:
        many: Whether there are more classes than colours.
        threshold: The rate that a note exceeds, in percent.
        strips: The greatest number of classes that have a strip.
        left_out: The number of classes without a strip.
    """

    many: bool
    threshold: float
    strips: int
    left_out: int


def section(study: Study, arrays: Arrays, threshold: float) -> Section | None:
    """The section on dancing notes; its script reads the rates from the CCTM's section.

    Args:
        study: The study.
        arrays: Takes up the notes.
        threshold: The fraction of a class's images that another class must exceed to be its note.

    Returns:
        The section, or None if no run recorded two epochs.
    """
    runs = {}
    for run, recorded in trainings(study).items():
        runs[run] = {
            split: arrays.add(_notes(cells, threshold)) for split, cells in recorded.items()
        }
    if not runs:
        return None
    left_out = max(0, len(study.classes) - ROWS)
    context = Notes(study.many, 100 * threshold, ROWS, left_out)
    data = {"runs": runs, "threshold": threshold, "strips": ROWS}
    return Section("Notes", "notes.html", context, "notes", data)


def _notes(cells: TrainingCells, threshold: float) -> Array:
    """The note of every class at each epoch (epochs, C); C stands for no note."""
    by_class = []
    for row in range(cells.classes):
        rates = confusion.cctm(cells.rows([row]))[:, 0]  # (epochs, C)
        by_class.append(dance.notes_of(rates, row, threshold))
    notes = np.stack(by_class, -1)  # (epochs, C)
    return np.where(notes == dance.NONE, cells.classes, notes)
