"""The section on dancing notes (Figure 7): each class's most frequent wrong prediction by epoch."""

from dataclasses import dataclass

import numpy as np

from interference import confusion
from interference.confusion import dance
from interference.reporting.report.dances import trainings
from interference.reporting.report.packing import Arrays
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.vocabulary import Array


@dataclass(frozen=True)
class Notes:
    """The facts of the section's template.

    Attributes:
        many: Whether there are more classes than colours.
        threshold: The rate that a note exceeds, in percent.
    """

    many: bool
    threshold: float


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
            split: arrays.add(_notes(counts, threshold)) for split, (_, counts) in recorded.items()
        }
    if not runs:
        return None
    context = Notes(study.many, 100 * threshold)
    return Section("Notes", "notes.html", context, "notes", {"runs": runs, "threshold": threshold})


def _notes(counts: Array, threshold: float) -> Array:
    """The note of every class at each epoch (epochs, C); C stands for no note."""
    cctm = confusion.cctm(counts)
    classes = cctm.shape[-1]
    by_class = [dance.notes(cctm, row, threshold) for row in range(classes)]
    notes = np.stack(by_class, -1)  # (epochs, C)
    return np.where(notes == dance.NONE, classes, notes)
