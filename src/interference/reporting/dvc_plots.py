"""Makes the small tables that `dvc plots` draws: dancing notes, and error rates over planes.

The templates in `.dvc/plots` draw them. The tables are CSV files, which take a third of the space
of JSON, give git one line a row, and let the templates read the numbers as numbers.
"""

import numpy as np
import pandas as pd

from interference import confusion, surfaces, vocabulary
from interference.confusion import by_epoch, dance
from interference.confusion.top_pairs import classes_with_notes
from interference.io.tables import Table
from interference.thresholds import NOTE
from interference.vocabulary import TRAINING_FIRST, csv_cell

PLANES = 45  # the most planes of a table that are drawn: all pairs of ten classes
MANY = 12  # planes; if there are more, each is drawn with fewer points
COARSE = 9  # the most points along an axis if there are many planes


def csv(frame: pd.DataFrame) -> str:
    """Write a table as CSV.

    Args:
        frame: The table.

    Returns:
        The text, with six significant digits a number.
    """
    texts = frame.select_dtypes(["object", "string", "category"]).columns
    harmless = frame.assign(**{name: frame[name].astype(object).map(csv_cell) for name in texts})
    return harmless.to_csv(index=False, float_format="%.6g")


def notes(table: Table, threshold: float = NOTE) -> pd.DataFrame | None:
    """The dancing notes of a run, on the split that shows its training best.

    The classes are those of Figure 7 if they exist, else those of the most interfering pairs.

    Args:
        table: The run's confusion counts by epoch.
        threshold: The fraction of a class's images that a note must exceed.

    Returns:
        One row for each class and epoch; None if no epoch was recorded. Columns: `split`; `class`,
        the label whose notes they are; `epoch`; `note`, the label that the class is most often
        mistaken for, or `none`; `order`, the label number of the note (`none`: -2), which places
        its line; `percent`, the percentage of the class that is predicted as its most frequent
        mistake; `above`, the percentage that a note must exceed.
    """
    recorded = set(table.frame["split"].unique())
    split = next((split for split in TRAINING_FIRST if split in recorded), None)
    if split is None:
        return None
    epochs, counts = by_epoch.training_counts(table, split)
    cctm = confusion.cctm(counts)
    parts = []
    for label in classes_with_notes(table):
        part = _notes_of_class(label, epochs, cctm, table.classes.labels, threshold)
        parts.append(part.assign(split=split))
    return pd.concat(parts)


def _notes_of_class(
    own: int,
    epochs: vocabulary.Array,
    cctm: vocabulary.Array,
    labels: tuple[str, ...],
    threshold: float,
) -> pd.DataFrame:
    """The notes of one class; `cctm` is (epochs, C, C)."""
    played = dance.notes(cctm, own, threshold)  # (epochs,) label numbers
    names = ["none" if label == dance.NONE else labels[label] for label in played]
    mistakes = np.delete(cctm[:, own], own, axis=-1)  # (epochs, C - 1)
    return pd.DataFrame(
        {
            "class": labels[own],
            "epoch": epochs,
            "order": played,
            "note": names,
            "percent": 100 * mistakes.max(-1),
            "above": 100 * threshold,
        }
    )


def planes(table: Table) -> pd.DataFrame | None:
    """The error rates over the planes of a table of surfaces.

    If there are more than `PLANES` planes, only the first are included, which are those of the most
    interfering pairs. If there are more than `MANY`, each has fewer points, spread evenly around
    the trained net.

    Args:
        table: The surfaces.

    Returns:
        One row a point; None if the table holds no plane. Columns: `pair`, both labels; `theta_1`
        and `theta_2`; `mistakes`, the error rate in percent.
    """
    shown = [surfaces.from_table(plane) for plane in surfaces.planes(table)[:PLANES]]
    if not shown:
        return None
    coarse = len(shown) > MANY
    return pd.concat([_points(surface, coarse) for surface in shown])


def _points(surface: surfaces.Surface, coarse: bool) -> pd.DataFrame:
    """The rows of one plane."""
    i = _drawn_positions(len(surface.theta_1), coarse)
    j = _drawn_positions(len(surface.theta_2), coarse)
    theta_1, theta_2 = np.meshgrid(surface.theta_1[i], surface.theta_2[j], indexing="ij")
    rates = surfaces.mistake_rate(surface)[np.ix_(i, j)]
    return pd.DataFrame(
        {
            "pair": "-".join(surface.classes.labels[label] for label in surface.pair),
            "theta_1": theta_1.ravel(),
            "theta_2": theta_2.ravel(),
            "mistakes": rates.ravel(),
        }
    )


def _drawn_positions(points: int, coarse: bool) -> vocabulary.Array:
    """The positions along an axis that are drawn.

    These are all positions, or at most `COARSE`, at the smallest equal steps from the middle.
    """
    middle = points // 2
    step = 1
    while coarse and 2 * (middle // step) + 1 > COARSE:
        step += 1
    return np.arange(middle % step, points, step)
