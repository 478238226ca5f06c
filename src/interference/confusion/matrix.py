"""Confusion counts, and every rate that is derived from them.

`counts[..., a, b]` is the number of images of class a predicted as b (row = true class). Counts
stay integers until the last step; leading axes, such as epochs or the points of a plane, are
allowed wherever a shape begins with `...`.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interference.errors import BadInput
from interference.vocabulary import Array

if TYPE_CHECKING:
    import pandas as pd

THRESHOLD = 0.005  # Appendix 2: b interferes a where CCTM[a, b] is above it
CELLS = (-2, -1)  # the axes of the classes in counts (..., C, C)


# Counts


def counts(labels: Array, predicted: Array, classes: int) -> Array:
    """Count the images in each cell of the confusion matrix.

    Args:
        labels: The true classes (n,).
        predicted: The predicted classes (n,).
        classes: The number C of classes.

    Returns:
        Confusion counts (C, C) int64.

    Raises:
        ValueError: If a label or a prediction lies outside 0 to C - 1.
    """
    cell = _cell_of_each(labels, predicted, classes)
    number = classes**2
    images = np.bincount(cell, minlength=number)
    return images.reshape(classes, classes)


def cells(labels: Array, predicted: Array, losses: Array, classes: int) -> tuple[Array, Array]:
    """Count the images and sum the losses in each cell of the confusion matrix.

    Args:
        labels: The true classes (n,).
        predicted: The predicted classes (n,).
        losses: The cross-entropies (n,). One that is not finite makes its cell's sum not finite,
            and no other's.
        classes: The number C of classes.

    Returns:
        Confusion counts (C, C) int64, and the summed losses (C, C) float64.

    Raises:
        ValueError: If a label or a prediction lies outside 0 to C - 1.
    """
    cell = _cell_of_each(labels, predicted, classes)
    number = classes**2
    shape = (classes, classes)
    weights = np.asarray(losses, np.float64)
    images = np.bincount(cell, minlength=number)
    sums = np.bincount(cell, weights=weights, minlength=number)
    return images.reshape(shape), sums.reshape(shape)


def _cell_of_each(labels: Array, predicted: Array, classes: int) -> Array:
    """The number (n,) of each image's cell, counted row by row."""
    rows = np.asarray(labels, np.int64)
    columns = np.asarray(predicted, np.int64)
    shape = (classes, classes)
    return np.ravel_multi_index((rows, columns), shape)


# Tables


def columns(counts: Array, loss_sum: Array, **leading: Any) -> dict[str, Array]:
    """The long columns of a table: label, predicted, count and loss_sum of the cells with images.

    Cells without images have no rows, so that a table grows with what occurred and not with the
    square of the number of classes. A matrix without any image keeps the row of its first cell, so
    that the table still names it.

    Args:
        counts: Confusion counts (..., C, C).
        loss_sum: The summed losses (..., C, C).
        leading: Further columns, each a value or an array that broadcasts to `...`:
            `columns(counts, loss_sum, epoch=3, split=["train", "test"])` for counts (2, C, C).

    Returns:
        Each column by its name.
    """
    *shape, classes, _ = counts.shape
    counts_of_points = counts.reshape(-1, classes**2)  # (points, cells)
    losses_of_points = np.broadcast_to(loss_sum, counts.shape).reshape(-1, classes**2)
    has_row = (counts_of_points != 0) | (losses_of_points != 0)
    is_empty = ~has_row.any(-1)
    has_row[is_empty, 0] = True
    point, cell = np.nonzero(has_row)
    repeated = {}
    for name, value in leading.items():
        repeated[name] = np.broadcast_to(value, shape).ravel()[point]
    return repeated | {
        "label": cell // classes,
        "predicted": cell % classes,
        "count": counts_of_points[point, cell],
        "loss_sum": losses_of_points[point, cell],
    }


def from_frame(frame: "pd.DataFrame", classes: int, *leading: str, value: str = "count") -> Array:
    """One column of a table as an array: `columns` undone, whatever the order of the rows.

    A cell without a row is 0. Tables of earlier versions, which have a row for every cell, give the
    same array.

    Args:
        frame: The table's rows.
        classes: The number C of classes.
        leading: The names of columns whose distinct values, ascending, make an axis each:
            `from_frame(frame, 10, "epoch")` is (epochs, 10, 10).
        value: The column.

    Returns:
        The array (..., C, C): int64 of a column of integers, else float64.

    Raises:
        BadInput: If a cell has several rows or lies outside the classes, or if a combination of
            leading values has no row at all.
    """
    # factorize hashes, so that only the distinct values are sorted
    leading_axes = [frame[name].factorize(sort=True) for name in leading]
    shape = (*(len(values) for _, values in leading_axes), classes, classes)
    label = frame["label"].to_numpy()
    predicted = frame["predicted"].to_numpy()
    position = (*(positions for positions, _ in leading_axes), label, predicted)
    if not _is_sparse_array(position, shape):
        sizes = [f" x {size} of {name}" for name, size in zip(leading, shape, strict=False)]
        raise BadInput(
            f"counts: found {len(frame)} rows, allowed: one a cell of {classes} x {classes} "
            f"classes{''.join(sizes)}; only cells that are 0 may have none"
        )
    column = frame[value].to_numpy()
    is_integer = column.dtype.kind in "iu"
    array = np.zeros(shape, np.int64 if is_integer else np.float64)
    array[position] = column
    return array


