"""The images that several runs misclassify in the same way.

An image is identified by its index within its split, so the runs must be of one data set.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from interference import confusion
from interference.errors import BadInput
from interference.io.tables import Table, data_set
from interference.vocabulary import Array

IMAGE = ["split", "index"]
KEYS = [*IMAGE, "label", "predicted"]


def shared(tables: Sequence[Table]) -> pd.DataFrame:
    """Every error in the predictions of several runs, with the number of runs that make it.

    Images to which the runs give different true classes are left out.

    Args:
        tables: The predictions table of each run.

    Returns:
        One row an error. Columns: split, index (of the image within its split), label, predicted,
        `runs` (the number of runs that make this error), `of` (the number of runs that predicted
        this split). Sorted by split, then by `runs` from the most down, then by index.

    Raises:
        BadInput: If no run is given, or the runs are of several data sets.
    """
    _check_one_data_set(tables)
    mistakes, labels = _added(tables)
    if len(tables) > 1:
        disputed = labels.loc[is_disputed(labels), IMAGE]
        of_image = pd.MultiIndex.from_frame(mistakes[IMAGE])
        mistakes = mistakes[~of_image.isin(pd.MultiIndex.from_frame(disputed))]
    mistakes = mistakes.copy()
    mistakes["of"] = mistakes["split"].map(_runs_by_split(tables)).astype(np.int64)
    order = ["split", "runs", "index", "predicted"]
    ascending = [True, False, True, True]
    return mistakes.sort_values(order, ascending=ascending, ignore_index=True)


def _added(tables: Sequence[Table]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The errors of several runs, and the true classes of their images.

    One run is read after the other, so that memory does not grow with the number of runs.

    Args:
        tables: The predictions table of each run.

    Returns:
        The errors with the columns `KEYS` and `runs`, and the distinct rows of split, index and
        label.
    """
    mistakes = pd.DataFrame()
    labels = pd.DataFrame()
    for table in tables:
        frame = table.frame
        is_wrong = frame["label"] != frame["predicted"]
        own_mistakes = frame.loc[is_wrong, KEYS].assign(runs=1)
        both = pd.concat([mistakes, own_mistakes]) if len(mistakes) else own_mistakes
        mistakes = both.groupby(KEYS, observed=True)["runs"].sum().reset_index()
        own_labels = frame[[*IMAGE, "label"]]
        both = pd.concat([labels, own_labels]) if len(labels) else own_labels
        labels = both.drop_duplicates()
    return mistakes, labels


def is_disputed(predictions: pd.DataFrame) -> pd.Series:
    """Whether the image of a row has another true class in another row.

    Args:
        predictions: Rows of several runs, with the columns split, index and label.

    Returns:
        A truth value for each row.
    """
    labels = predictions.groupby(IMAGE, observed=True)["label"]
    is_one_class: pd.Series = labels.transform("min") == labels.transform("max")
    return ~is_one_class


def _check_one_data_set(tables: Sequence[Table]) -> None:
    """Raise `BadInput` unless the runs of predictions tables are of one data set."""
    data_sets = sorted({data_set(table.run) for table in tables})
    if len(data_sets) != 1:
        listed = ", ".join(data_sets) or "no data set"
        raise BadInput(f"predictions: found runs of {listed}, allowed: runs of one data set")


def _runs_by_split(tables: Sequence[Table]) -> Counter[str]:
    """The number of runs that predicted each split."""
    runs: Counter[str] = Counter()
    for table in tables:
        splits = table.frame["split"].unique()
        runs.update(splits)
    return runs


def pooled(tables: Sequence[Table], split: str) -> Array:
    """The confusion counts of a split, added over runs.

    Args:
        tables: The predictions table of each run.
        split: The split.

    Returns:
        Counts (C, C), row = true class.
    """
    classes = len(tables[0].classes)
    total = np.zeros((classes, classes), np.int64)
    for table in tables:
        rows = table.frame[table.frame["split"] == split]
        labels = rows["label"].to_numpy()
        predicted = rows["predicted"].to_numpy()
        total += confusion.counts(labels, predicted, classes)
    return total


def directions(counts: Array, pairs: int) -> list[tuple[int, int]]:
    """The most interfering pairs of classes, each both ways.

    Args:
        counts: Confusion counts (C, C).
        pairs: The number of pairs.

    Returns:
        Pairs (label, predicted), without those that never occur.
    """
    cctm = confusion.cctm(counts)
    ranked = confusion.ranked_pairs(cctm)
    both_ways = []
    for a, b, _ in ranked[:pairs]:
        both_ways += [(a, b), (b, a)]
    return [cell for cell in both_ways if counts[cell] > 0]


def select_direction(mistakes: pd.DataFrame, label: int, predicted: int) -> pd.DataFrame:
    """The errors in which one class is predicted as one other.

    Args:
        mistakes: Rows as `shared` returns them.
        label: The true class.
        predicted: The predicted class.

    Returns:
        Their rows, in their order.
    """
    is_of_label = mistakes["label"] == label
    is_so_predicted = mistakes["predicted"] == predicted
    return mistakes[is_of_label & is_so_predicted]


def most_shared(
    mistakes: pd.DataFrame, directions: Sequence[tuple[int, int]], most: int
) -> pd.DataFrame:
    """The errors that most runs make, of several pairs of classes.

    Args:
        mistakes: Rows as `shared` returns them.
        directions: Pairs (label, predicted).
        most: The greatest number of rows for each pair.

    Returns:
        The rows, pair by pair.
    """
    parts = [mistakes.head(0)]  # no rows, but the columns
    for label, predicted in directions:
        rows = select_direction(mistakes, label, predicted)
        parts.append(rows.head(most))
    return pd.concat(parts, ignore_index=True)
