"""The dancing notes (Figure 7): at each epoch, the class that a class is most often taken for."""

from dataclasses import dataclass

import numpy as np

from interference import confusion
from interference.confusion import dance
from interference.reporting.report.dances import played
from interference.reporting.report.packing import Arrays
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.vocabulary import Array


@dataclass(frozen=True)
class Notes:
    """What the section shows: whether there are more classes than colours, and the least rate of a note in percent."""

    many: bool
    threshold: float


def section(study: Study, arrays: Arrays, threshold: float) -> Section | None:
    """The section, None where no run has two epochs of counts; the rates are the CCTM's.

    A note is a class that takes more than the share `threshold` of another's images.
    """
    runs = {
        run: {split: arrays.add(_notes(counts, threshold)) for split, (_, counts) in found.items()}
        for run, found in played(study).items()
    }
    context = Notes(study.many, 100 * threshold)
    return (
        Section("Notes", "notes.html", context, "notes", {"runs": runs, "threshold": threshold})
        if runs
        else None
    )


def _notes(counts: Array, threshold: float) -> Array:
    """The note of each epoch and class (epochs, C); C where there is none."""
    cctm = confusion.cctm(counts)
    played = np.stack([dance.notes(cctm, row, threshold) for row in range(cctm.shape[-1])], -1)
    return np.where(played == dance.NONE, cctm.shape[-1], played)
