"""The answer at the top of the page: the two classes that interfere most, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from interference import confusion
from interference.classes import DASH
from interference.confusion import by_epoch, statistics, top_pairs
from interference.confusion.training_cells import TrainingCells
from interference.io.tables import Table
from interference.study.study import Study
from interference.vocabulary import Array

LOPSIDED = 2  # from this ratio of the two ways on, one way is the problem
TREND_POINTS = 120  # the width of the small curve, in its own units
TREND_HEIGHT = 28


@dataclass(frozen=True)
class Pair:
    """How often the classes of a pair are confused.

    Attributes:
        name: Its label, such as `CAT-DOG`.
        rate: The rate both ways added, in percent of the images of one class.
        low: The low end of the rate's 95 % interval.
        high: The high end.
    """

    name: str
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Way:
    """One way of a pair: how many images of a class are predicted as the other class."""

    true: str
    predicted: str
    count: int
    images: int

    @property
    def rate(self) -> float:
        """The count in percent of the images; 0 for a class without images."""
        return 100 * self.count / max(self.images, 1)


@dataclass(frozen=True)
class Trend:
    """How the pair's rate changed over the epochs.

    Attributes:
        first_epoch: The first recorded epoch.
        first: The rate after it, in percent.
        last_epoch: The last recorded epoch.
        last: The rate after it.
        middle_epoch: The epoch half way.
        middle: The rate after it.
        word: How the last rate compares with that half way: `falls`, `rises` or `level`.
        points: The points of a small curve, as SVG writes them.
    """

    first_epoch: int
    first: float
    last_epoch: int
    last: float
    middle_epoch: int
    middle: float
    word: str
    points: str


@dataclass(frozen=True)
class Advice:
    """What to do next.

    Attributes:
        text: The advice as a sentence.
        link: The anchor of the section that helps.
        caption: The text of the link.
    """

    text: str
    link: str
    caption: str


@dataclass(frozen=True)
class Answer:
    """The facts of the card at the top.

    Attributes:
        run: The run that the card is about: the first one that was tested.
        runs: The number of tested runs.
        leading: The number of runs in which the pair comes first.
        accuracy: The run's test accuracy, in percent.
        labels: The labels of the two classes.
        numeric: Whether the labels are numbers, so that a sentence has to call them classes.
        ways: Both ways, the more frequent one first.
        errors: The number of test images that are predicted as the other class of the pair.
        all_errors: The number of all errors on the test set.
        share: The pair's share of them, in percent.
        pair: The pair's rate.
        next: The next pair; None if there is none.
        clear: Whether the pair is surely ahead of the next one.
        cell: The more frequent way's label numbers: the true class and the predicted one.
        images: How the images behind the cell are known: `pictures`, `index` or empty.
        trend: The rate by epoch; None if the run recorded fewer than two epochs.
        advice: What to do next.
    """

    run: str
    runs: int
    leading: int
    accuracy: float
    labels: Sequence[str]
    numeric: bool
    ways: Sequence[Way]
    errors: int
    all_errors: int
    share: float
    pair: Pair
    next: Pair | None
    clear: bool
    cell: tuple[int, int]
    images: str
    trend: Trend | None
    advice: Advice


def answer(study: Study) -> Answer | None:
    """The answer of the first tested run.

    Args:
        study: The study.

    Returns:
        The answer; None if no run was tested or no class is predicted as another.
    """
    tables = study.of_runs("cctm")
    if not tables:
        return None
    run, table = next(iter(tables.items()))
    counts = by_epoch.test_counts(table)
    cctm = confusion.cctm(counts)
    ranked = confusion.ranked_pairs(cctm, 2)
    if not ranked or ranked[0][2] <= 0:
        return None
    a, b, _ = ranked[0]
    rates = np.nan_to_num(cctm)  # a class without images has no rate
    first, second = (a, b) if rates[a, b] >= rates[b, a] else (b, a)
    labels = study.classes.labels
    ways = [_way(counts, labels, first, second), _way(counts, labels, second, first)]
    errors, all_errors = top_pairs.errors_between(counts, (a, b))
    trend = _trend(study, run, (a, b))
    clear = top_pairs.is_clear(counts)
    pairs = _described(counts, labels, ranked)
    return Answer(
        run=run,
        runs=len(tables),
        leading=_leading(tables, (a, b)),
        accuracy=float(confusion.accuracy(counts)),
        labels=[labels[first], labels[second]],
        numeric=labels[first].isdecimal() or labels[second].isdecimal(),
        ways=ways,
        errors=errors,
        all_errors=all_errors,
        share=100 * errors / all_errors,
        pair=pairs[0],
        next=pairs[1] if len(pairs) > 1 else None,
        clear=clear,
        cell=(first, second),
        images=_images(study),
        trend=trend,
        advice=_advice(study, ways, trend, clear),
    )


def _way(counts: Array, labels: Sequence[str], a: int, b: int) -> Way:
    """How many images of class a are predicted as b."""
    return Way(_named(labels[a]), _named(labels[b]), int(counts[a, b]), int(counts[a].sum()))


def _named(label: str) -> str:
    """A label for a sentence: a number is called a class."""
    return f"class {label}" if label.isdecimal() else label


def _described(
    counts: Array, labels: Sequence[str], ranked: Sequence[tuple[int, int, float]]
) -> list[Pair]:
    """The pairs that are confused at all, with their intervals."""
    low, high = statistics.pair_intervals(counts)
    pairs = []
    for a, b, rate in ranked:
        if rate > 0:
            name = top_pairs.label_of((a, b), labels)
            pairs.append(Pair(name, 100 * rate, 100 * low[a, b], 100 * high[a, b]))
    return pairs


def _leading(tables: Mapping[str, Table], pair: tuple[int, int]) -> int:
    """The number of runs in which a pair comes first."""
    tops = [top_pairs.top_pair(by_epoch.test_counts(table)) for table in tables.values()]
    return tops.count(pair)


def _images(study: Study) -> str:
    """How the images behind a cell are known."""
    if not study.of_runs("predictions"):
        return ""
    is_pictured = study.images is not None or bool(study.thumbnails)
    return "pictures" if is_pictured else "index"


def _trend(study: Study, run: str, pair: tuple[int, int]) -> Trend | None:
    """How the rate of a pair changed over the epochs on the test set."""
    cells = study.recorded.get(run, {}).get("test")
    if cells is None or len(cells.epochs) < 2:
        return None
    epochs = cells.epochs
    counts = _two_classes(cells, pair)
    rates = 100 * confusion.both_ways(confusion.cctm(counts))[:, 0, 1]
    middle = (len(epochs) - 1) // 2
    return Trend(
        first_epoch=int(epochs[0]),
        first=float(rates[0]),
        last_epoch=int(epochs[-1]),
        last=float(rates[-1]),
        middle_epoch=int(epochs[middle]),
        middle=float(rates[middle]),
        word=_change(counts[middle], counts[-1]),
        points=_points(rates),
    )


def _two_classes(cells: TrainingCells, pair: tuple[int, int]) -> Array:
    """The counts after each epoch (epochs, 3, 3) of a pair and of all other classes as one.

    The other classes have no row.
    """
    rows = cells.rows(pair)  # (epochs, 2, C)
    own = rows[:, :, list(pair)]
    others = rows.sum(-1) - own.sum(-1)
    absent = np.zeros((len(rows), 1, 3), np.int64)  # the others have no rows here
    return np.concatenate([np.concatenate([own, others[..., None]], -1), absent], 1)


def _change(before: Array, after: Array) -> str:
    """Whether the rate of classes 0 and 1 falls, rises or stays level within the 95 % interval."""
    estimates = []
    for counts in (after, before):
        low, high = statistics.pair_intervals(counts)
        rate = confusion.both_ways(confusion.cctm(counts))
        estimates.append((rate[0, 1], low[0, 1], high[0, 1]))
    (last, last_low, last_high), (first, first_low, first_high) = estimates
    low, high = statistics.interval_of_sum(
        last, (last_low, last_high), -first, (-first_high, -first_low)
    )
    if high < 0:
        return "falls"
    return "rises" if low > 0 else "level"


def _points(rates: Array) -> str:
    """A curve of rates from 0 up, as the points of an SVG polyline."""
    known = np.nan_to_num(rates)
    x = np.linspace(1, TREND_POINTS - 1, len(known))
    y = TREND_HEIGHT - 2 - (TREND_HEIGHT - 4) * known / max(known.max(), 1e-9)
    return " ".join(f"{left:.1f},{top:.1f}" for left, top in zip(x, y, strict=True))


def _advice(study: Study, ways: Sequence[Way], trend: Trend | None, clear: bool) -> Advice:
    """One thing to do next, the most urgent first."""
    more, less = ways
    if trend is not None and trend.word == "falls":
        text = "Train longer: the pair is still getting better."
        return Advice(text, "training", "Training")
    if not clear:
        text = "Test on more images: these do not tell which pair is worst."
        return Advice(text, "pairs-and-classes", "All pairs")
    if more.count * less.images >= LOPSIDED * less.count * more.images:
        text = (
            f"The errors go one way: add images of {more.true} that look like {more.predicted}, "
            "and check their labels."
        )
        return Advice(text, "cctm", "The images" if _images(study) else "The matrix")
    if study.planes:
        text = f"See how steps that help {more.true} harm {more.predicted}."
        return Advice(text, "surfaces", "Surfaces")
    if _images(study):
        text = "If people confuse the images too, the labels may be at fault."
        return Advice(text, "cctm", "The images")
    text = f"Compare all pairs: is {more.true}{DASH}{more.predicted} the only problem?"
    return Advice(text, "pairs-and-classes", "All pairs")
