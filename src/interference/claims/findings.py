"""Findings that many claims share: on several items, from a correlation, from a difference of rates."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from interference.claims.registry import Evidence, Finding, NotMeasured
from interference.confusion import statistics
from interference.vocabulary import Array

T = TypeVar("T")
Share = tuple[int, int]  # a number of images, and the number of images it is a part of


def for_each(items: Mapping[str, T], find: Callable[[T], Finding]) -> Finding:
    """Evaluate a claim on several items, skipping items without data.

    Args:
        items: The items by the name that the words give them.
        find: Evaluates the claim on one item; raises `NotMeasured` if it has no data.

    Returns:
        A finding that holds if the claim holds on every item that has data. Its numbers are those of
        the first such item.

    Raises:
        NotMeasured: If no item has data.
    """
    findings = {}
    reasons = []
    for name, item in items.items():
        try:
            findings[name] = find(item)
        except NotMeasured as reason:
            reasons.append(str(reason))
    if not findings:
        different = list(dict.fromkeys(reasons))
        raise NotMeasured("; ".join(different) or "no run has all that is compared")
    first = next(iter(findings.values()))
    measured = "; ".join(f"{name}: {finding.measured}" for name, finding in findings.items())
    return first._replace(held=all(each.held for each in findings.values()), measured=measured)


def correlation(evidence: Evidence, estimate: tuple[float, float], sign: int) -> Finding:
    """A rank correlation that should be significant and have a given sign.

    Args:
        evidence: Holds the threshold of p.
        estimate: The correlation, and its permutation p.
        sign: +1 or -1, the sign that is expected.

    Returns:
        The finding.
    """
    rho, p = estimate
    held = sign * rho > 0 and p < evidence.settings.p
    return Finding(held, f"Spearman {rho:.2f}, p = {p:.3f}", rho, p=p)


def difference(first: Share, second: Share, sign: int) -> Finding:
    """The difference of two rates, which should have a given sign.

    Args:
        first: A number of images, and the number they are a part of.
        second: The same for the rate that is subtracted.
        sign: +1 or -1, the sign that is expected.

    Returns:
        The finding, in percentage points, with the 95 % interval of the difference. The interval does
        not decide; the words say if it includes zero.
    """
    points = np.nan
    if first[1] and second[1]:
        points = 100 * (first[0] / first[1] - second[0] / second[1])
    low, high = (100 * float(bound) for bound in statistics.difference_interval(*first, *second))
    measured = f"{points:+.2f} points ({interval_text(low, high, '+')})"
    return Finding(sign * points > 0, measured, points, low, high)


def interval_text(low: float, high: float, sign: str = "") -> str:
    """A 95 % interval in words, with a remark if it includes zero.

    Args:
        low: Its lower end.
        high: Its upper end.
        sign: `+` to write the sign of positive numbers.

    Returns:
        Words such as `-0.20 to 0.10, not beyond chance`.
    """
    remark = ", not beyond chance" if low <= 0 <= high else ""
    return f"{low:{sign}.2f} to {high:{sign}.2f}{remark}"


def confused(counts: Array, label: int, predicted: int) -> Share:
    """The images of a class that are predicted as another class.

    Args:
        counts: Confusion counts (C, C), row = true class.
        label: The true class.
        predicted: The predicted class.

    Returns:
        The number of such images, and the number of images of the true class.
    """
    return int(counts[label, predicted]), int(counts[label].sum())


def correct(counts: Array) -> Share:
    """The images that are predicted correctly.

    Args:
        counts: Confusion counts (C, C), row = true class.

    Returns:
        The number of such images, and the number of all images.
    """
    return int(np.trace(counts)), int(counts.sum())


def window_text(window: tuple[float, float]) -> str:
    """The range that a number should lie in, as words in brackets.

    Args:
        window: The lowest and the highest number.

    Returns:
        Words such as `(asked: 100 to 140)`.
    """
    return f"(asked: {window[0]:g} to {window[1]:g})"


def between(value: float, window: tuple[float, float]) -> bool:
    """Whether a number lies in a range.

    Args:
        value: The number.
        window: The lowest and the highest number, both included.

    Returns:
        True if it does.
    """
    return window[0] <= value <= window[1]
