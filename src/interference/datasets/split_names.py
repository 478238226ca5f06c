"""The names under which data sets keep their splits, and the split of data that have none."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

# The names of each split, whatever their case; earlier ones are taken before later ones.
NAMES = {
    "train": ("train", "training"),
    "test": ("test", "testing", "val", "valid", "validation", "dev", "eval"),
}


class Taken(NamedTuple):
    """The names that stand for the splits.

    Attributes:
        names: The name of each split that was found, by split.
        notes: Lines about names other than the split's own, and names that are passed over.
    """

    names: dict[str, str]
    notes: list[str]


def taken(found: Collection[str]) -> Taken:
    """Choose which of some names stand for the splits `train` and `test`.

    Args:
        found: The names of folders or the values of a column.

    Returns:
        The chosen names. A split without a name is left out.
    """
    names = {}
    notes = []
    for split, known in NAMES.items():
        candidates = [name for name in sorted(found) if name.lower() in known]
        if not candidates:
            continue
        candidates.sort(key=lambda name: known.index(name.lower()))
        first, *others = candidates
        names[split] = first
        if first != split:
            notes.append(f"took {first} for the split {split}")
        if others:
            notes.append(f"passed over {', '.join(others)}, since {first} is the split {split}")
    return Taken(names, notes)


def stratified(labels: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """Choose test images at random, of every class the same fraction.

    Args:
        labels: (n,) the classes of the images.
        fraction: The fraction of the images of each class that are test images.
        seed: The seed of the choice.

    Returns:
        (n,) bool, whether an image is a test image. A class keeps at least one training image.
    """
    is_test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        # A class is split alike whichever other classes there are.
        order = np.random.default_rng([seed, len(members)]).permutation(len(members))
        number = min(round(fraction * len(members)), len(members) - 1)
        is_test[members[order[:number]]] = True
    return is_test
