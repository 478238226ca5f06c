"""Converts the user's labels, whole numbers or texts, to label numbers and classes."""

from collections.abc import Mapping, Sequence, Sized

import numpy as np

from interference.classes import Classes, in_order
from interference.errors import BadInput

MOST = 2**15 - 1  # classes that an int16 can tell apart

Labels = Mapping[str, np.ndarray]  # (n,) by split


def number_labels(
    labels: Labels, where: str, classes: Classes | None = None
) -> tuple[Classes, dict[str, np.ndarray]]:
    """Number the labels of a data set.

    Whole numbers are label numbers already. Texts are sorted, as numbers if all are numbers.

    Args:
        labels: The labels (n,) by split.
        where: The data set, for the error.
        classes: The classes in label order; None, or without a class, to take them from the
            training labels.

    Returns:
        The classes, and the label numbers (n,) int64 by split.

    Raises:
        BadInput: A split is empty, the labels are of another type, or a label is not among the
            classes.
    """
    for split, split_labels in labels.items():
        check_not_empty(split_labels, f"{where}: {split}")
    kinds = {split_labels.dtype.kind for split_labels in labels.values()}
    if kinds <= set("biu"):
        return _whole_numbers(labels, where, classes)
    if kinds == {"U"}:
        return _texts(labels, where, classes)
    dtypes = sorted({str(split_labels.dtype) for split_labels in labels.values()})
    raise BadInput(f"{where}: labels {', '.join(dtypes)}, allowed: whole numbers, or texts")


def _whole_numbers(
    labels: Labels, where: str, classes: Classes | None
) -> tuple[Classes, dict[str, np.ndarray]]:
    """The classes, and labels that are label numbers already, as int64."""
    if not classes:
        number = min(MOST, int(labels["train"].max()) + 1)
        classes = classes_of_labels([str(label) for label in range(number)], where)
    numbers = {}
    for split, split_labels in labels.items():
        numbers[split] = split_labels.astype(np.int64)
        _check_range(numbers[split], f"{where}: {split}", classes)
    return classes, numbers


def _texts(
    labels: Labels, where: str, classes: Classes | None
) -> tuple[Classes, dict[str, np.ndarray]]:
    """The classes, and the label numbers of labels that are texts."""
    if not classes:
        classes = classes_of_labels(in_order(np.unique(labels["train"]).tolist()), where)
    numbers = {}
    for split, split_labels in labels.items():
        numbers[split] = _text_numbers(split_labels, f"{where}: {split}", classes)
    return classes, numbers


def classes_of_labels(labels: Sequence[str], where: str) -> Classes:
    """Make classes from their labels.

    Args:
        labels: The labels in label order.
        where: The file or folder of the labels, for the error.

    Returns:
        The classes.

    Raises:
        BadInput: Two labels are equal, or a label is not valid Unicode.
    """
    for label in labels:
        if not _is_unicode(label):
            raise BadInput(
                f"{where}: class {label!a}: its name is not valid UTF-8, as old archives leave "
                "it; rename it"
            )
    try:
        return Classes.from_labels(labels)
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error


def _is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_not_empty(images: Sized, where: str) -> None:
    """Raise `BadInput` if a split is empty."""
    if not len(images):
        raise BadInput(f"{where}: no images, expected some in every split")


def _check_range(labels: np.ndarray, where: str, classes: Classes) -> None:
    """Raise `BadInput` if a label number is outside the classes."""
    outside = labels[(labels < 0) | (labels >= len(classes))]
    if len(outside):
        raise BadInput(
            f"{where}: label {outside[0]}, allowed: 0 to {len(classes) - 1}, the classes of the "
            "training images"
        )


def _text_numbers(labels: np.ndarray, where: str, classes: Classes) -> np.ndarray:
    """The label number of each text (n,); raises `BadInput` for a text that names no class."""
    numbers = {name: number for number, name in enumerate(classes.labels)}
    for label in np.unique(labels).tolist():
        if label not in numbers:
            raise BadInput(
                f"{where}: class {label!r}, allowed: {', '.join(classes.labels)}, the classes of "
                "the training images"
            )
    return np.array([numbers[label] for label in labels.tolist()], np.int64)
