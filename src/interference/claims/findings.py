"""Findings that claims share: on several items, from a correlation, from a difference of rates."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np

from interference.claims.registry import Evidence, Finding, NotMeasured
from interference.confusion import statistics
from interference.vocabulary import Array

T = TypeVar("T")
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
        """The fraction as a number, 0 to 1; nan if there are no images at all."""
        return self.images / self.total if self.total else np.nan


def for_each(items: Mapping[str, T], find: Callable[[T], Finding]) -> Finding:
    """Evaluate a claim on several items, skipping items without data.

    Args:
        items: The items by the name that the text gives them.
        find: Evaluates the claim on one item; raises `NotMeasured` if it has no data.

    Returns:
        A finding that holds if the claim holds on every item that has data. Its numbers are those
        of the first such item.

    Raises:
        NotMeasured: If no item has data.
    """
    findings: dict[str, Finding] = {}
    reasons: list[str] = []
    for name, item in items.items():
        try:
            findings[name] = find(item)
        except NotMeasured as reason:
            reasons.append(str(reason))
    if not findings:
        different = list(dict.fromkeys(reasons))
        raise NotMeasured("; ".join(different) or "no run has everything that is compared")
    return _combine(findings)


def for_each_name(names: Iterable[str], find: Callable[[str], Finding]) -> Finding:
    """Evaluate a claim on items that are known by their names, such as nets or pairs of classes.

    Args:
        names: The names.
        find: Evaluates the claim on the item with a name; raises `NotMeasured` if it has no data.

    Returns:
        The finding, as `for_each` returns it.

    Raises:
        NotMeasured: If no item has data.
    """
    items = {name: name for name in names}
    return for_each(items, find)


def _combine(findings: Mapping[str, Finding]) -> Finding:
    """The first finding, with the texts of all; it holds if all of them hold."""
    first = next(iter(findings.values()))
    held = all(finding.held for finding in findings.values())
    texts = [f"{name}: {finding.measured}" for name, finding in findings.items()]
    return first._replace(held=held, measured="; ".join(texts))


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
    has_sign = sign * rho > 0
    is_significant = p < evidence.settings.p
    return Finding(
        held=has_sign and is_significant,
        measured=f"Spearman {rho:.2f}, p = {p:.3f}",
        figure=rho,
        p=p,
    )


def difference(first: Fraction, second: Fraction, sign: int) -> Finding:
    """The difference of two rates, which should have a given sign.

    Args:
        first: The first rate.
        second: The rate that is subtracted.
        sign: +1 or -1, the sign that is expected.

    Returns:
        The finding, in percentage points, with the 95 % interval of the difference. The interval
        does not decide; the text says if it includes zero.
    """
    points = 100 * (first.rate - second.rate)
    bounds = statistics.difference_interval(*first, *second)
    low, high = (100 * float(bound) for bound in bounds)
    interval = interval_text(low, high, "+")
    return Finding(
        held=sign * points > 0,
        measured=f"{points:+.2f} points ({interval})",
        figure=points,
        low=low,
        high=high,
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
