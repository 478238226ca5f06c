"""What a training ends at, beside its last epoch: the mean of its last epochs, which vary less by chance."""

import numpy as np

from interference.vocabulary import Array

LAST = 10  # epochs of the mean ...
LONG = 50  # ... of a training at least so long; of a shorter one they would be mostly its beginning


def late_mean(curve: Array) -> float:
    """The mean over the last epochs of a curve (epochs,), such as accuracies in percent; nan where it is not long."""
    return float(curve[-LAST:].mean()) if len(curve) >= LONG else np.nan
