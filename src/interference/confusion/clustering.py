"""Clusters of classes: classes with similar loss shapes, or classes that are mistaken for each other."""

import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from interference import confusion
from interference.vocabulary import Array

TIMES = (
    2  # the classes of a group interfere at least so many times as much as the mean of all pairs
)
NOTHING = 1e-9  # classes that interfere less are never a group


def order(similarity: Array) -> list[int]:
    """Sort classes so that similar ones stand side by side.

    Average linkage of the distances 1 - similarity, with the leaves in the order that keeps neighbours
    most similar (Bar-Joseph et al. 2001). Among the two directions it takes the one that starts with the
    lower label.

    Args:
        similarity: A symmetric matrix (C, C), at most 1. A pair that is nan, such as two classes that
            never move in one plane, counts as unrelated.

    Returns:
        All label numbers; classes without any similarity (rows of nan) come last.
    """
    return [label for group in groups(similarity, -np.inf) for label in group]


def groups(similarity: Array, least: float) -> list[list[int]]:
    """Cut the `order` of classes into groups.

    Args:
        similarity: As in `order`.
        least: The least mean similarity between two clusters that are one group.

    Returns:
        The label numbers of each group. A class without any similarity is a group of its own.
    """
    is_lone = np.isnan(similarity).all(1)
    known = np.flatnonzero(~is_lone)
    lone = [[label] for label in np.flatnonzero(is_lone).tolist()]
    if len(known) < 2:
        return [[label] for label in known.tolist()] + lone
    among_known = similarity[np.ix_(known, known)]
    distance = np.maximum(1 - np.nan_to_num(among_known), 0)
    condensed = squareform(distance, checks=False)
    tree = hierarchy.linkage(condensed, "average", optimal_ordering=True)
    leaves = hierarchy.leaves_list(tree)
    if leaves[0] > leaves[-1]:
        leaves = leaves[::-1]
    clusters = hierarchy.fcluster(tree, 1 - least, "distance")[leaves]
    cuts = 1 + np.flatnonzero(np.diff(clusters))
    return [known[group].tolist() for group in np.split(leaves, cuts)] + lone


def interfering(cctm: Array) -> list[list[int]]:
    """Group classes that are mistaken for each other.

    Args:
        cctm: Rates (C, C), row = true class.

    Returns:
        The label numbers of each group: its classes interfere at least `TIMES` as much as the mean of
        all pairs.
    """
    rates = confusion.symmetrised(cctm)
    pairs = rates[np.triu_indices(len(rates), 1)]
    mean = np.nansum(pairs) / max(1, np.isfinite(pairs).sum())
    return groups(rates, max(TIMES * mean, NOTHING))
