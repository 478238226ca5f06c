"""Points out a net that numbers the classes in another order than its images do."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from interference import confusion
from interference.classes import Classes
from interference.vocabulary import Array

RECALL = 0.5  # of a class under its other number, above which that number is no accident
SHOWN = 10  # classes that the note lists


def other_order(training: Array, test: Array) -> list[int] | None:
    """Find the order in which a net seems to number the classes.

    The order is the one with the highest accuracy on the training images. It counts if, on the
    training images and on the test images, most images of every class whose number changes are
    predicted as the new number, and few as the old one.

    Args:
        training: Counts (C, C) on the training images; the row is the true class.
        test: Counts (C, C) on the test images.

    Returns:
        The label of the class that each of the C outputs stands for; None if the order is the
        images' own.
    """
    labels, outputs = linear_sum_assignment(training, maximize=True)
    moved = labels != outputs
    if not moved.any() or not test[moved].any():
        return None
    for counts in (training, test):
        totals = counts.sum(axis=1)  # (C,)
        shown = moved & (totals > 0)
        as_new = counts[labels, outputs][shown] / totals[shown]
        as_old = np.diag(counts)[shown] / totals[shown]
        if (as_new <= RECALL).any() or (as_old >= RECALL).any():
            return None
    order = np.empty(len(labels), int)
    order[outputs] = labels
    return [int(label) for label in order]


def note(training: Array, test: Array, classes: Classes) -> str:
    """Describe the order in which a net seems to number the classes, for the terminal.

    Args:
        training: Counts (C, C) on the training images; the row is the true class.
        test: Counts (C, C) on the test images.
        classes: The classes of the images.

    Returns:
        A line; empty if the order is the images' own.
    """
    order = other_order(training, test)
    if order is None:
        return ""
    accuracy = float(confusion.accuracy(test[order]))
    names = ", ".join(classes.labels[label] for label in order[:SHOWN])
    rest = f", ... ({len(order)} in all)" if len(order) > SHOWN else ""
    return (
        f"the net seems to number the classes in another order; with data.classes: [{names}{rest}] "
        f"its test accuracy is {accuracy:.2f} %"
    )
