"""P-values as text, and their corrections: Holm's rule and the false discovery rate."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from interference.vocabulary import Array


def holm(p_values: Sequence[float] | Array) -> Array:
    """Adjust the p-values of a family of tests by Holm's step-down rule (1979).

    The smallest of n p-values is multiplied by n, the next by n - 1, and so on; an adjusted value
    is never below the one before it. If each adjusted value is compared with the level, the
    probability of any false rejection is at most the level, whatever the tests' dependence.

    Args:
        p_values: The p-values (n,).

    Returns:
        The adjusted p-values (n,), at most 1, in the order given.
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    factors = np.arange(len(p), 0, -1)
    stepped = np.maximum.accumulate(p[order] * factors)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


def false_discovery(p_values: Sequence[float] | Array) -> Array:
    """Adjust the p-values of a family of tests by Benjamini and Hochberg's step-up rule (1995).

    If each adjusted value is compared with a level, the expected share of false rejections among
    all rejections is at most the level, for tests that are independent or positively dependent.

    Args:
        p_values: The p-values (n,).

    Returns:
        The adjusted p-values (n,), in the order given.
    """
    p = np.asarray(p_values, np.float64)
    adjusted: Array = stats.false_discovery_control(p) if len(p) else p
    return adjusted


def p_text(p: float) -> str:
    """Write a p-value, such as `p = 0.015` or `p < 0.001`.

    Args:
        p: The p-value.

    Returns:
        The text, with three decimals.
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
