"""Columns of probabilities: the confidence of each prediction, or a probability for each class."""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from interference.classes import shortened
from interference.confusion import confidence as confidences
from interference.errors import BadInput
from interference.vocabulary import Array

NUMBERED = re.compile("p_([0-9]+)")  # the columns p_0, p_1, ... of a probability for each class
SLACK = 0.01  # by which a sum of rounded probabilities may differ from 1


def probability_columns(columns: Sequence[str]) -> list[str]:
    """Find the columns p_0 to p_C-1 of a table.

    Args:
        columns: The names of all columns.

    Returns:
        The columns in the order of their numbers; [] unless there are at least two and none is
        missing.
    """
    by_number = _numbered(columns)
    size = len(by_number)
    if size < 2 or set(by_number) != set(range(size)):
        return []
    return [by_number[number] for number in range(size)]


def note_on_gap(columns: Sequence[str]) -> str:
    """Say why columns such as p_1 and p_2 are not read as probabilities.

    Args:
        columns: The names of all columns.

    Returns:
        A sentence without its full stop; an empty text if there are fewer than two such columns or
        none is missing.
    """
    numbers = sorted(_numbered(columns))
    missing = [number for number in range(len(numbers)) if number not in numbers]
    if len(numbers) < 2 or not missing:
        return ""
    names = [f"p_{number}" for number in numbers]
    return (
        f"columns {shortened(names)} are not read as probabilities, since p_{missing[0]} is "
        "missing; p_0 is the first class"
    )


def _numbered(columns: Sequence[str]) -> dict[int, str]:
    """The columns p_0, p_1, ... by their numbers."""
    by_number: dict[int, str] = {}
    for name in columns:
        match = NUMBERED.fullmatch(name.strip())
        if match:
            by_number[int(match[1])] = name
    return by_number


def check_second(second: Array, predicted: Array, names: Sequence[str]) -> None:
    """Check the second best classes.

    Args:
        second: (n,) the second best classes.
        predicted: (n,) the predicted classes.
        names: The names of the classes.

    Raises:
        BadInput: A second best class is the predicted class.
    """
    is_wrong = second == predicted
    if is_wrong.any():
        name = names[int(predicted[int(np.argmax(is_wrong))])]
        raise BadInput(
            f"second: found {name} for an image that is predicted as {name}, as in "
            f"{int(is_wrong.sum()):,} of {len(second):,} rows, allowed: another class; if the "
            "column holds something else, give --second none"
        )


def check_confidence(values: Array, where: str, place: Callable[[int], str]) -> None:
    """Check the confidences of a column.

    Args:
        values: (n,) the confidences.
        where: The file and the column, for the error.
        place: Names a row, counted from 0, for the error.

    Raises:
        BadInput: A confidence is not a number from 0 to 1.
    """
    is_wrong = ~((values >= 0) & (values <= 1))
    if is_wrong.any():
        row = int(np.argmax(is_wrong))
        raise BadInput(
            f"{where}, {place(row)}: found {values[row]:g}, allowed: 0 to 1, the probability of "
            "the predicted class; if the column holds something else, give --confidence none"
        )


def fault(scores: Array, place: Callable[[int], str]) -> str:
    """Describe the first row whose scores are not probabilities.

    Args:
        scores: (n, C) the scores.
        place: Names a row, counted from 0.

    Returns:
        The row and what was found in it; an empty text if every score is from 0 to 1 and every row
        sums to 1, or nearly so, since the numbers of a file are rounded.
    """
    is_outside = ((scores < 0) | (scores > 1)).any(1)
    if is_outside.any():
        row = int(np.argmax(is_outside))
        values = scores[row]
        value = values[(values < 0) | (values > 1)][0]
        return f"{place(row)}: found {value:g}, allowed: 0 to 1"
    sums = scores.sum(1)
    is_wrong = np.abs(sums - 1) > SLACK
    if is_wrong.any():
        row = int(np.argmax(is_wrong))
        return f"{place(row)}: found scores that sum to {sums[row]:g}, allowed: 1"
    return ""


def of_all_classes(scores: Array, class_of_score: Array, classes: int) -> Array:
    """Put the probabilities of a file into the order of the classes.

    Args:
        scores: (n, k) the probabilities.
        class_of_score: (k,) the class of each column.
        classes: The number C of classes; those without a column get 0.

    Returns:
        (n, C), the same array if the order is the same already.

    Raises:
        BadInput: There are more columns than classes.
    """
    if len(class_of_score) > classes:
        raise BadInput(
            f"columns p_0 to p_{len(class_of_score) - 1}: found {len(class_of_score)} columns for "
            f"{classes} classes, allowed: a column for each class; give the class names in label "
            "order (--classes)"
        )
    if np.array_equal(class_of_score, np.arange(classes)):
        return scores
    ordered = np.zeros((len(scores), classes), scores.dtype)
    ordered[:, class_of_score] = scores
    return ordered


def columns(
    label: Array,
    predicted: Array,
    scores: Array | None = None,
    confidence: Array | None = None,
    second: Array | None = None,
) -> Mapping[str, Array]:
    """Describe the confidence of predictions.

    Args:
        label: (n,) the true classes.
        predicted: (n,) the predicted classes.
        scores: (n, C) the probabilities of all classes, if they are known.
        confidence: (n,) the confidence of each prediction, if it is known.
        second: (n,) the second best classes, if they are known.

    Returns:
        Columns (n,) as `confusion.confidence.from_scores` returns them, those that are known; {} if
        no confidence is known.
    """
    if scores is not None:
        return confidences.from_scores(scores, label, predicted)
    if confidence is None:
        return {}
    known = {"confidence": confidence.astype(np.float32)}
    if second is not None:
        known["second"] = second
    return known
