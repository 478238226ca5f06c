"""The section on the symmetry of each run's CCTM: how it changes during the training."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from interference.confusion import symmetry
from interference.reporting.report.section import Section, TextTable
from interference.study.study import Study
from interference.vocabulary import Array

LEVEL = 0.05  # of Bowker's test
PARTS = (0.25, 0.5, 1.0)  # of the training: the epochs that a row shows
HEADS = (
    "run",
    "a quarter",
    "half",
    "last epoch",
    "by counting alone",
    "Bowker's p",
    "epochs that are not symmetric",
)


@dataclass(frozen=True)
class SymmetryOfRuns:
    """The facts of the section's template.

    Attributes:
        courses: The asymmetry index of each run.
    """

    courses: TextTable


def section(study: Study) -> Section | None:
    """The section on symmetry by epoch.

    Args:
        study: The study.

    Returns:
        The section, or None if no run recorded test images over several epochs.
    """
    rows = list(_rows(study))
    if not rows:
        return None
    table = TextTable("Asymmetry index of each run's test CCTM during its training", HEADS, rows)
    return Section("Symmetry", "symmetry.html", SymmetryOfRuns(table))


def _rows(study: Study) -> Iterator[tuple[str, ...]]:
    """A row for each run with several epochs of test counts."""
    for run, splits in study.recorded.items():
        if "test" in splits:
            cells = splits["test"]
            if len(cells.epochs) > 1 and cells.classes <= symmetry.MOST_CLASSES:
                yield run, *_course(cells.epochs, cells.all_counts)


def _course(epochs: Array, counts: Array) -> Iterator[str]:
    """The cells of a run: the index on the way, and how far counting alone explains the last."""
    for part in PARTS:
        position = int(np.ceil(part * len(epochs))) - 1
        yield f"{symmetry.asymmetry(counts[position]):.2f} (epoch {epochs[position]})"
    low, high = symmetry.by_counting(counts[-1], symmetry.DRAWS_OF_AN_EPOCH)
    yield f"{low:.2f} to {high:.2f}"
    p_values = np.array([symmetry.bowker_p(own) for own in counts])
    yield "below 0.001" if p_values[-1] < 0.001 else f"{p_values[-1]:.3f}"
    yield f"{(p_values < LEVEL).sum()} of {len(epochs)}"
