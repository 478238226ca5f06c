"""Interference while a net trains: dancing notes, label dance, its moments, and which pairs dance (Section 4.2)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import ndimage, signal, special

from interference import by_epoch, chance, confusion
from interference.tables import Table
from interference.thresholds import NOTE
from interference.vocabulary import Array

NONE = -2  # the note of an epoch in which no class interferes (Figure 7)
SIZE = 5000  # images of a training class of CIFAR-10
FLAT = (1, 3)  # epochs that an extremum may last: all of them are then within one of its middle
PROMINENCE = 3.0  # standard errors by which an extremum must stand out; see `moments`
RESAMPLES = 1000  # of the bootstrap
ROUNDING = 1e-12  # a variance of less is none
LEAST = 10  # changes of both recalls of a pair below which an interval says nothing
WALL = 2.0  # more than any share: between two series one after the other, it ends both
CHUNK = 500  # pairs whose resamples are in memory at once


def notes(cctm: Array, row: int, threshold: float = NOTE) -> Array:
    """The dancing notes of class `row` (epochs,) int: at each epoch the class it is most often mistaken for.

    `cctm` (epochs, C, C). Ties go to the lower label; the note is -2 where no class is strictly above the threshold
    (Section 4.2: 0.1 %).
    """
    others = cctm[:, row].copy()
    others[:, row] = -1  # the recall is no interference
    return np.where(others.max(-1) > threshold, others.argmax(-1), NONE)


def dance_epochs(recall_a: Array, recall_b: Array) -> Array:
    """Positions (k,) of the epochs at which one class's recall (epochs,) rises and the other's falls."""
    return 1 + np.flatnonzero(np.diff(recall_a) * np.diff(recall_b) < 0)


def anticorrelation(recall_a: Array, recall_b: Array) -> float:
    """Correlation of the first differences of two recalls (epochs,): near -1 in a dance, nan where one stands still."""
    return float(chance.correlations(np.stack([np.diff(recall_a), np.diff(recall_b)]))[0, 1])


# Moments of a dance


@dataclass(frozen=True)
class Moment:
    """A moment at which a class loses images: at `position` among the epochs the recall of class `own` is at a low.

    `partner` is the other class of the pair, `taker` the one that own's images go to: the partner itself, whose recall
    is at a high (red in Figure 6), or a third class while the partner's recall is at a low too (blue).
    """

    position: int
    own: int
    partner: int
    taker: int

    @property
    def kind(self) -> str:
        """`red` or `blue`, as the arrows of Figure 6."""
        return "red" if self.taker == self.partner else "blue"


def moments(cctm: Array, pair: tuple[int, int], prominence: float = PROMINENCE,
            size: float | Array = SIZE) -> list[Moment]:
    """The dance moments of a pair of classes, in order of the epochs, by the words under Figure 6 made a rule.

    `cctm` (epochs, C, C); `size` is the number of images behind its rows, one for all or (C,). A moment of class `own`
    with its partner is an epoch at which own's recall has a local minimum ("a drop of the recall rate") and

    * red: within one epoch of it the partner's recall has a local maximum ("a local high") and CCTM[own, partner] has
      one too ("a local peak of mis-classified" own as partner); or else
    * blue: within one epoch the partner's recall has a local minimum ("both recall rates drop") and CCTM[own, c] has
      a local maximum for a third class c. Of several, the taker is the one of the most prominent maximum, and of equal
      ones that of the lower label.

    Either class of the pair may be own; a fall of both with a taker in each row is a moment of each. An extremum
    that lasts two or three epochs counts once, in its middle; a longer one is none, nor are the first and last epoch.

    An extremum counts where its prominence (how far one must come back from it before reaching a more extreme value)
    is at least `prominence` standard errors of the difference of two independent shares of `size` images, the extreme
    and its base. The shares are counts, and what counting alone would move is no dance: at three standard errors the
    counts of ten classes whose rates stand still make less than one moment in ten pairs and 200 epochs (simulated in
    tests/test_dance.py).
    """
    red, blue, takes = _moments(cctm, prominence, size)
    own = np.zeros(cctm.shape[1:], bool)
    own[pair] = own[pair[::-1]] = True
    return [Moment(*each) for each in _rows(red & own, blue & own, takes).tolist()]


def all_moments(cctm: Array, prominence: float = PROMINENCE, size: float | Array = SIZE) -> Array:
    """The `moments` of every pair of classes (k, 4), in order of the epochs, of own and of partner.

    A row is a moment's position, own, partner and taker; of a hundred classes there may be 100,000.
    """
    return _rows(*_moments(cctm, prominence, size))


def _rows(red: Array, blue: Array, takes: Array) -> Array:
    """What `_moments` finds, a row each: position, own, partner and taker."""
    position, own, partner = np.nonzero(red | blue)
    third = takes[position, own]  # (moments, taker)
    third[np.arange(len(third)), partner] = -1
    taker = np.where(red[position, own, partner], partner, third.argmax(-1))
    return np.stack([position, own, partner, taker], 1)


def _moments(cctm: Array, prominence: float, size: float | Array) -> tuple[Array, Array, Array]:
    """Whether each epoch is a red and a blue moment of class own with its partner, both (epochs, own, partner) bool.

    Beside them, how prominently each class takes images of another within one epoch, (epochs, own, taker), 0 where it
    does not.
    """
    others = ~np.eye(cctm.shape[-1], dtype=bool)
    sizes = np.broadcast_to(size, cctm.shape[-1])
    recall = np.diagonal(cctm, axis1=-2, axis2=-1)
    low, high = (_extrema(recall, sign, prominence, sizes) for sign in (-1, 1))
    takes = _nearby(_extrema(cctm, 1, prominence, sizes[:, None])) * others
    taken = takes > 0
    third = taken.sum(-1, keepdims=True) > taken  # somebody else than the partner takes images of own
    down = (low > 0)[:, :, None] & others
    red = down & (_nearby(high) > 0)[:, None] & taken
    return red, down & (_nearby(low) > 0)[:, None] & third & ~red, takes


def _extrema(shares: Array, sign: int, prominence: float, size: Array) -> Array:
    """The prominence of each local maximum along the epochs of shares (epochs, ...), 0 elsewhere; minima of sign -1.

    Those of less than `prominence` standard errors are 0 too; `size` (...) is the number of images behind each share.
    """
    series = sign * np.moveaxis(shares, 0, -1).reshape(-1, len(shares))  # all in one line, searched at once
    line = np.r_[WALL, np.pad(series, ((0, 0), (0, 1)), constant_values=WALL).ravel()]
    peaks, _ = signal.find_peaks(line, plateau_size=FLAT)
    peaks = peaks[line[peaks] < WALL]
    found = np.zeros((len(series), len(shares) + 1))
    found.ravel()[peaks - 1] = signal.peak_prominences(line, peaks)[0]
    rise = np.moveaxis(found[:, :-1].reshape(*shares.shape[1:], -1), -1, 0)
    base = shares - sign * rise
    variance = (shares * (1 - shares) + base * (1 - base)) / np.maximum(size, 1)  # 0: images came later
    rise[rise**2 < prominence**2 * variance] = 0
    return rise


def _nearby(prominences: Array) -> Array:
    """The greatest of each epoch and its two neighbours, (epochs, ...)."""
    greatest: Array = ndimage.maximum_filter1d(prominences, 3, axis=0, mode="nearest")
    return greatest


# How sure an anticorrelation is


def anticorrelation_interval(recall_a: Array, recall_b: Array, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of `anticorrelation` of two recalls (epochs,), by a circular block bootstrap.

    Changes from epoch to epoch are serially correlated, if only because a recall that is off in one epoch comes back
    in the next. So blocks of successive changes are drawn, from a circle on which the first follows the last (Politis
    and Romano 1992), n^(1/3) changes long, rounded up, the order that is best for a variance (Hall, Horowitz and Jing
    1995). Their standard error of Fisher's z gives the interval, with Student's t of as many degrees of freedom as
    there are blocks less one. (-1, 1) where both recalls change in fewer than ten epochs, which says too little.

    Simulated series of 200 epochs (white, autoregressive, heavy-tailed, or fading to a tenth) lay within it in 91 to
    95 % of all cases, those of 12 epochs in 94 to 99 %; Fisher's own interval held 68 to 95 and 75 to 95 %.
    """
    low, high = _intervals(np.diff(recall_a)[None], np.diff(recall_b)[None], seed)
    return float(low[0]), float(high[0])


