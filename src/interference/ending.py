"""The late mean: a curve's mean over its last epochs, which varies less than its last value."""

import numpy as np

from interference.confusion import Array

LAST = 10  # epochs of the mean ...
LONG = 50  # ... of a training at least so long; of a shorter one they would be mostly its beginning


def late_mean(curve: Array) -> float:
    """The mean over the last ten epochs of a curve; nan of a curve of fewer than fifty epochs.

    Args:
        curve: A value after each epoch, (epochs,), such as accuracies in percent.

    Returns:
        The mean, in the unit of the curve.
    """
    return float(curve[-LAST:].mean()) if len(curve) >= LONG else np.nan
