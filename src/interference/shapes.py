"""Likeness of the shapes of class losses over several interference planes together."""

from collections.abc import Sequence

import numpy as np

from interference import confusion
from interference.vocabulary import Array


def mean_similarity(similarities: Sequence[Array]) -> Array:
    """The mean of several planes' `surfaces.similarity` (C, C); a plane in which either class is flat is passed over.

    nan where either class is flat in every plane.
    """
    stack = np.stack(similarities)
    return confusion.ratio(np.nansum(stack, axis=0), np.isfinite(stack).sum(0))
