"""The images that several runs mistake in the same way.

An image is known by its index within its split, so the runs must be of one data set.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from interference import confusion
from interference.errors import BadInput
from interference.io.tables import Table, data_set
from interference.vocabulary import Array

KEYS = ["split", "index", "label", "predicted"]


def shared(tables: Sequence[Table]) -> pd.DataFrame:
    """Every mistake in the predictions of some runs, with the number of runs that make it.

    Args:
        tables: The predictions table of each run.

    Returns:
        One row a mistake. Columns: split, index (of the image within its split), label, predicted,
        `runs` (the number of runs that make this mistake), `of` (the number of runs that predicted this
        split). Sorted by split, then by `runs` from the most down, then by index.

    Raises:
        BadInput: If there is no run, or the runs are of several data sets.
    """
    data_sets = sorted({data_set(table.run) for table in tables})
    if len(data_sets) != 1:
        raise BadInput(
            f"predictions: found runs of {', '.join(data_sets) or 'no data set'}, "
            "allowed: runs of one data set"
        )
    predictions = pd.concat([table.frame for table in tables], ignore_index=True)
    wrong = predictions[predictions["label"] != predictions["predicted"]]
    mistakes = wrong.groupby(KEYS, observed=True).size().rename("runs").reset_index()
    predicting = Counter(split for table in tables for split in table.frame["split"].unique())
    mistakes["of"] = mistakes["split"].map(predicting).astype(np.int64)
    order = ["split", "runs", "index", "predicted"]
    return mistakes.sort_values(order, ascending=[True, False, True, True], ignore_index=True)


def pooled(tables: Sequence[Table], split: str) -> Array:
    """The confusion counts of a split, added over runs.

    Args:
        tables: The predictions table of each run.
        split: The split.

    Returns:
        Counts (C, C), row = true class.
    """
    rows = pd.concat([table.frame[table.frame["split"] == split] for table in tables])
    classes = len(tables[0].classes)
    return confusion.counts(rows["label"].to_numpy(), rows["predicted"].to_numpy(), classes)


def directions(counts: Array, pairs: int) -> list[tuple[int, int]]:
    """The most interfering pairs of classes, each both ways.

    Args:
        counts: Confusion counts (C, C).
        pairs: The number of pairs.

    Returns:
        Pairs (label, predicted), without those that never occur.
    """
    ranked = confusion.ranked_pairs(confusion.cctm(counts))[:pairs]
    both_ways = [way for a, b, _ in ranked for way in ((a, b), (b, a))]
    return [(label, predicted) for label, predicted in both_ways if counts[label, predicted]]


def of_way(mistakes: pd.DataFrame, label: int, predicted: int) -> pd.DataFrame:
    """The mistakes of one class for one other.

    Args:
        mistakes: Rows as `shared` returns them.
        label: The true class.
        predicted: The predicted class.

    Returns:
        Their rows, in their order.
    """
    return mistakes[(mistakes["label"] == label) & (mistakes["predicted"] == predicted)]


def carriers(mistakes: pd.DataFrame, ways: Sequence[tuple[int, int]], most: int) -> pd.DataFrame:
    """The mistakes that most runs make, of several pairs of classes.

    Args:
        mistakes: Rows as `shared` returns them.
        ways: Pairs (label, predicted).
        most: The greatest number of rows for each pair.

    Returns:
        The rows, pair by pair.
    """
    parts = [of_way(mistakes, label, predicted).head(most) for label, predicted in ways]
    return pd.concat(parts or [mistakes.head(0)], ignore_index=True)
