"""Labels as people keep them, whole numbers or texts, and the classes that they are of."""

from collections.abc import Mapping, Sequence, Sized

import numpy as np

from interference.classes import Classes, in_order
from interference.errors import BadInput

MOST = 2**15 - 1  # classes that an int16 can tell apart

Labels = Mapping[str, np.ndarray]  # (n,) by split


def numbered(
    labels: Labels, where: str, classes: Classes | None = None
) -> tuple[Classes, dict[str, np.ndarray]]:
    """The classes of some labels, and every label as its class's number, (n,) int64 by split.

    Whole numbers are class numbers already, and texts are sorted, as numbers where all are. `classes` are given where
    they are known besides. Raises `BadInput` for labels of another kind, and for one that is of no class: the training
    labels' are all there are.
    """
    for split, each in labels.items():
        check_some(each, f"{where}: {split}")
    kinds = {each.dtype.kind for each in labels.values()}
    if kinds <= set("biu"):
        whole = {split: each.astype(np.int64) for split, each in labels.items()}
        classes = classes or shown(
            list(map(str, range(min(MOST, int(whole["train"].max()) + 1)))), where
        )
        return classes, {
            split: _in_range(each, f"{where}: {split}", classes) for split, each in whole.items()
        }
    if kinds != {"U"}:
        found = ", ".join(sorted({str(each.dtype) for each in labels.values()}))
        raise BadInput(f"{where}: labels {found}, allowed: whole numbers, or texts")
    names = classes.labels if classes else in_order(np.unique(labels["train"]).tolist())
    return classes or shown(names, where), {
        split: _places(each, f"{where}: {split}", names) for split, each in labels.items()
    }


def shown(labels: Sequence[str], where: str) -> Classes:
    """The classes of some labels, as `Classes.from_labels`; its error says where they come from."""
    try:
        return Classes.from_labels(labels)
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error


def check_some(images: Sized, where: str) -> None:
    """Raise `BadInput` where a split is empty."""
    if not len(images):
        raise BadInput(f"{where}: no images, expected some in every split")


def _in_range(labels: np.ndarray, where: str, classes: Classes) -> np.ndarray:
    outside = labels[(labels < 0) | (labels >= len(classes))]
    if len(outside):
        raise BadInput(
            f"{where}: label {outside[0]}, allowed: 0 to {len(classes) - 1}, the classes of the training "
            "images"
        )
    return labels


def _places(labels: np.ndarray, where: str, names: Sequence[str]) -> np.ndarray:
    """The place of each text among the names."""
    numbers = {name: number for number, name in enumerate(names)}
    for label in np.unique(labels).tolist():
        if label not in numbers:
            raise BadInput(
                f"{where}: class {label!r}, allowed: {', '.join(names)}, the classes of the training images"
            )
    return np.array([numbers[label] for label in labels.tolist()], np.int64)
