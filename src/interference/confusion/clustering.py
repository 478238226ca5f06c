"""Clusters of classes: classes with similar loss shapes, or classes predicted as each other."""

import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from interference import confusion
from interference.vocabulary import Array

TIMES = 2  # the classes of a group interfere at least twice as strongly as the mean of all pairs
NOTHING = 1e-9  # classes that interfere less are never a group


def order(similarity: Array) -> list[int]:
    """Sort classes so that similar ones stand side by side.

    Average linkage of the distances 1 - similarity, with the leaves in the order that keeps
    neighbours most similar (Bar-Joseph et al. 2001). Among the two directions it takes the one that
    starts with the lower label.

    Args:
        similarity: A symmetric matrix (C, C), at most 1. A pair that is nan, such as two classes
            that never move in one plane, counts as unrelated.

    Returns:
        All label numbers; classes without any similarity (rows of nan) come last.
    """
    labels: list[int] = []
    for group in groups(similarity, -np.inf):
        labels.extend(group)
    return labels


def groups(similarity: Array, least: float) -> list[list[int]]:
    """Cut the `order` of classes into groups.

    Args:
        similarity: As in `order`.
        least: The least mean similarity between two clusters that are one group.

    Returns:
        The label numbers of each group. A class without any similarity is a group of its own.
    """
    is_unrelated = np.isnan(similarity).all(1)
    unrelated = np.flatnonzero(is_unrelated)
    related = np.flatnonzero(~is_unrelated)
    if len(related) < 2:
        labels = [*related.tolist(), *unrelated.tolist()]
        return [[label] for label in labels]
    among_related = similarity[np.ix_(related, related)]
    clusters = _clusters(among_related, least)
    groups_of_related = [related[members].tolist() for members in clusters]
    groups_of_one = [[label] for label in unrelated.tolist()]
    return groups_of_related + groups_of_one


def _clusters(similarity: Array, least: float) -> list[Array]:
    """The positions in each cluster of at least two classes, in the `order` of the classes."""
    distance = 1 - np.nan_to_num(similarity)
    not_negative = np.maximum(distance, 0)
    condensed = squareform(not_negative, checks=False)
    tree = hierarchy.linkage(condensed, "average", optimal_ordering=True)
    leaves = hierarchy.leaves_list(tree)
    if leaves[0] > leaves[-1]:
        leaves = leaves[::-1]
    numbers = hierarchy.fcluster(tree, 1 - least, "distance")
    changes = np.diff(numbers[leaves])
    starts = 1 + np.flatnonzero(changes)
    return np.split(leaves, starts)


def interfering(cctm: Array) -> list[list[int]]:
    """Group classes that are predicted as each other.

    Args:
        cctm: Rates (C, C), row = true class.

    Returns:
        The label numbers of each group: its classes interfere at least `TIMES` as strongly as the
        mean of all pairs.
    """
    rates = confusion.symmetrised(cctm)
    upper = np.triu_indices(len(rates), 1)
    rates_of_pairs = rates[upper]
    known_pairs = np.isfinite(rates_of_pairs).sum()
    total = np.nansum(rates_of_pairs)
    mean = total / max(1, known_pairs)
    least = max(TIMES * mean, NOTHING)
    return groups(rates, least)
