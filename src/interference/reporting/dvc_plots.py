"""The small tables that `dvc plots` draws: dancing notes, and mistake rates over planes. Its templates: `.dvc/plots`.

They are CSV: a third of the same rows as JSON, a line a row for git, and the templates read the numbers as numbers.
"""

import numpy as np
import pandas as pd

from interference import confusion, surfaces, vocabulary
from interference.confusion import by_epoch, dance
from interference.confusion.top_pairs import noted
from interference.io.tables import Table
from interference.thresholds import NOTE
from interference.vocabulary import TRAINING_FIRST

PLANES = 45  # the most planes of a table that are drawn: all pairs of ten classes
MANY = 12  # planes; each of more is drawn with fewer points
COARSE = 9  # the most points along an axis where there are many planes


def csv(frame: pd.DataFrame) -> str:
    """A table as text, six significant digits a number."""
    return frame.to_csv(index=False, float_format="%.6g")


def notes(table: Table, threshold: float = NOTE) -> pd.DataFrame | None:
    """The dancing notes of a run, of the split that tells most; None where no epoch was recorded.

    Columns: split; class, the label whose notes they are; epoch; note, the label it is most often taken for, or `none`;
    order, where that label's line stands, from 0 up (`none`: -2); percent, how much of the class is taken for the
    first of the others; above, the percentage that must be exceeded for a note, which is `threshold` as a share. The
    classes are those of Figure 7 where they exist, else those of the most interfering pairs.
    """
    recorded = set(table.frame["split"].unique())
    split = next((split for split in TRAINING_FIRST if split in recorded), None)
    if split is None:
        return None
    epochs, counts = by_epoch.training_counts(table, split)
    cctm = confusion.cctm(counts)
    return pd.concat(
        _notes_of(row, epochs, cctm, table.classes.labels, threshold).assign(split=split)
        for row in noted(table)
    )


def _notes_of(
    row: int,
    epochs: vocabulary.Array,
    cctm: vocabulary.Array,
    labels: tuple[str, ...],
    threshold: float,
) -> pd.DataFrame:
    """The notes of one class."""
    played = dance.notes(cctm, row, threshold)
    return pd.DataFrame(
        {
            "class": labels[row],
            "epoch": epochs,
            "order": played,
            "note": ["none" if label == dance.NONE else labels[label] for label in played],
            "percent": 100 * np.delete(cctm[:, row], row, axis=-1).max(-1),
            "above": 100 * threshold,
        }
    )


def planes(table: Table) -> pd.DataFrame | None:
    """The mistake rates over the planes of a table; None where it holds none.

    Columns: pair, both labels; theta_1 and theta_2; mistakes, percent. Of more than `PLANES` the first are taken, those
    of the most interfering pairs; of more than `MANY` planes fewer points are, evenly around the trained net.
    """
    kept = [surfaces.from_table(plane) for plane in surfaces.planes(table)[:PLANES]]
    return pd.concat(_plane(surface, len(kept) > MANY) for surface in kept) if kept else None


def _plane(surface: surfaces.Surface, coarse: bool) -> pd.DataFrame:
    """The rows of one plane."""
    i, j = (_picked(len(theta), coarse) for theta in (surface.theta_1, surface.theta_2))
    theta_1, theta_2 = np.meshgrid(surface.theta_1[i], surface.theta_2[j], indexing="ij")
    return pd.DataFrame(
        {
            "pair": "-".join(surface.classes.labels[label] for label in surface.pair),
            "theta_1": theta_1.ravel(),
            "theta_2": theta_2.ravel(),
            "mistakes": surfaces.mistake_rate(surface)[np.ix_(i, j)].ravel(),
        }
    )


def _picked(points: int, coarse: bool) -> vocabulary.Array:
    """The positions along an axis that are drawn: all, or those at the smallest steps from the middle that suffice."""
    middle, step = points // 2, 1
    while coarse and 2 * (middle // step) + 1 > COARSE:
        step += 1
    return np.arange(middle % step, points, step)
