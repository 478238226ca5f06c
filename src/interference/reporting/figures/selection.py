"""Which classes, pairs and runs an exhibit shows when it cannot show them all.

Matrices show all classes: up to `top_pairs.LEGIBLE` one by one, more of them in groups and without
numbers. Any other exhibit shows the classes or pairs that interfere most, about as many as it shows
of CIFAR-10, and its caption states how many there are.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from interference import confusion, paper
from interference.confusion import by_epoch, top_pairs
from interference.io.tables import Table
from interference.vocabulary import Array

CLASSES = 10  # the most classes that an exhibit shows of many
PAIRS = 45  # the most pairs that an exhibit shows of many
INTERFERER_PAIRS = 2  # most interfering pairs whose classes stand in for the paper's in Table 2


def note(shown: int, total: int, items: str) -> Iterator[str]:
    """Yield a note for the caption if an exhibit shows only a part.

    Args:
        shown: The number of items in the exhibit.
        total: The number of all items.
        items: The plural noun of the items, such as `pairs`; a remark may follow it.

    Yields:
        `SHOWN of TOTAL ITEMS`, or nothing if all are shown.
    """
    if shown < total:
        yield f"{shown} of {total} {items}"


def lowest_recalls(recalls: Array) -> list[int]:
    """Return the classes that have a column in the table of recalls.

    Args:
        recalls: Recalls (rows, C) in percent; nan for a class without images.

    Returns:
        All labels if they are few; otherwise the `CLASSES` of the lowest mean recall, lowest first.
    """
    number = recalls.shape[1]
    if number <= top_pairs.LEGIBLE:
        return list(range(number))
    known = np.isfinite(recalls).sum(0)
    mean = confusion.ratio(np.nansum(recalls, axis=0), known)
    order = np.argsort(mean, kind="stable")  # nan, a class without images, comes last
    return [int(label) for label in order[:CLASSES]]


def interferers_run(tables: Sequence[Table]) -> Table:
    """Choose the run of Table 2.

    Args:
        tables: Tables of the final nets' confusion counts, one a run; at least one.

    Returns:
        GoogLeNet's table, trained as in the paper if there is such a run, with the lowest seed.
        Without a GoogLeNet, the table of the run with the highest test accuracy.
    """
    candidates = [table for table in tables if table.run["net"] == paper.INTERFERED]
    if candidates:
        return min(candidates, key=_distance_to_paper)
    return max(tables, key=_test_accuracy)


def _distance_to_paper(table: Table) -> tuple[bool, int]:
    """Return a sort key that puts the paper's training configuration and low seeds first."""
    return paper.setup(table.run) != paper.RECALLED, table.run["seed"] or 0


def _test_accuracy(table: Table) -> float:
    return float(confusion.accuracy(by_epoch.test_counts(table)))


def interferer_rows(table: Table, rates: Array) -> list[int]:
    """Choose the classes that are the rows of Table 2.

    Args:
        table: The run's table.
        rates: Its test CCTM (C, C), as fractions.

    Returns:
        The paper's four classes if the data set has them; otherwise the classes of the most
        interfering pairs. Both in label order.
    """
    if table.classes.has(*paper.INTERFERERS):
        return sorted(map(table.classes.index, paper.INTERFERERS))
    number = top_pairs.number_shown(INTERFERER_PAIRS, len(rates))
    labels = set()
    for first, second, _ in confusion.ranked_pairs(rates)[:number]:
        labels |= {first, second}
    return sorted(labels)
