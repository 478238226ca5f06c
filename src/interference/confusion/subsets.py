"""In which subsets of the images an error is more or less frequent than in all others.

Each kind of error (a true class predicted as another) is compared between a subset and the rest of
the images of the same true class, by Fisher's exact test. The true class is fixed, so that a subset
with more cats does not count as one in which cats are mistaken more often.
"""

import numpy as np

from interference.confusion import statistics, unpaired_tests
from interference.vocabulary import Array, Columns

LEVEL = 0.05  # of the family of tests
LEAST = 6  # errors of a kind in all images: fewer are not tested


def departures(counts: Array) -> Columns:
    """Compare each subset with the rest, for each kind of error.

    Args:
        counts: (S, C, C) confusion counts of the S subsets that a column divides the images into.

    Returns:
        Columns of equal length, a row for each subset with images of a class and each kind of error
        of that class that occurs `LEAST` times: `subset`, `label`, `predicted`; `images`, `errors`
        in the subset, `rest_images`, `rest_errors` in the others; `difference`, `low`, `high` in
        percentage points with the 95 % interval; and `p`. Of two subsets, only the one with the
        higher rate has a row, since the other says the same.
    """
    subsets, classes, _ = counts.shape
    errors = counts * ~np.eye(classes, dtype=bool)
    totals = errors.sum(0)  # (C, C)
    images = counts.sum(-1)  # (S, C)
    label, predicted = np.nonzero(totals >= LEAST)
    subset = np.repeat(np.arange(subsets), len(label))
    label = np.tile(label, subsets)
    predicted = np.tile(predicted, subsets)
    own = errors[subset, label, predicted]
    size = images[subset, label]
    columns = {
        "subset": subset,
        "label": label,
        "predicted": predicted,
        "images": size,
        "errors": own,
        "rest_images": images.sum(0)[label] - size,
        "rest_errors": totals[label, predicted] - own,
    }
    is_compared = (columns["images"] > 0) & (columns["rest_images"] > 0)
    columns = {name: values[is_compared] for name, values in columns.items()}
    arguments = [columns[key] for key in ("errors", "images", "rest_errors", "rest_images")]
    low, high = statistics.difference_interval(*arguments)
    rate = columns["errors"] / columns["images"]
    rest = columns["rest_errors"] / columns["rest_images"]
    columns |= {
        "difference": 100 * (rate - rest),
        "low": 100 * low,
        "high": 100 * high,
        "p": unpaired_tests.fisher(*arguments),
    }
    if subsets > 2:
        return columns
    is_higher = (columns["difference"] > 0) | (
        (columns["difference"] == 0) & (columns["subset"] == 0)
    )
    return {name: values[is_higher] for name, values in columns.items()}
