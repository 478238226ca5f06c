"""Which images carry the errors between classes: the same mistake, made by several runs on the same image.

The runs must be of one data set, since an image is known by its index within its split.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from interference import confusion
from interference.confusion import Array
from interference.errors import BadInput
from interference.tables import Table, data_set

KEYS = ["split", "index", "label", "predicted"]


def shared(tables: Sequence[Table]) -> pd.DataFrame:
    """Every mistake in the predictions of some runs, and how many of them make it: a row a mistake.

    Columns: split, index (of the image within its split), label, predicted, `runs` that make this mistake, `of` how
    many that predicted this split. Sorted by split, the mistakes of most runs first, then by index. Raises `BadInput`
    unless there are runs and all are of one data set.
    """
    sets = sorted({data_set(table.run) for table in tables})
    if len(sets) != 1:
        raise BadInput(f"predictions: found runs of {', '.join(sets) or 'no data set'}, allowed: runs of one data set")
    said = pd.concat([table.frame for table in tables], ignore_index=True)
    wrong = said[said["label"] != said["predicted"]]
    found = wrong.groupby(KEYS, observed=True).size().rename("runs").reset_index()
    asked = Counter(split for table in tables for split in table.frame["split"].unique())
    found["of"] = found["split"].map(asked).astype(np.int64)
    order = ["split", "runs", "index", "predicted"]
    return found.sort_values(order, ascending=[True, False, True, True], ignore_index=True)


def pooled(tables: Sequence[Table], split: str) -> Array:
    """The confusion counts (C, C) of a split, those of all runs added."""
    said = pd.concat([table.frame[table.frame["split"] == split] for table in tables])
    return confusion.counts(said["label"].to_numpy(), said["predicted"].to_numpy(), len(tables[0].classes))


def directions(counts: Array, pairs: int) -> list[tuple[int, int]]:
    """The (label, predicted) of the most interfering pairs, each both ways, without those that are never mistaken."""
    ranked = confusion.ranked_pairs(confusion.cctm(counts))[:pairs]
    both = [way for a, b, _ in ranked for way in ((a, b), (b, a))]
    return [(a, b) for a, b in both if counts[a, b]]


def of_way(found: pd.DataFrame, label: int, predicted: int) -> pd.DataFrame:
    """The rows of one label that is taken for one other, in their order."""
    return found[(found["label"] == label) & (found["predicted"] == predicted)]


def carriers(found: pd.DataFrame, ways: Sequence[tuple[int, int]], most: int) -> pd.DataFrame:
    """The first `most` rows of each of the `ways` (label, predicted), way by way: those that most runs make."""
    return pd.concat([of_way(found, *way).head(most) for way in ways] or [found.head(0)], ignore_index=True)
