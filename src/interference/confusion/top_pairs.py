"""The pairs of classes that interfere most: in how many runs, whether beyond chance, and how much."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from interference import classes, confusion
from interference.classes import DASH
from interference.confusion import by_epoch, statistics
from interference.io.tables import Table
from interference.vocabulary import TRAINING_FIRST, Array

LEGIBLE = 12  # classes: of more, an exhibit shows some
NOTED = ("cat", "dog", "automobile", "truck")  # the classes of Fig. 7


class Top(NamedTuple):
    """The pair of classes that interferes most in most runs.

    Attributes:
        pair: The label numbers of the two classes.
        runs: The number of runs in which it interferes most.
        clear: The number of those runs in which that is beyond chance.
    """

    pair: tuple[int, int]
    runs: int
    clear: int


def most(runs: Collection[Array]) -> Top | None:
    """The pair of classes that interferes most in most runs.

    Args:
        runs: The confusion counts (C, C) of each run.

    Returns:
        The pair; a tie goes to the pair that comes first. None if no class is mistaken for another.
    """
    pairs: list[tuple[int, int]] = []
    clear: list[tuple[int, int]] = []
    for counts in runs:
        for first, second, rate in confusion.ranked_pairs(confusion.cctm(counts))[:1]:
            if rate > 0:
                pairs.append((first, second))
                if is_clear(counts):
                    clear.append((first, second))
    if not pairs:
        return None
    top = max(dict.fromkeys(pairs), key=pairs.count)
    return Top(top, pairs.count(top), clear.count(top))


def is_clear(counts: Array) -> bool:
    """Whether the most interfering pair stands out from the next one.

    Args:
        counts: Confusion counts (C, C).

    Returns:
        True if the 95 % interval of the difference of the two rates lies above 0, and if there is no
        second pair.
    """
    low, high = statistics.pair_intervals(counts)
    (a, b, first), *others = confusion.ranked_pairs(confusion.cctm(counts))[:2]
    interval = (low[a, b], high[a, b])
    for c, d, second in others:
        negative = (-high[c, d], -low[c, d])
        lowest, _ = statistics.added(first, interval, -second, negative)
        if not lowest > 0:
            return False
    return True


def in_words(counts: Array, labels: Sequence[str], number: int) -> Iterator[str]:
    """The most interfering pairs of a run in words.

    Args:
        counts: The run's test counts (C, C).
        labels: The classes' labels.
        number: The number of pairs.

    Yields:
        Words such as `CAT-DOG 16.2 (14.5-18.0)`: how often each class is mistaken for the other, both
        ways added, in percent of their images, with the 95 % interval.
    """
    low, high = statistics.pair_intervals(counts)
    for a, b, rate in confusion.ranked_pairs(confusion.cctm(counts))[:number]:
        if rate > 0:
            interval = f"{100 * low[a, b]:.1f}{DASH}{100 * high[a, b]:.1f}"
            yield f"{named((a, b), labels)} {100 * rate:.1f} ({interval})"
        else:
            yield "none"


def named(pair: tuple[int, int], labels: Sequence[str]) -> str:
    """A pair of classes in words.

    Args:
        pair: Their label numbers.
        labels: The classes' labels.

    Returns:
        Their labels with a dash between them.
    """
    return classes.pair(*(labels[label] for label in pair))


def first(number: int, classes: int) -> int:
    """The number of entries that a list shows: `number`, or twice that for many classes."""
    return number if classes <= LEGIBLE else 2 * number


def of_last_epoch(table: Table, number: int) -> list[tuple[int, int]]:
    """The most interfering pairs of a run after its last epoch, on the test set where it was recorded."""
    recorded = set(table.frame["split"])
    split = next(split for split in ("test", *TRAINING_FIRST) if split in recorded)
    last = confusion.cctm(by_epoch.training_counts(table, split)[1][-1])
    return [(first, second) for first, second, _ in confusion.ranked_pairs(last)[:number]]


def noted(table: Table) -> list[int]:
    """The paper's four classes where they exist, else those of the two most interfering pairs, of many classes four."""
    if table.classes.has(*NOTED):
        return [table.classes.index(name) for name in NOTED]
    pairs = of_last_epoch(table, first(2, len(table.classes)))
    return list(dict.fromkeys(label for pair in pairs for label in pair))
