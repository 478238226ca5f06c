"""Which pairs of classes interfere most: in how many runs, whether beyond chance, and how much, in words."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from interference import by_epoch, chance, classes, confusion
from interference.classes import DASH
from interference.tables import Table
from interference.vocabulary import SPLIT_CAPTIONS, Array

LEGIBLE = 12  # classes: of more, an exhibit shows some
NOTED = ("cat", "dog", "automobile", "truck")  # the classes of Fig. 7


class Top(NamedTuple):
    """The pair that interferes most in most runs: in how many, and in how many of them beyond chance."""

    pair: tuple[int, int]
    runs: int
    clear: int


def most(found: Collection[Array]) -> Top | None:
    """The top pair of some runs' confusion counts (C, C) each; None where no class is taken for another."""
    tops = [((a, b), counts) for counts in found
            for a, b, rate in confusion.ranked_pairs(confusion.cctm(counts))[:1] if rate > 0]
    if not tops:
        return None
    known = [pair for pair, _ in tops]
    top = max(dict.fromkeys(known), key=known.count)
    return Top(top, known.count(top), sum(is_clear(counts) for pair, counts in tops if pair == top))


def is_clear(counts: Array) -> bool:
    """Whether the most interfering pair is told from the next one; there may be none.

    The 95 % interval of the difference of the two lies above 0.
    """
    low, high = chance.pair_intervals(counts)
    (*top, first), *others = confusion.ranked_pairs(confusion.cctm(counts))[:2]
    its = low[*top], high[*top]
    return all(chance.added(first, its, -second, (-high[c, d], -low[c, d]))[0] > 0 for c, d, second in others)


def in_words(counts: Array, labels: Sequence[str], number: int) -> Iterator[str]:
    """The first pairs of a run's test counts (C, C), and how often each is taken for the other, both ways added.

    In percent of their images, with the 95 % interval.
    """
    low, high = chance.pair_intervals(counts)
    for a, b, either in confusion.ranked_pairs(confusion.cctm(counts))[:number]:
        yield (f"{named((a, b), labels)} {100 * either:.1f} ({100 * low[a, b]:.1f}{DASH}{100 * high[a, b]:.1f})"
               if either > 0 else "none")


def named(pair: tuple[int, int], labels: Sequence[str]) -> str:
    """A pair by its labels."""
    return classes.pair(*(labels[label] for label in pair))


def first(number: int, classes: int) -> int:
    """How many of the first of a list are shown: twice as many where there are many classes."""
    return number if classes <= LEGIBLE else 2 * number


def of_last_epoch(table: Table, number: int) -> list[tuple[int, int]]:
    """The most interfering pairs of a run after its last epoch, on the test set where it was recorded."""
    recorded = set(table.frame["split"])
    split = next(split for split in ("test", *SPLIT_CAPTIONS) if split in recorded)
    last = confusion.cctm(by_epoch.training_counts(table, split)[1][-1])
    return [(first, second) for first, second, _ in confusion.ranked_pairs(last)[:number]]


def noted(table: Table) -> list[int]:
    """The paper's four classes where they exist, else those of the two most interfering pairs, of many classes four."""
    if table.classes.has(*NOTED):
        return [table.classes.index(name) for name in NOTED]
    pairs = of_last_epoch(table, first(2, len(table.classes)))
    return list(dict.fromkeys(label for pair in pairs for label in pair))
