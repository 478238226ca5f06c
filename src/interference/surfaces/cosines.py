"""Cosines of the class gradients, from their Gram matrix (the matrix of their dot products)."""

import numpy as np

from interference import confusion
from interference.io.tables import Table
from interference.vocabulary import Array


def cosines(grams: Table) -> Array:
    """The cosines of a run's class gradients.

    Args:
        grams: The run's table of dot products.

    Returns:
        cos(g_a, g_b), (C, C); nan on the diagonal and where a gradient is zero.
    """
    return of_dots(gram_matrix(grams))


def gram_matrix(grams: Table) -> Array:
    """The dot products of a run's class gradients.

    Args:
        grams: The run's table of dot products.

    Returns:
        <g_a, g_b>, (C, C); nan for a pair that the table lacks.
    """
    first = grams.frame["label_1"]
    second = grams.frame["label_2"]
    products = grams.frame["dot"]
    classes = len(grams.classes)
    dots = np.full((classes, classes), np.nan)
    dots[first, second] = products
    dots[second, first] = products
    return dots


def of_dots(dots: Array) -> Array:
    """The cosines of vectors, from their dot products.

    Args:
        dots: The Gram matrix (C, C).

    Returns:
        The cosines (C, C); nan on the diagonal and where a vector is zero.
    """
    norms = np.sqrt(np.diagonal(dots))  # (C,)
    products_of_norms = np.outer(norms, norms)
    cosine = confusion.ratio(dots, products_of_norms)
    np.fill_diagonal(cosine, np.nan)
    return cosine
