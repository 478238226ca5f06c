"""Interference in training: dancing notes, the label dance and its moments, and which pairs dance (Section 4.2)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import ndimage, signal, special

from interference import confusion
from interference.confusion import by_epoch, statistics
from interference.io.tables import Table
from interference.thresholds import NOTE
from interference.vocabulary import Array

NONE = -2  # the note of an epoch in which no class interferes (Figure 7)
SIZE = 5000  # images of a training class of CIFAR-10
FLAT = (1, 3)  # epochs that an extremum may last: all of them are then within one of its middle
PROMINENCE = 3.0  # standard errors by which an extremum must stand out; see `moments`
RESAMPLES = 1000  # of the bootstrap
ROUNDING = 1e-12  # a smaller variance counts as zero
LEAST = 10  # changes of both recalls of a pair below which an interval says nothing
WALL = 2.0  # separates series that are searched at once; larger than any share
CHUNK = 500  # pairs whose resamples are in memory at once


def notes(cctm: Array, row: int, threshold: float = NOTE) -> Array:
    """The dancing notes of a class: at each epoch the class that it is most often mistaken for.

    Args:
        cctm: The CCTM after each epoch, (epochs, C, C).
        row: The class's label number.
        threshold: The share of the class's images that a note must exceed (Section 4.2: 0.1 %).

    Returns:
        Label numbers (epochs,), `NONE` where no class exceeds the threshold; ties go to the lower label.
    """
    others = cctm[:, row].copy()
    others[:, row] = -1  # the recall is no interference
    return np.where(others.max(-1) > threshold, others.argmax(-1), NONE)


def dance_epochs(recall_a: Array, recall_b: Array) -> Array:
    """The epochs at which one class's recall rises and the other's falls.

    Args:
        recall_a: The first class's recall (epochs,).
        recall_b: The second class's recall (epochs,).

    Returns:
        Their positions (k,).
    """
    return 1 + np.flatnonzero(np.diff(recall_a) * np.diff(recall_b) < 0)


def anticorrelation(recall_a: Array, recall_b: Array) -> float:
    """The correlation of the changes of two recalls from epoch to epoch.

    Args:
        recall_a: The first class's recall (epochs,).
        recall_b: The second class's recall (epochs,).

    Returns:
        The correlation, near -1 in a dance; nan if a recall never changes.
    """
    return float(statistics.correlations(np.stack([np.diff(recall_a), np.diff(recall_b)]))[0, 1])


# Moments of a dance


@dataclass(frozen=True)
class Moment:
    """A moment at which a class loses images to another class.

    Attributes:
        position: The position among the epochs at which the recall of `own` is at a low.
        own: The class that loses images.
        partner: The other class of the pair.
        taker: The class that the images go to: the partner, whose recall is then at a high (red in
            Figure 6), or a third class while the partner's recall is at a low too (blue).
    """

    position: int
    own: int
    partner: int
    taker: int

    @property
    def kind(self) -> str:
        """`red` or `blue`, as the arrows of Figure 6."""
        return "red" if self.taker == self.partner else "blue"


def moments(
    cctm: Array,
    pair: tuple[int, int],
    prominence: float = PROMINENCE,
    size: float | Array = SIZE,
) -> list[Moment]:
    """The dance moments of a pair of classes: the words under Figure 6 made a rule.

    A moment of class `own` with its partner is an epoch at which own's recall has a local minimum ("a
    drop of the recall rate") and

    * red: within one epoch of it the partner's recall has a local maximum ("a local high") and
      CCTM[own, partner] has one too ("a local peak of mis-classified" own as partner); or else
    * blue: within one epoch the partner's recall has a local minimum ("both recall rates drop") and
      CCTM[own, c] has a local maximum for a third class c. If several third classes have one, the
      taker is the one with the most prominent maximum; a tie goes to the lower label.

    Either class of the pair may be own; if both recalls fall and each row has a taker, each class has a
    moment. An extremum that lasts two or three epochs counts once, in its middle. A longer one does not
    count, nor do the first and the last epoch.

    An extremum counts if its prominence (how far one must come back from it before reaching a more
    extreme value) is at least `prominence` standard errors of the difference of two independent shares
    of `size` images, the extreme and its base. The shares are counts, and a change that counting alone
    explains is no dance: at three standard errors the counts of ten classes whose rates stand still make
    less than one moment in ten pairs and 200 epochs (simulated in tests/test_dance.py).

    Args:
        cctm: The CCTM after each epoch, (epochs, C, C) float, row = true class.
        pair: The label numbers of the two classes.
        prominence: The standard errors by which an extremum must stand out.
        size: The number of images of each class, one number or (C,).

    Returns:
        The moments, by epoch and then by the class that loses images.

    Example:
        A cat, a dog and a frog over eight epochs. At position 3 the dog takes images of the cat and is
        recognised better itself. At position 6 both recalls drop, and the frog takes images of the cat.

        >>> counts = np.empty((8, 3, 3), int)
        >>> counts[:] = [[4700, 200, 100], [200, 4700, 100], [100, 100, 4800]]
        >>> counts[3, :2] = [[4300, 600, 100], [100, 4800, 100]]
        >>> counts[6, :2] = [[4500, 200, 300], [500, 4400, 100]]
        >>> for moment in moments(confusion.cctm(counts), (0, 1), size=5000):
        ...     print(moment.position, moment.kind, moment.own, moment.taker)
        3 red 0 1
        6 blue 0 2
    """
    sizes = np.broadcast_to(size, cctm.shape[-1])
    first, second = pair
    both = [
        *_moments_of(cctm, first, second, prominence, sizes),
        *_moments_of(cctm, second, first, prominence, sizes),
    ]
    return sorted(both, key=lambda moment: (moment.position, moment.own))


def _moments_of(
    cctm: Array, own: int, partner: int, prominence: float, sizes: Array
) -> Iterator[Moment]:
    """The moments of one class with its partner, found one series at a time."""
    own_lows = _peaks(cctm[:, own, own], -1, prominence, sizes[own])
    partner_highs = _peaks(cctm[:, partner, partner], 1, prominence, sizes[partner])
    partner_lows = _peaks(cctm[:, partner, partner], -1, prominence, sizes[partner])
    gains = {
        label: _peaks(cctm[:, own, label], 1, prominence, sizes[own])
        for label in range(cctm.shape[-1])
        if label != own
    }
    for position in own_lows:
        gained = {label: _within_one(peaks, position) for label, peaks in gains.items()}
        by_partner = gained.pop(partner)
        third = max(gained, key=lambda label: gained[label], default=partner)
        if _within_one(partner_highs, position) and by_partner:
            yield Moment(position, own, partner, partner)
        elif _within_one(partner_lows, position) and gained.get(third):
            yield Moment(position, own, partner, third)


def _peaks(shares: Array, sign: int, prominence: float, size: float) -> dict[int, float]:
    """The local maxima of one series of shares (epochs,), or its minima if the sign is -1.

    By position, their prominences; those of less than `prominence` standard errors are left out.
    `size` is the number of images behind each share.
    """
    positions, properties = signal.find_peaks(sign * shares, plateau_size=FLAT, prominence=0)
    peaks = {}
    for position, rise in zip(positions.tolist(), properties["prominences"].tolist(), strict=True):
        share = float(shares[position])
        base = share - sign * rise
        variance = (share * (1 - share) + base * (1 - base)) / max(float(size), 1)
        if rise**2 >= prominence**2 * variance:
            peaks[position] = rise
    return peaks


def _within_one(peaks: dict[int, float], position: int) -> float:
    """The largest prominence of the peaks at most one epoch from a position; 0 without a peak."""
    return max(peaks.get(epoch, 0.0) for epoch in (position - 1, position, position + 1))


def all_moments(cctm: Array, prominence: float = PROMINENCE, size: float | Array = SIZE) -> Array:
    """The `moments` of every pair of classes as an array.

    Args:
        cctm: The CCTM after each epoch, (epochs, C, C) float, row = true class.
        prominence: The standard errors by which an extremum must stand out.
        size: The number of images of each class, one number or (C,).

    Returns:
        One row a moment, (k, 4) int: position, own, partner, taker; by epoch, own and partner. A
        hundred classes may have 100,000.
    """
    red, blue, gains = _all_moments(cctm, prominence, size)
    position, own, partner = np.nonzero(red | blue)
    third = gains[position, own]  # (k, C)
    third[np.arange(len(third)), partner] = -1
    is_red = red[position, own, partner]
    taker = np.where(is_red, partner, third.argmax(-1))
    return np.stack([position, own, partner, taker], 1)


def _all_moments(cctm: Array, prominence: float, size: float | Array) -> tuple[Array, Array, Array]:
    """The rule of `moments` for all pairs at once: much faster, and tested equal to it.

    Returns whether each epoch is a red and a blue moment of class own with its partner, both (epochs,
    own, partner) bool, and the prominence with which each class gains images of another within one
    epoch, (epochs, own, C), 0 if it gains none.
    """
    different = ~np.eye(cctm.shape[-1], dtype=bool)
    sizes = np.broadcast_to(size, cctm.shape[-1])
    recall = np.diagonal(cctm, axis1=-2, axis2=-1)
    lows = _all_peaks(recall, -1, prominence, sizes)
    highs = _all_peaks(recall, 1, prominence, sizes)
    gains = _all_within_one(_all_peaks(cctm, 1, prominence, sizes[:, None])) * different
    gaining = gains > 0
    lost_to_third = gaining.sum(-1, keepdims=True) > gaining  # another class than the partner gains
    own_low = (lows > 0)[:, :, None] & different
    partner_high = (_all_within_one(highs) > 0)[:, None]
    partner_low = (_all_within_one(lows) > 0)[:, None]
    red = own_low & partner_high & gaining
    blue = own_low & partner_low & lost_to_third & ~red
    return red, blue, gains


def _all_peaks(shares: Array, sign: int, prominence: float, size: Array) -> Array:
    """The peaks of all series at once, as `_peaks` finds them in each.

    `shares` (epochs, ...) and `size` (...). Returns prominences (epochs, ...), 0 where no peak is.
    """
    # One call for all: the series stand one after the other in one line, with walls between them that
    # are higher than any share, so that no peak and no prominence reaches across.
    series = sign * np.moveaxis(shares, 0, -1).reshape(-1, len(shares))
    walled = np.pad(series, ((0, 0), (0, 1)), constant_values=WALL)  # (series, epochs + 1)
    line = np.r_[WALL, walled.ravel()]
    peaks, _ = signal.find_peaks(line, plateau_size=FLAT)
    peaks = peaks[line[peaks] < WALL]
    rises = np.zeros(walled.size)
    rises[peaks - 1] = signal.peak_prominences(line, peaks)[0]  # the line begins with a wall
    by_series = rises.reshape(walled.shape)[:, :-1]
    rise = np.moveaxis(by_series.reshape(*shares.shape[1:], -1), -1, 0)
    base = shares - sign * rise
    variance = (shares * (1 - shares) + base * (1 - base)) / np.maximum(
        size, 1
    )  # a class may be empty
    rise[rise**2 < prominence**2 * variance] = 0
    return rise


def _all_within_one(prominences: Array) -> Array:
    """The greatest of each epoch and its two neighbours, (epochs, ...)."""
    greatest: Array = ndimage.maximum_filter1d(prominences, 3, axis=0, mode="nearest")
    return greatest


# How sure an anticorrelation is


def anticorrelation_interval(
    recall_a: Array, recall_b: Array, seed: int = 0
) -> tuple[float, float]:
    """The 95 % interval of `anticorrelation`, by a circular block bootstrap.

    Changes from epoch to epoch are serially correlated, if only because a recall that is off in one epoch
    comes back in the next. The bootstrap therefore draws blocks of successive changes, from a circle on
    which the first change follows the last (Politis and Romano 1992). A block is n^(1/3) changes long,
    rounded up, the order that is best for a variance (Hall, Horowitz and Jing 1995). The standard error of
    Fisher's z over the resamples gives the interval, with Student's t at one degree of freedom fewer than
    there are blocks.

    In simulations the interval held the truth in 91 to 95 % of series of 200 epochs (white,
    autoregressive, heavy-tailed, or fading to a tenth) and in 94 to 99 % of series of 12 epochs. Fisher's
    own interval held it in 68 to 95 and 75 to 95 %.

    Args:
        recall_a: The first class's recall (epochs,).
        recall_b: The second class's recall (epochs,).
        seed: The seed of the resamples.

    Returns:
        The low and the high end; -1 and 1 if the two recalls both change in fewer than ten epochs.
    """
    low, high = _intervals(np.diff(recall_a)[None], np.diff(recall_b)[None], seed)
    return float(low[0]), float(high[0])


def _intervals(first: Array, second: Array, seed: int) -> tuple[Array, Array]:
    """The 95 % intervals (p,) of the correlations of paired rows (p, n), all from the same blocks."""
    number = first.shape[1]
    if number < LEAST:
        return np.full(len(first), -1.0), np.full(len(first), 1.0)
    length = int(np.ceil(number ** (1 / 3)))
    z = _fisher(_correlation(first, second, np.full((number, 1), 1 / number))[:, 0])
    weights = _block_weights(number, length, np.random.default_rng(seed))
    error = np.concatenate(
        [
            _fisher(
                _correlation(first[some : some + CHUNK], second[some : some + CHUNK], weights)
            ).std(-1)
            for some in range(0, max(1, len(first)), CHUNK)
        ]
    )
    half = special.stdtrit(number / length - 1, 0.975) * error
    moving = ((first != 0) & (second != 0)).sum(-1) >= LEAST
    return np.where(moving, np.tanh(z - half), -1), np.where(moving, np.tanh(z + half), 1)


def _block_weights(number: int, length: int, rng: np.random.Generator) -> Array:
    """The share (n, RESAMPLES) of each place in a resample that is made of blocks of a circle of n places."""
    starts = rng.integers(number, size=(RESAMPLES, -(-number // length), 1))
    places = ((starts + np.arange(length)) % number).reshape(RESAMPLES, -1)[:, :number]
    cells = number * np.arange(RESAMPLES)[:, None] + places
    return (
        np.bincount(cells.ravel(), minlength=RESAMPLES * number).reshape(RESAMPLES, number).T
        / number
    )


def _correlation(first: Array, second: Array, weights: Array) -> Array:
    """Correlations (p, k) of paired rows (p, n) under weights (n, k) that sum to 1; nan where a row stands still."""
    first, second = _standard(first), _standard(second)
    means = first @ weights, second @ weights
    variances = (first**2 @ weights - means[0] ** 2) * (second**2 @ weights - means[1] ** 2)
    return confusion.ratio(
        (first * second) @ weights - means[0] * means[1],
        np.sqrt(np.where(variances > ROUNDING, variances, 0)),
    )


def _standard(rows: Array) -> Array:
    """Rows (p, n) of mean 0 and variance 1; those that stand still are 0."""
    centred = rows - rows.mean(-1, keepdims=True)
    spread = centred.std(-1, keepdims=True)
    return np.where(spread > ROUNDING, confusion.ratio(centred, spread), 0)


def _fisher(r: Array) -> Array:
    """Fisher's z of correlations, finite; one that is undefined counts as none."""
    return np.asarray(np.arctanh(np.clip(np.nan_to_num(r), -1 + 1e-12, 1 - 1e-12)))


