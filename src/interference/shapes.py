"""Likeness of the shapes of class losses over interference planes: of several planes together, and in clusters."""

from collections.abc import Sequence

import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from interference import confusion
from interference.confusion import Array


def mean_similarity(similarities: Sequence[Array]) -> Array:
    """The mean of several planes' `surfaces.similarity` (C, C); a plane in which either class is flat is passed over.

    nan where either class is flat in every plane.
    """
    stack = np.stack(similarities)
    return confusion.ratio(np.nansum(stack, axis=0), np.isfinite(stack).sum(0))


def cluster_order(similarity: Array) -> list[int]:
    """The label numbers of all classes, those of like shapes side by side; classes that are flat (nan rows) last.

    Average linkage of the distances 1 - similarity, its leaves in the order that keeps neighbours most alike
    (Bar-Joseph et al. 2001); of the two directions the one that starts with the lower label. A pair that is nan, its
    classes never moving in one plane, counts as unrelated.
    """
    flat = np.isnan(similarity).all(1)
    moving = np.flatnonzero(~flat)
    if len(moving) > 2:
        distance = np.maximum(1 - np.nan_to_num(similarity[np.ix_(moving, moving)]), 0)
        tree = hierarchy.linkage(squareform(distance, checks=False), "average", optimal_ordering=True)
        moving = moving[hierarchy.leaves_list(tree)]
        moving = moving if moving[0] < moving[-1] else moving[::-1]
    return [*moving.tolist(), *np.flatnonzero(flat).tolist()]
