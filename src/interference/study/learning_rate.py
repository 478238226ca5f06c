"""The learning rate of a run by epoch, from its resolved parameters and without PyTorch.

The training itself uses `learning.optim`; a test holds the two equal.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from interference.vocabulary import Array


def in_the_middle_of(setup: Mapping[str, Any], epochs: Array) -> Array:
    """The learning rate half-way through some epochs.

    Args:
        setup: The training configuration: `lr`, `schedule`, `epochs`, and `warmup` for `triangle`.
        epochs: The epochs (n,), counted from 1.

    Returns:
        The rates (n,).
    """
    full = setup["lr"]
    total = setup["epochs"]
    middle = np.asarray(epochs, np.float64) - 0.5
    if setup["schedule"] == "cosine":
        angle = np.pi * np.floor(middle) / total
        cosine: Array = full * (1 + np.cos(angle)) / 2
        return cosine
    if setup["schedule"] == "triangle":
        done = middle / total
        warmup = setup.get("warmup") or 0.0
        rising = done / warmup if warmup else np.ones_like(done)
        falling = (1 - done) / (1 - warmup)
        triangle: Array = full * np.minimum(rising, falling)
        return triangle
    return np.full(len(middle), full)