def _intervals(first: Array, second: Array, seed: int) -> tuple[Array, Array]:
    """The 95 % intervals (p,) of the correlations of paired rows (p, n), all from the same blocks."""
    number = first.shape[1]
    if number < LEAST:
        return np.full(len(first), -1.0), np.full(len(first), 1.0)
    length = int(np.ceil(number ** (1 / 3)))
    found = _fisher(_correlation(first, second, np.full((number, 1), 1 / number))[:, 0])
    weights = _block_weights(number, length, np.random.default_rng(seed))
    error = np.concatenate([_fisher(_correlation(first[some:some + CHUNK], second[some:some + CHUNK], weights)).std(-1)
                            for some in range(0, max(1, len(first)), CHUNK)])
    half = special.stdtrit(number / length - 1, 0.975) * error
    moving = ((first != 0) & (second != 0)).sum(-1) >= LEAST
    return np.where(moving, np.tanh(found - half), -1), np.where(moving, np.tanh(found + half), 1)


def _block_weights(number: int, length: int, rng: np.random.Generator) -> Array:
    """The share (n, RESAMPLES) of each place in a resample that is made of blocks of a circle of n places."""
    starts = rng.integers(number, size=(RESAMPLES, -(-number // length), 1))
    places = ((starts + np.arange(length)) % number).reshape(RESAMPLES, -1)[:, :number]
    cells = number * np.arange(RESAMPLES)[:, None] + places
    return np.bincount(cells.ravel(), minlength=RESAMPLES * number).reshape(RESAMPLES, number).T / number


def _correlation(first: Array, second: Array, weights: Array) -> Array:
    """Correlations (p, k) of paired rows (p, n) under weights (n, k) that sum to 1; nan where a row stands still."""
    first, second = _standard(first), _standard(second)
    means = first @ weights, second @ weights
    variances = (first**2 @ weights - means[0] ** 2) * (second**2 @ weights - means[1] ** 2)
    return confusion.ratio((first * second) @ weights - means[0] * means[1],
                           np.sqrt(np.where(variances > ROUNDING, variances, 0)))


def _standard(rows: Array) -> Array:
    """Rows (p, n) of mean 0 and variance 1; those that stand still are 0."""
    centred = rows - rows.mean(-1, keepdims=True)
    spread = centred.std(-1, keepdims=True)
    return np.where(spread > ROUNDING, confusion.ratio(centred, spread), 0)


def _fisher(r: Array) -> Array:
    """Fisher's z of correlations, finite; one that is undefined counts as none."""
    return np.asarray(np.arctanh(np.clip(np.nan_to_num(r), -1 + 1e-12, 1 - 1e-12)))


# All pairs


def pairs(cctm: Array, epochs: Array | None = None, prominence: float = PROMINENCE, size: float | Array = SIZE,
          seed: int = 0) -> pd.DataFrame:
    """How every pair of classes dances, a row a pair, the most anticorrelated first, standing ones (nan) last.

    `cctm` (epochs, C, C) and `size` as in `moments`; `epochs` (epochs,) are their numbers, from 1 unless told. Columns:
    class_1 < class_2; `dance_epochs` as in the function of that name; `moments`, of which `red` and `blue`; the epochs
    of the `first` and `last` moment (0 where there is none) and from the one to the other, `duration`;
    `anticorrelation` and its 95 % interval `low` to `high`.
    """
    epochs = 1 + np.arange(len(cctm)) if epochs is None else epochs
    a, b = np.triu_indices(cctm.shape[-1], 1)
    changes = np.diff(by_epoch.recalls(cctm), axis=0)  # (epochs - 1, C)
    low, high = _intervals(changes.T[a], changes.T[b], seed)
    red, blue = (kind[:, a, b].astype(int) + kind[:, b, a] for kind in _moments(cctm, prominence, size)[:2])
    first, last = _span((red + blue) > 0, epochs)
    found = pd.DataFrame({
        "class_1": a, "class_2": b, "dance_epochs": _opposed(changes)[a, b],
        "moments": (red + blue).sum(0), "red": red.sum(0), "blue": blue.sum(0),
        "first": first, "last": last, "duration": np.where(last > 0, last - first + 1, 0),
        "anticorrelation": chance.correlations(changes.T)[a, b], "low": low, "high": high})
    return found.sort_values("anticorrelation", kind="stable", ignore_index=True)


def _opposed(changes: Array) -> Array:
    """The number (C, C) of changes, (n, C), at which one class rises and the other falls."""
    crossed: Array = (changes > 0).astype(int).T @ (changes < 0)
    return crossed + crossed.T


def _span(held: Array, epochs: Array) -> tuple[Array, Array]:
    """The first and last epoch (p,) at which something held, (epochs, p) bool; 0 where it never did."""
    ever = held.any(0)
    return np.where(ever, epochs[held.argmax(0)], 0), np.where(ever, epochs[::-1][held[::-1].argmax(0)], 0)


def pairs_by_split(table: Table) -> pd.DataFrame:
    """`pairs` of every split that a counts table holds, one below the other, with a column `split` before the others.

    The splits are the ways to record a training: as predicted on the way, or after each epoch on test images, augmented
    or plain training images. Each is judged by the number of its own images.
    """
    found = []
    for split in table.frame["split"].unique():
        epochs, counts = by_epoch.training_counts(table, split)
        played = pairs(confusion.cctm(counts), epochs, size=counts[0].sum(-1))
        played.insert(0, "split", split)
        found.append(played)
    return pd.concat(found, ignore_index=True)
