"""Points out a net that numbers the classes in another order, or that is worse than guessing."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from interference import confusion
from interference.classes import Classes
from interference.vocabulary import Array

SIGNIFICANT = 3  # standard errors by which the other order must be ahead: no accident
SHOWN = 10  # classes that the note lists


def other_order(training: Array, test: Array) -> list[int] | None:
    """Find the order in which a net seems to number the classes.

    The order is the one with the highest accuracy on the training images, which the net knows best.
    It counts if the training images of every class whose number changes are predicted most often
    as the new number, if the gain in correct training images is no accident, and if the order is
    not worse on the test images.

    Args:
        training: Counts (C, C) on the training images; the row is the true class.
        test: Counts (C, C) on the test images.

    Returns:
        The label of the class that each of the C outputs stands for; None if the order is the
        images' own.
    """
    labels, outputs = linear_sum_assignment(training, maximize=True)
    moved = (labels != outputs) & training.any(axis=1)
    if not moved.any():
        return None
    others = training.copy()
    others[labels, outputs] = -1
    if (training[labels, outputs] <= others.max(axis=1))[moved].any():
        return None
    gain, changed = _gain(training, labels, outputs)
    test_gain, _ = _gain(test, labels, outputs)
    if gain <= SIGNIFICANT * np.sqrt(changed) or test_gain < 0:
        return None
    order = np.empty(len(labels), int)
    order[outputs] = labels
    return [int(label) for label in order]


def _gain(counts: Array, labels: Array, outputs: Array) -> tuple[int, int]:
    """Count the images that become correct in another order, less and plus those that cease to."""
    moved = labels != outputs
    as_new = int(counts[labels, outputs][moved].sum())
    as_old = int(np.diag(counts)[moved].sum())
    return as_new - as_old, as_new + as_old


def note(training: Array, test: Array, classes: Classes) -> str:
    """Say for the terminal what is wrong with the order of the classes, or with the accuracy.

    Args:
        training: Counts (C, C) on the training images; the row is the true class.
        test: Counts (C, C) on the test images.
        classes: The classes of the images.

    Returns:
        A line that names another order if the net seems to have one, or a line that says that an
        accuracy is below chance; empty if neither is the case.
    """
    order = other_order(training, test)
    if order is None:
        return _below_chance(training, test, classes)
    accuracy = float(confusion.accuracy(test[order]))
    training_accuracy = float(confusion.accuracy(training[order]))
    return (
        "the net seems to number the classes in another order; with data.classes: "
        f"[{_listed([classes.labels[label] for label in order])}] its test accuracy is "
        f"{accuracy:.2f} %, and {training_accuracy:.2f} % on the training images"
    )


def _below_chance(training: Array, test: Array, classes: Classes) -> str:
    """A line if an accuracy is below that of guessing, else an empty text."""
    chance = 100 / len(classes)
    below = []
    for split, counts in {"test": test, "training": training}.items():
        if counts.any() and confusion.accuracy(counts) < chance:
            below.append(split)
    if not below:
        return ""
    return (
        f"the accuracy on the {' and '.join(below)} images is below chance ({chance:.2f} %); check "
        f"the order of the classes, which is data.classes: [{_listed(classes.labels)}], and the "
        "preparation of the images (data.resize, data.mean, data.std)"
    )


def _listed(names: Sequence[str]) -> str:
    """The first names of classes, with their number if there are more."""
    rest = f", ... ({len(names)} in all)" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + rest
