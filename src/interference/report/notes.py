"""The dancing notes (Figure 7): at each epoch, the class that a class is most often taken for."""

import numpy as np

from interference import confusion, dance
from interference.report.dances import played
from interference.report.packing import Arrays
from interference.report.section import Section
from interference.study import Study
from interference.vocabulary import Array

HTML = """<p>At each epoch, the class that a class is most often taken for.
<span class="how">A long stretch of one colour is a lasting interference.{colours} There is no note where no class
takes more than {percent:g} %. Choose one class to see its notes on a line for each class that takes its images,
as the paper draws them. Drag to zoom, double-click to see all epochs.</span></p>
<div class="controls"></div><div class="drawn"></div>"""
COLOURS = """ There are more classes than colours, so that in each row the colours stand for that row's takers: the most
frequent first, then the next ones, and grey for the rest. Point at a stretch for their names."""


def section(study: Study, arrays: Arrays, threshold: float) -> Section | None:
    """The section, None where no run has two epochs of counts; the rates are the CCTM's.

    A note is a class that takes more than the share `threshold` of another's images.
    """
    runs = {run: {split: arrays.add(_notes(counts, threshold)) for split, (_, counts) in found.items()}
            for run, found in played(study).items()}
    html = HTML.format(percent=100 * threshold, colours=COLOURS * study.many)
    return Section("Notes", html, "notes", {"runs": runs, "threshold": threshold}) if runs else None


def _notes(counts: Array, threshold: float) -> Array:
    """The note of each epoch and class (epochs, C); C where there is none."""
    cctm = confusion.cctm(counts)
    played = np.stack([dance.notes(cctm, row, threshold) for row in range(cctm.shape[-1])], -1)
    return np.where(played == dance.NONE, cctm.shape[-1], played)
