"""The similarity of class losses over several interference planes together."""

from collections.abc import Sequence

import numpy as np

from interference import confusion
from interference.vocabulary import Array


def mean_similarity(similarities: Sequence[Array]) -> Array:
    """The mean of several planes' similarities.

    Args:
        similarities: `surfaces.similarity` of each plane, (C, C) each.

    Returns:
        The mean (C, C) over the planes in which neither class is flat; nan without such a plane.
    """
    stack = np.stack(similarities)  # (planes, C, C)
    total = np.nansum(stack, axis=0)
    number = np.isfinite(stack).sum(0)
    return confusion.ratio(total, number)
