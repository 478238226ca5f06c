"""The pairs of classes that interfere most: their rates, and whether chance alone explains them."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from interference import classes, confusion
from interference.classes import DASH
from interference.confusion import statistics, training_cells
from interference.io.tables import Table
from interference.vocabulary import TRAINING_FIRST, Array

LEGIBLE = 12  # classes; a figure or a table shows only a part of more
NOTED = ("cat", "dog", "automobile", "truck")  # the classes of Fig. 7


class Top(NamedTuple):
    """The pair of classes that interferes most in most runs.

    Attributes:
        pair: The label numbers of the two classes.
        runs: The number of runs in which it interferes most.
        clear: The number of these runs in which it is surely ahead of the next pair.
    """

    pair: tuple[int, int]
    runs: int
    clear: int


def most_frequent(runs: Collection[Array]) -> Top | None:
    """The pair of classes that interferes most in most runs.

    Args:
        runs: The confusion counts (C, C) of each run.

    Returns:
        The pair; a tie goes to the pair that comes first. None if no class is ever predicted as
        another.
    """
    pairs: list[tuple[int, int]] = []
    clear: list[tuple[int, int]] = []
    for counts in runs:
        pair = top_pair(counts)
        if pair is None:
            continue
        pairs.append(pair)
        if is_clear(counts):
            clear.append(pair)
    if not pairs:
        return None
    top = max(dict.fromkeys(pairs), key=pairs.count)
    return Top(top, pairs.count(top), clear.count(top))


def top_pair(counts: Array) -> tuple[int, int] | None:
    """The pair of classes that interferes most.

    Args:
        counts: Confusion counts (C, C), row = true class.

    Returns:
        The label numbers of the two classes, the lower one first; None without interference.
    """
    ranked = _ranked_pairs(counts, 1)
    if not ranked:
        return None
    a, b, rate = ranked[0]
    return (a, b) if rate > 0 else None


def errors_between(counts: Array, pair: tuple[int, int]) -> tuple[int, int]:
    """The number of errors between two classes, and of all errors.

    Args:
        counts: Confusion counts (C, C), row = true class.
        pair: The label numbers of the two classes.
    """
    a, b = pair
    between = int(counts[a, b] + counts[b, a])
    everywhere = int(counts.sum() - counts.trace())
    return between, everywhere


def _ranked_pairs(counts: Array, number: int) -> list[tuple[int, int, float]]:
    """The most interfering pairs of classes with their rates, from counts (C, C), highest first."""
    cctm = confusion.cctm(counts)
    return confusion.ranked_pairs(cctm, number)


def is_clear(counts: Array) -> bool:
    """Whether the most interfering pair stands out from the next one.

    Args:
        counts: Confusion counts (C, C).

    Returns:
        True if the 95 % interval of the difference of the two rates lies above 0, and without a
        second pair.
    """
    first, *others = _ranked_pairs(counts, 2)
    if not others:
        return True
    (second,) = others
    low, high = statistics.pair_intervals(counts)
    a, b, first_rate = first
    c, d, second_rate = second
    first_interval = (low[a, b], high[a, b])
    negative_interval = (-high[c, d], -low[c, d])
    low_of_difference, _ = statistics.interval_of_sum(
        first_rate, first_interval, -second_rate, negative_interval
    )
    return bool(low_of_difference > 0)


def describe(counts: Array, labels: Sequence[str], number: int) -> Iterator[str]:
    """Describe the most interfering pairs of a run.

    Args:
        counts: The run's test counts (C, C).
        labels: The classes' labels.
        number: The number of pairs.

    Yields:
        A text such as `CAT-DOG 16.2 (14.5-18.0)`: how often each class is predicted as the other,
        both ways added, in percent of their images, with the 95 % interval.
    """
    low, high = statistics.pair_intervals(counts)
    for a, b, rate in _ranked_pairs(counts, number):
        if rate > 0:
            pair = label_of((a, b), labels)
            low_percent = 100 * low[a, b]
            high_percent = 100 * high[a, b]
            interval = f"{low_percent:.1f}{DASH}{high_percent:.1f}"
            yield f"{pair} {100 * rate:.1f} ({interval})"
        else:
            yield "none"


def label_of(pair: tuple[int, int], labels: Sequence[str]) -> str:
    """The label of a pair of classes.

    Args:
        pair: Their label numbers.
        labels: The classes' labels.

    Returns:
        Their labels with a dash between them.
    """
    a, b = pair
    return classes.pair(labels[a], labels[b])


def number_shown(number: int, classes: int) -> int:
    """The number of entries in a list of classes or pairs.

    Args:
        number: The number of entries for a few classes.
        classes: The number of classes.

    Returns:
        `number`, or twice that for more than `LEGIBLE` classes.
    """
    if classes <= LEGIBLE:
        return number
    return 2 * number


def of_last_epoch(table: Table, number: int) -> list[tuple[int, int]]:
    """The most interfering pairs of a run after its last epoch.

    Args:
        table: The run's counts table.
        number: The number of pairs.

    Returns:
        The pairs' label numbers, from the counts on the test set if it was recorded.
    """
    recorded = set(table.frame["split"])
    preferred = ["test", *TRAINING_FIRST]
    splits = [split for split in preferred if split in recorded]
    counts = training_cells.of_split(table, splits[0]).last
    return [(a, b) for a, b, _ in _ranked_pairs(counts, number)]


def classes_with_notes(table: Table) -> list[int]:
    """The classes whose dancing notes are drawn.

    Args:
        table: A counts table.

    Returns:
        The label numbers of the paper's four classes if they exist. Otherwise those of the two most
        interfering pairs, and of the four most interfering pairs of many classes.
    """
    if table.classes.has(*NOTED):
        return [table.classes.index(name) for name in NOTED]
    number = number_shown(2, len(table.classes))
    labels: list[int] = []
    for pair in of_last_epoch(table, number):
        labels.extend(pair)
    return list(dict.fromkeys(labels))  # each once
