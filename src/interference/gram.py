"""What is read off the Gram matrix of the class gradients."""

import numpy as np

from interference import confusion
from interference.tables import Table
from interference.vocabulary import Array


def cosines(grams: Table) -> Array:
    """cos(g_a, g_b) of the class gradients (C, C), from a grams table; nan on the diagonal and where one is zero."""
    frame, dots = grams.frame, np.full((len(grams.classes), len(grams.classes)), np.nan)
    dots[frame["label_1"], frame["label_2"]] = dots[frame["label_2"], frame["label_1"]] = frame["dot"]
    return of_dots(dots)


def of_dots(dots: Array) -> Array:
    """The cosines (C, C) of vectors of these dot products, (C, C); nan on the diagonal and where a vector is zero."""
    norms = np.sqrt(np.diagonal(dots))
    cosine = confusion.ratio(dots, np.outer(norms, norms))
    np.fill_diagonal(cosine, np.nan)
    return cosine
