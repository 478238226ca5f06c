"""Classes that are alike, side by side and in groups: of like shapes, or taken for each other."""

import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from interference import confusion
from interference.vocabulary import Array

TIMES = 2  # so many times the mean of all pairs is what the classes of a group interfere, at least
NOTHING = 1e-9  # classes that interfere less are no group, though none interfere more


def order(similarity: Array) -> list[int]:
    """The label numbers of all classes, those that are alike side by side; those like no other (nan rows) last.

    `similarity` (C, C) is symmetric and at most 1. Average linkage of the distances 1 - similarity, its leaves in the
    order that keeps neighbours most alike (Bar-Joseph et al. 2001); of the two directions the one that starts with the
    lower label. A pair that is nan, such as two classes that never move in one plane, counts as unrelated.
    """
    return [label for group in groups(similarity, -np.inf) for label in group]


def groups(similarity: Array, least: float) -> list[list[int]]:
    """`order` cut into groups: clusters are one group if the mean similarity between their classes is at least `least`.

    A class like no other is a group of its own.
    """
    lone = np.isnan(similarity).all(1)
    known, rest = np.flatnonzero(~lone), [[label] for label in np.flatnonzero(lone).tolist()]
    if len(known) < 2:
        return [[label] for label in known.tolist()] + rest
    distance = np.maximum(1 - np.nan_to_num(similarity[np.ix_(known, known)]), 0)
    tree = hierarchy.linkage(squareform(distance, checks=False), "average", optimal_ordering=True)
    leaves = hierarchy.leaves_list(tree)
    leaves = leaves if leaves[0] < leaves[-1] else leaves[::-1]
    cuts = 1 + np.flatnonzero(np.diff(hierarchy.fcluster(tree, 1 - least, "distance")[leaves]))
    return [known[group].tolist() for group in np.split(leaves, cuts)] + rest


def interfering(cctm: Array) -> list[list[int]]:
    """Classes in groups of those that are taken for each other, (C, C): `TIMES` as often as any two are, or more."""
    rates = confusion.symmetrised(cctm)
    pairs = rates[np.triu_indices(len(rates), 1)]
    mean = np.nansum(pairs) / max(1, np.isfinite(pairs).sum())
    return groups(rates, max(TIMES * mean, NOTHING))
