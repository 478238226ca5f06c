"""Confusion counts, and every rate that is derived from them.

`counts[..., a, b]` is the number of images of class a predicted as b (row = true class). Counts stay integers until the
last step; leading axes, such as epochs or the points of a plane, are allowed wherever a shape begins with `...`.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from interference.errors import BadInput
from interference.vocabulary import Array

if TYPE_CHECKING:
    import pandas as pd

THRESHOLD = 0.005  # Appendix 2: b interferes a where CCTM[a, b] is above it


def counts(labels: Array, predicted: Array, classes: int) -> Array:
    """Confusion counts (C, C) int64 of labels and predictions (n,); raises `ValueError` for one outside 0 to C - 1."""
    cell = np.ravel_multi_index(
        (np.asarray(labels, np.int64), np.asarray(predicted, np.int64)), (classes, classes)
    )
    return np.bincount(cell, minlength=classes**2).reshape(classes, classes)


def cells(labels: Array, predicted: Array, losses: Array, classes: int) -> tuple[Array, Array]:
    """Confusion counts (C, C) int64, and the summed losses of the images in each cell (C, C) float64.

    `losses` (n,) are cross-entropies. One that is not finite makes its cell's sum not finite, and no other's.
    """
    cell = np.ravel_multi_index(
        (np.asarray(labels, np.int64), np.asarray(predicted, np.int64)), (classes, classes)
    )
    sums = np.bincount(cell, weights=np.asarray(losses, np.float64), minlength=classes**2)
    return np.bincount(cell, minlength=classes**2).reshape(classes, classes), sums.reshape(
        classes, classes
    )


def columns(counts: Array, loss_sum: Array, **leading: Any) -> dict[str, Array]:
    """The long columns of a table: label, predicted, count and loss_sum of every cell, zero counts too.

    `counts` and `loss_sum` (..., C, C). Each of `leading` is a column of its own, given as a value or an array that
    broadcasts to `...`: `columns(counts, loss_sum, epoch=3, split=["train", "test"])` for counts (2, C, C).
    """
    *shape, classes, _ = counts.shape
    label, predicted = np.indices((classes, classes)).reshape(2, -1)
    points = int(np.prod(shape))
    given = {
        name: np.repeat(np.broadcast_to(value, shape).ravel(), classes**2)
        for name, value in leading.items()
    }
    return given | {
        "label": np.tile(label, points),
        "predicted": np.tile(predicted, points),
        "count": counts.ravel(),
        "loss_sum": loss_sum.ravel(),
    }


def from_frame(frame: "pd.DataFrame", classes: int, *leading: str, value: str = "count") -> Array:
    """One column of a table as an array (..., C, C): `columns` undone, whatever the order of the rows.

    Each of `leading` names a column whose distinct values, ascending, make an axis: `from_frame(frame, 10, "epoch")` is
    (epochs, 10, 10). Raises `BadInput` unless every cell has one row.
    """
    axes = [
        frame[name].factorize(sort=True) for name in leading
    ]  # hashes: only the distinct values are sorted
    shape = (*(len(values) for _, values in axes), classes, classes)
    where = (
        *(places for places, _ in axes),
        frame["label"].to_numpy(),
        frame["predicted"].to_numpy(),
    )
    column = frame[value].to_numpy()
    if not _each_once(where, shape):
        sizes = "".join(f" x {size} of {name}" for name, size in zip(leading, shape, strict=False))
        raise BadInput(
            f"counts: found {len(frame)} rows, allowed: one a cell of {classes} x {classes} classes{sizes}"
        )
    array = np.empty(shape, np.int64 if column.dtype.kind in "iu" else np.float64)
    array[where] = column
    return array


def _each_once(where: tuple[Array, ...], shape: tuple[int, ...]) -> bool:
    """Whether the indices, one array (n,) an axis, point at each cell of the shape exactly once."""
    if len(where[0]) == 0 or any(
        axis.min() < 0 or axis.max() >= size for axis, size in zip(where, shape, strict=True)
    ):
        return False
    times = np.bincount(np.ravel_multi_index(where, shape), minlength=int(np.prod(shape)))
    return bool((times == 1).all())


def ratio(part: Array, whole: Array) -> Array:
    """The quotient part / whole in float64, nan where the whole is zero."""
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    quotient = np.full(part.shape, np.nan)
    np.divide(part, whole, out=quotient, where=whole != 0)
    return quotient


def cctm(counts: Array) -> Array:
    """CCTM[..., a, b] = n[a, b] / n[a, :] (Section 2.1), diagonal = recall; rows of absent classes are nan."""
    return ratio(counts, counts.sum(-1, keepdims=True))


def recall(counts: Array) -> Array:
    """Recall of each class (..., C), percent; nan where the class is absent."""
    return 100 * ratio(np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(-1))


def accuracy(counts: Array) -> Array:
    """Share of images predicted right (...), percent; nan where there are none."""
    return 100 * ratio(np.trace(counts, axis1=-2, axis2=-1), counts.sum((-2, -1)))


def row_share(counts: Array) -> Array:
    """Share of all errors made on each true class (..., C), 0 to 1; nan where there are no errors."""
    errors = counts.sum(-1) - np.diagonal(counts, axis1=-2, axis2=-1)
    return ratio(errors, errors.sum(-1, keepdims=True))


def pair_share(counts: Array) -> Array:
    """Share of all errors between two classes, either way (..., C, C), 0 to 1; over the pairs a < b they sum to 1.

    The diagonal is zero; nan where there are no errors.
    """
    errors = counts * ~np.eye(counts.shape[-1], dtype=bool)
    return ratio(errors + np.swapaxes(errors, -1, -2), errors.sum((-2, -1), keepdims=True))


def interferers(cctm: Array, row: int, threshold: float = THRESHOLD) -> list[int]:
    """The classes that interfere with class `row`, strongest first: those above the threshold."""
    order = np.argsort(-cctm[row], kind="stable")
    return [int(label) for label in order if label != row and cctm[row, label] > threshold]


def symmetrised(cctm: Array) -> Array:
    """The mean of CCTM[a, b] and CCTM[b, a] (..., C, C): how much two classes interfere, either way."""
    return (cctm + np.swapaxes(cctm, -1, -2)) / 2


def both_ways(cctm: Array) -> Array:
    """Add the rates of a pair's two directions, CCTM[a, b] + CCTM[b, a].

    A class without images adds nothing, so that images predicted as it still count.

    Args:
        cctm: Rates (..., C, C).

    Returns:
        (..., C, C); nan where both classes of a pair have no images.
    """
    other_way = np.swapaxes(cctm, -1, -2)
    added = np.nan_to_num(cctm) + np.nan_to_num(other_way)
    return np.where(np.isnan(cctm) & np.isnan(other_way), np.nan, added)


def ranked_pairs(cctm: Array) -> list[tuple[int, int, float]]:
    """Every pair a < b with its rate both ways, highest first; two absent classes (nan) last."""
    first, second = np.triu_indices(len(cctm), 1)
    values = both_ways(cctm)[first, second]
    order = np.argsort(-values, kind="stable")
    return [(int(first[k]), int(second[k]), float(values[k])) for k in order]
