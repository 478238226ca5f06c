"""The dancing notes (Figure 7): at each epoch, the class that a class is most often taken for."""

from dataclasses import dataclass

import numpy as np

from interference import confusion, dance
from interference.confusion import Array
from interference.report.dances import played
from interference.report.packing import Arrays
from interference.report.section import Section
from interference.study import Study

THRESHOLD = 0.001  # of a class's images; Section 4.2


@dataclass(frozen=True)
class Notes:
    """What the section shows: whether there are more classes than colours, and the least rate of a note in percent."""

    many: bool
    threshold: float


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section, None where no run has two epochs of counts; the rates are the CCTM's."""
    runs = {
        run: {split: arrays.add(_notes(counts)) for split, (_, counts) in found.items()}
        for run, found in played(study).items()
    }
    context = Notes(study.many, 100 * THRESHOLD)
    return (
        Section("Notes", "notes.html", context, "notes", {"runs": runs, "threshold": THRESHOLD})
        if runs
        else None
    )


def _notes(counts: Array) -> Array:
    """The note of each epoch and class (epochs, C); C where there is none."""
    cctm = confusion.cctm(counts)
    played = np.stack([dance.notes(cctm, row, THRESHOLD) for row in range(cctm.shape[-1])], -1)
    return np.where(played == dance.NONE, cctm.shape[-1], played)
