"""Findings that claims share: on correlations, on rates, and on differences of rates."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from scipy import stats

from interference import confusion
from interference.claims import contrasts, rules
from interference.claims.lookup import cctm_on_test
from interference.claims.registry import Evidence
from interference.claims.rules import Finding
from interference.confusion import statistics
from interference.vocabulary import Array

Window = tuple[float, float]  # the lowest and the highest number that a claim allows


class Fraction(NamedTuple):
    """A fraction of the images.

    Attributes:
        images: The number of images that are counted.
        total: The number of images that they are a part of.
    """

    images: int
    total: int

    @property
    def rate(self) -> float:
        """The fraction as a number, 0 to 1; nan if `total` is 0."""
        return self.images / self.total if self.total else np.nan


def correlation(evidence: Evidence, estimate: tuple[float, float], sign: int) -> Finding:
    """A rank correlation that should have a given sign.

    Args:
        evidence: Holds the threshold of p.
        estimate: The correlation, and its permutation p.
        sign: +1 or -1, the sign that is expected.

    Returns:
        The finding; it is open if p is not below the threshold.
    """
    rho, p = estimate
    is_significant = p < evidence.settings.p
    has_sign = sign * rho > 0
    return Finding(
        held=has_sign if is_significant or not np.isfinite(rho) else None,
        measured=f"Spearman {rho:.2f}, p = {p:.3f}",
        figure=rho,
        p=p,
        sign=sign,
    )


def prediction(evidence: Evidence, run: str, score: Array, sign: int) -> Finding:
    """How well a score of the pairs of classes tells the test interference of a run.

    Args:
        evidence: The tables, and the threshold of p.
        run: The name of the run.
        score: The score of each pair, (C, C).
        sign: +1 or -1, the sign that is expected of its rank correlation with interference.

    Returns:
        The finding, as `correlation` returns it.

    Raises:
        NotMeasured: The run has no counts on the test set.
    """
    interference = confusion.symmetrised(cctm_on_test(evidence, run))
    estimate = statistics.pair_correlation(score, interference)
    return correlation(evidence, estimate, sign)


def rate_above(fraction: Fraction, limit: float, form: str) -> Finding:
    """Whether a rate is above a limit, by Wilson's interval.

    Args:
        fraction: The rate.
        limit: The limit, 0 to 1.
        form: The format of the numbers in the text, such as `.1%`.

    Returns:
        The finding; it is open if the interval includes the limit.
    """
    rate, low, high = contrasts.proportion(fraction.images, fraction.total)
    return Finding(
        held=rules.is_beyond(low, high, +1, limit),
        measured=f"{rate:{form}} ({low:{form}} to {high:{form}})",
        figure=rate,
        low=low,
        high=high,
        sign=+1,
        limit=limit,
    )


def difference(first: Fraction, second: Fraction, sign: int) -> Finding:
    """The difference of two rates on different images, which should have a given sign.

    Args:
        first: The first rate.
        second: The rate that is subtracted.
        sign: +1 or -1, the sign that is expected.

    Returns:
        The finding, in percentage points, with Newcombe's 95 % interval and the p-value of Fisher's
        exact test. It is open if the interval includes zero.
    """
    points = 100 * (first.rate - second.rate)
    bounds = statistics.difference_interval(*first, *second)
    low, high = (100 * float(bound) for bound in bounds)
    table = [
        [first.images, first.total - first.images],
        [second.images, second.total - second.images],
    ]
    return points_finding(points, low, high, sign, p=float(stats.fisher_exact(table).pvalue))


def points_finding(
    points: float, low: float, high: float, sign: int, p: float | None = None
) -> Finding:
    """A difference in percentage points, judged by its interval.

    Args:
        points: The difference.
        low: The lower end of its 95 % interval.
        high: The upper end.
        sign: +1 or -1, the sign that is expected.
        p: The p-value of a test of no difference, if there is one.

    Returns:
        The finding; it is open if the interval includes zero.
    """
    return Finding(
        held=rules.is_beyond(low, high, sign),
        measured=f"{points:+.2f} points ({interval_text(low, high, '+')})",
        figure=points,
        low=low,
        high=high,
        p=p,
        sign=sign,
    )


def confused(counts: Array, label: int, predicted: int) -> Fraction:
    """The images of a class that are predicted as another class.

    Args:
        counts: Confusion counts (C, C), row = true class.
        label: The true class.
        predicted: The predicted class.

    Returns:
        The number of such images, out of the images of the true class.
    """
    row = counts[label]
    return Fraction(images=int(row[predicted]), total=int(row.sum()))


def correct(counts: Array) -> Fraction:
    """The images that are predicted correctly.

    Args:
        counts: Confusion counts (C, C), row = true class.

    Returns:
        The number of such images, out of all images.
    """
    hits = np.trace(counts)
    return Fraction(images=int(hits), total=int(counts.sum()))


def is_within(number: float, window: Window) -> bool:
    """Whether a number lies in a range.

    Args:
        number: The number.
        window: The lowest and the highest number, both included.

    Returns:
        True if it does.
    """
    lowest, highest = window
    return lowest <= number <= highest


def window_text(window: Window) -> str:
    """Write the range that a number should lie in.

    Args:
        window: The lowest and the highest number.

    Returns:
        A text such as `(expected: 100 to 140)`.
    """
    lowest, highest = window
    return f"(expected: {lowest:g} to {highest:g})"


def interval_text(low: float, high: float, sign: str = "") -> str:
    """Write a 95 % interval, with a remark if it includes zero.

    Args:
        low: Its lower end.
        high: Its upper end.
        sign: `+` to write the sign of positive numbers.

    Returns:
        A text such as `-0.20 to 0.10, not beyond chance`.
    """
    interval = f"{low:{sign}.2f} to {high:{sign}.2f}"
    if low <= 0 <= high:
        return f"{interval}, not beyond chance"
    return interval


def numbers_text(numbers: Iterable[float], form: str) -> str:
    """Write numbers, such as `81.7, 86.0`.

    Args:
        numbers: The numbers.
        form: The format of each number, such as `.1f`.

    Returns:
        The numbers with commas between them.
    """
    return ", ".join(format(number, form) for number in numbers)


def named_numbers_text(numbers: Mapping[str, float], form: str) -> str:
    """Write numbers with their names, such as `CAT 0.14, DOG 0.15`.

    Args:
        numbers: The numbers by name.
        form: The format of each number, such as `.2f`.

    Returns:
        Each name with its number, and commas between them.
    """
    parts = [f"{name} {number:{form}}" for name, number in numbers.items()]
    return ", ".join(parts)
