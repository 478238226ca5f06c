"""The mean over the last epochs of a training, which varies less by chance than the last epoch."""

import numpy as np

from interference.confusion import Array

LAST = 10  # epochs that the mean is over
LONG = 50  # epochs of the shortest training that has one: in a shorter one they would be mostly its beginning


def late_mean(curve: Array) -> float:
    """The mean of a curve over its last epochs.

    Args:
        curve: One number an epoch, (epochs,), such as accuracies in percent.

    Returns:
        The mean over the last `LAST` epochs, in the curve's unit; nan if there are fewer than `LONG`.

    Example:
        >>> late_mean(np.arange(100.0))
        94.5
    """
    return float(curve[-LAST:].mean()) if len(curve) >= LONG else np.nan