# All pairs


def pairs(
    cctm: Array,
    epochs: Array | None = None,
    prominence: float = PROMINENCE,
    size: float | Array = SIZE,
    seed: int = 0,
) -> pd.DataFrame:
    """How every pair of classes dances.

    Args:
        cctm: The CCTM after each epoch, (epochs, C, C).
        epochs: The epochs' numbers (epochs,); from 1 if not given.
        prominence: As in `moments`.
        size: As in `moments`.
        seed: The seed of the intervals.

    Returns:
        One row a pair, the most anticorrelated first, pairs without a correlation (nan) last. Columns:
        class_1 < class_2; `dance_epochs`, their number; `moments`, and how many are `red` and `blue`; the
        epochs of the `first` and the `last` moment (0 if there is none), and the `duration` from one to
        the other; `anticorrelation`, and its 95 % interval `low` to `high`.
    """
    epochs = 1 + np.arange(len(cctm)) if epochs is None else epochs
    a, b = np.triu_indices(cctm.shape[-1], 1)
    changes = np.diff(by_epoch.recalls(cctm), axis=0)  # (epochs - 1, C)
    low, high = _intervals(changes.T[a], changes.T[b], seed)
    red, blue = (
        kind[:, a, b].astype(int) + kind[:, b, a]
        for kind in _all_moments(cctm, prominence, size)[:2]
    )
    first, last = _span((red + blue) > 0, epochs)
    table = pd.DataFrame(
        {
            "class_1": a,
            "class_2": b,
            "dance_epochs": _opposed(changes)[a, b],
            "moments": (red + blue).sum(0),
            "red": red.sum(0),
            "blue": blue.sum(0),
            "first": first,
            "last": last,
            "duration": np.where(last > 0, last - first + 1, 0),
            "anticorrelation": statistics.correlations(changes.T)[a, b],
            "low": low,
            "high": high,
        }
    )
    return table.sort_values("anticorrelation", kind="stable", ignore_index=True)


def _opposed(changes: Array) -> Array:
    """The number (C, C) of changes, (n, C), at which one class rises and the other falls."""
    crossed: Array = (changes > 0).astype(int).T @ (changes < 0)
    return crossed + crossed.T


def _span(held: Array, epochs: Array) -> tuple[Array, Array]:
    """The first and last epoch (p,) at which something held, (epochs, p) bool; 0 where it never did."""
    ever = held.any(0)
    return np.where(ever, epochs[held.argmax(0)], 0), np.where(
        ever, epochs[::-1][held[::-1].argmax(0)], 0
    )


def pairs_by_split(table: Table) -> pd.DataFrame:
    """The `pairs` of every split that a counts table holds.

    Args:
        table: A counts table.

    Returns:
        The rows of `pairs`, split by split, with a first column `split`. The moments of a split are judged
        by the number of its own images.
    """
    parts = []
    for split in table.frame["split"].unique():
        epochs, counts = by_epoch.training_counts(table, split)
        part = pairs(confusion.cctm(counts), epochs, size=counts[0].sum(-1))
        part.insert(0, "split", split)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