def _is_sparse_array(position: tuple[Array, ...], shape: tuple[int, ...]) -> bool:
    """Whether indices, one array (n,) an axis, point into a shape (..., C, C), at no cell twice.

    Each of its matrices (C, C) must have a cell.
    """
    rows = len(position[0])
    if rows == 0:
        return False
    for indices, size in zip(position, shape, strict=True):
        if indices.min() < 0 or indices.max() >= size:
            return False
    cell = np.ravel_multi_index(position, shape)
    has_row = np.zeros(math.prod(shape), bool)
    has_row[cell] = True
    classes = shape[-1]
    has_cell = has_row.reshape(-1, classes**2).any(-1)
    return has_row.sum() == rows and bool(has_cell.all())


# Rates


def ratio(part: Array | float, whole: Array | float) -> Array:
    """The quotient of two arrays, nan where the divisor is zero.

    Args:
        part: Numbers; they broadcast with `whole`.
        whole: The divisors.

    Returns:
        part / whole, float64.
    """
    numerator = np.asarray(part, np.float64)
    denominator = np.asarray(whole, np.float64)
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    quotient = np.full(numerator.shape, np.nan)
    is_defined = denominator != 0
    np.divide(numerator, denominator, out=quotient, where=is_defined)
    return quotient


def diagonal(matrices: Array) -> Array:
    """The diagonal of each matrix.

    Args:
        matrices: Matrices (..., C, C).

    Returns:
        Their diagonals (..., C).
    """
    return np.diagonal(matrices, axis1=-2, axis2=-1)


def cctm(counts: Array) -> Array:
    """The class-to-class transition matrix, CCTM[..., a, b] = n[a, b] / n[a, :] (Section 2.1).

    Args:
        counts: Confusion counts (..., C, C).

    Returns:
        Rates (..., C, C), 0 to 1; the diagonal is the recall, and rows of absent classes are nan.
    """
    images = counts.sum(-1, keepdims=True)  # (..., C, 1)
    return ratio(counts, images)


def recall(counts: Array) -> Array:
    """The recall of each class.

    Args:
        counts: Confusion counts (..., C, C).

    Returns:
        Recalls (..., C), percent; nan where the class is absent.
    """
    correct = diagonal(counts)
    images = counts.sum(-1)
    return 100 * ratio(correct, images)


def accuracy(counts: Array) -> Array:
    """The fraction of images that are predicted correctly.

    Args:
        counts: Confusion counts (..., C, C).

    Returns:
        Accuracies (...), percent; nan without images.
    """
    correct = diagonal(counts).sum(-1)
    images = counts.sum(CELLS)
    return 100 * ratio(correct, images)


def row_share(counts: Array) -> Array:
    """The fraction of all errors that are made on each true class.

    Args:
        counts: Confusion counts (..., C, C).

    Returns:
        Fractions (..., C), 0 to 1; nan without errors.
    """
    images = counts.sum(-1)
    errors = images - diagonal(counts)  # (..., C)
    all_errors = errors.sum(-1, keepdims=True)  # (..., 1)
    return ratio(errors, all_errors)


def pair_share(counts: Array) -> Array:
    """The fraction of all errors that are made between two classes, either way.

    Args:
        counts: Confusion counts (..., C, C).

    Returns:
        Fractions (..., C, C), 0 to 1; over the pairs a < b they sum to 1. The diagonal is zero; nan
        without errors.
    """
    classes = counts.shape[-1]
    is_error = ~np.eye(classes, dtype=bool)
    errors = counts * is_error
    errors_of_pairs = errors + _transposed(errors)
    all_errors = errors.sum(CELLS, keepdims=True)  # (..., 1, 1)
    return ratio(errors_of_pairs, all_errors)


def symmetrised(cctm: Array) -> Array:
    """How much two classes interfere, either way: the mean of CCTM[a, b] and CCTM[b, a].

    Args:
        cctm: Rates (..., C, C).

    Returns:
        Mean rates (..., C, C).
    """
    both_ways = cctm + _transposed(cctm)
    return both_ways / 2


def _transposed(matrices: Array) -> Array:
    """The transpose of each of some matrices (..., C, C)."""
    return np.swapaxes(matrices, -1, -2)


# Rankings


def interferers(cctm: Array, row: int, threshold: float = THRESHOLD) -> list[int]:
    """The classes that interfere with a class, strongest first.

    Args:
        cctm: Rates (C, C).
        row: The class's label number.
        threshold: The rate that an interferer exceeds.

    Returns:
        Their label numbers.
    """
    rates = cctm[row]
    order = np.argsort(-rates, kind="stable")
    is_above = rates[order] > threshold
    labels = order[is_above].tolist()
    return [label for label in labels if label != row]


def both_ways(cctm: Array) -> Array:
    """How often the two classes of each pair are confused, both ways added.

    Args:
        cctm: Rates (..., C, C).

    Returns:
        CCTM[a, b] + CCTM[b, a], (..., C, C). A class without images adds nothing, so that images
        predicted as it still count; nan if both classes of a pair have no images.
    """
    other_way = np.swapaxes(cctm, -1, -2)
    total = np.nan_to_num(cctm) + np.nan_to_num(other_way)
    both_absent = np.isnan(cctm) & np.isnan(other_way)
    return np.where(both_absent, np.nan, total)


def ranked_pairs(cctm: Array, number: int | None = None) -> list[tuple[int, int, float]]:
    """Every pair of classes a < b with its rate of interference, most interfering first.

    Args:
        cctm: Rates (C, C).
        number: The number of pairs; None for all.

    Returns:
        (a, b, `both_ways`[a, b]) of each pair; pairs of two absent classes (nan) come last.
    """
    a, b = np.triu_indices(len(cctm), 1)
    rates = both_ways(cctm)[a, b]
    order = np.argsort(-rates, kind="stable")[:number]
    first = a[order].tolist()
    second = b[order].tolist()
    ranked_rates = rates[order].tolist()
    return list(zip(first, second, ranked_rates, strict=True))
