"""How a finding is put: on several items at once, a correlation with its p, a difference with its interval."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from interference import chance
from interference.claims.judging import Evidence, Finding, NotMeasured
from interference.vocabulary import Array

T = TypeVar("T")
Share = tuple[int, int]  # so many of so many images


def each(items: Mapping[str, T], find: Callable[[T], Finding]) -> Finding:
    """A finding on every item for which it can be had: it holds where it holds on all; the figures are the first's."""
    found, reasons = {}, []
    for name, item in items.items():
        try:
            found[name] = find(item)
        except NotMeasured as reason:
            reasons.append(str(reason))
    if not found:
        raise NotMeasured("; ".join(dict.fromkeys(reasons)) or "no run has all that is compared")
    words = "; ".join(f"{name}: {one.measured}" for name, one in found.items())
    return next(iter(found.values()))._replace(held=all(one.held for one in found.values()), measured=words)


def correlation(evidence: Evidence, found: tuple[float, float], sign: int) -> Finding:
    """A rank correlation with its permutation p, on the side where it should be."""
    rho, p = found
    return Finding(sign * rho > 0 and p < evidence.settings.p, f"Spearman {rho:.2f}, p = {p:.3f}", rho, p=p)


def difference(one: Share, other: Share, sign: int) -> Finding:
    """The first share less the second in percent points, by its sign on the side where it should be.

    With it its 95 % interval; where that includes zero the words say so.
    """
    apart = 100 * (one[0] / one[1] - other[0] / other[1]) if min(one[1], other[1]) else np.nan
    low, high = (100 * float(bound) for bound in chance.difference_interval(*one, *other))
    return Finding(sign * apart > 0, f"{apart:+.2f} points ({spanned(low, high, '+')})", apart, low, high)


def spanned(low: float, high: float, sign: str = "") -> str:
    """A 95 % interval in words, which say where it includes zero."""
    doubt = ", not beyond chance" if low <= 0 <= high else ""
    return f"{low:{sign}.2f} to {high:{sign}.2f}{doubt}"


def cell(counts: Array, true: int, predicted: int) -> Share:
    """Images of a class that are predicted as another, of all of the class."""
    return int(counts[true, predicted]), int(counts[true].sum())


def right(counts: Array) -> Share:
    """Images that are predicted right, of all."""
    return int(np.trace(counts)), int(counts.sum())


def asked(window: tuple[float, float]) -> str:
    """The window that is asked for, as it follows what was found."""
    return f"(asked: {window[0]:g} to {window[1]:g})"


def between(value: float, window: tuple[float, float]) -> bool:
    """Whether a value lies in a window, its ends included."""
    return window[0] <= value <= window[1]
