"""Confusion counts, and every rate that is derived from them.

`counts[..., a, b]` is the number of images of class a predicted as b (row = true class). Counts stay integers until the
last step; leading axes, such as epochs or the points of a plane, are allowed wherever a shape begins with `...`.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from interference.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

    from interference.tables import Table

Array = np.ndarray[Any, np.dtype[Any]]

NORMAL = 1.959964  # the normal distribution's 97.5 % point: half the width of a 95 % interval
THRESHOLD = 0.005  # Appendix 2: b interferes a where CCTM[a, b] is above it
PERMUTATIONS = 999  # random relabellings behind a p-value, the least of which is then 0.001


def counts(labels: Array, predicted: Array, classes: int) -> Array:
    """Confusion counts (C, C) int64 of labels and predictions (n,); raises `ValueError` for one outside 0 to C - 1."""
    cell = np.ravel_multi_index((np.asarray(labels, np.int64), np.asarray(predicted, np.int64)), (classes, classes))
    return np.bincount(cell, minlength=classes**2).reshape(classes, classes)


def cells(labels: Array, predicted: Array, losses: Array, classes: int) -> tuple[Array, Array]:
    """Confusion counts (C, C) int64, and the summed losses of the images in each cell (C, C) float64.

    `losses` (n,) are cross-entropies. One that is not finite makes its cell's sum not finite, and no other's.
    """
    cell = np.ravel_multi_index((np.asarray(labels, np.int64), np.asarray(predicted, np.int64)), (classes, classes))
    sums = np.bincount(cell, weights=np.asarray(losses, np.float64), minlength=classes**2)
    return np.bincount(cell, minlength=classes**2).reshape(classes, classes), sums.reshape(classes, classes)


def columns(counts: Array, loss_sum: Array, **leading: Any) -> dict[str, Array]:
    """The long columns of a table: label, predicted, count and loss_sum of every cell, zero counts too.

    `counts` and `loss_sum` (..., C, C). Each of `leading` is a column of its own, given as a value or an array that
    broadcasts to `...`: `columns(counts, loss_sum, epoch=3, split=["train", "test"])` for counts (2, C, C).
    """
    *shape, classes, _ = counts.shape
    label, predicted = np.indices((classes, classes)).reshape(2, -1)
    points = int(np.prod(shape))
    given = {name: np.repeat(np.broadcast_to(value, shape).ravel(), classes**2) for name, value in leading.items()}
    return given | {"label": np.tile(label, points), "predicted": np.tile(predicted, points),
                      "count": counts.ravel(), "loss_sum": loss_sum.ravel()}


def from_frame(frame: "pd.DataFrame", classes: int, *leading: str, value: str = "count") -> Array:
    """One column of a table as an array (..., C, C): `columns` undone, whatever the order of the rows.

    Each of `leading` names a column whose distinct values, ascending, make an axis: `from_frame(frame, 10, "epoch")` is
    (epochs, 10, 10). Raises `BadInput` unless every cell has one row.
    """
    axes = [np.unique(frame[name].to_numpy(), return_inverse=True) for name in leading]
    shape = (*(len(values) for values, _ in axes), classes, classes)
    where = (*(inverse for _, inverse in axes), frame["label"].to_numpy(), frame["predicted"].to_numpy())
    column = frame[value].to_numpy()
    if not _each_once(where, shape):
        sizes = "".join(f" x {size} of {name}" for name, size in zip(leading, shape, strict=False))
        raise BadInput(f"counts: found {len(frame)} rows, allowed: one a cell of {classes} x {classes} classes{sizes}")
    array = np.empty(shape, np.int64 if column.dtype.kind in "iu" else np.float64)
    array[where] = column
    return array


def _each_once(where: tuple[Array, ...], shape: tuple[int, ...]) -> bool:
    """Whether the indices, one array (n,) an axis, point at each cell of the shape exactly once."""
    if len(where[0]) == 0 or any(axis.min() < 0 or axis.max() >= size for axis, size in zip(where, shape, strict=True)):
        return False
    times = np.bincount(np.ravel_multi_index(where, shape), minlength=int(np.prod(shape)))
    return bool((times == 1).all())


def test_counts(table: "Table") -> Array:
    """The confusion counts (C, C) of a run's final weights on the test set, from its cctm table."""
    return from_frame(table.frame[table.frame["split"] == "test"], len(table.classes))


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


def ranked_pairs(cctm: Array) -> list[tuple[int, int, float]]:
    """Every pair a < b with CCTM[a, b] + CCTM[b, a], most interfering first; pairs of absent classes (nan) last."""
    first, second = np.triu_indices(len(cctm), 1)
    values = cctm[first, second] + cctm[second, first]
    order = np.argsort(-values, kind="stable")
    return [(int(first[k]), int(second[k]), float(values[k])) for k in order]


def wilson(k: Array | int, n: Array | int) -> tuple[Array, Array]:
    """The 95 % interval (low, high) of the proportion behind k successes in n trials: Wilson's score interval (1927).

    Arrays that broadcast; nan where n is 0.
    """
    k, n = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64))
    middle = (k + NORMAL**2 / 2) / (n + NORMAL**2)
    half = NORMAL * np.sqrt(ratio(k * (n - k), n) + NORMAL**2 / 4) / (n + NORMAL**2)
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def sum_interval(k1: Array | int, n1: Array | int, k2: Array | int, n2: Array | int) -> tuple[Array, Array]:
    """The 95 % interval (low, high) of the sum p1 + p2 of two independent proportions, from k1 of n1 and k2 of n2.

    The distances of both Wilson limits from their estimates, added in squares: Newcombe's hybrid score interval
    (1998, method 10) for a sum, which Zou and Donner (2008) call MOVER. Of 1,000 images a class it covered 93.5 to
    95.3 % at rates of 0.05 to 8 %, in simulation. Arrays that broadcast; nan where an n is 0.
    """
    first, second = ratio(np.asarray(k1), np.asarray(n1)), ratio(np.asarray(k2), np.asarray(n2))
    (low1, high1), (low2, high2) = wilson(k1, n1), wilson(k2, n2)
    both = first + second
    return both - np.hypot(first - low1, second - low2), both + np.hypot(high1 - first, high2 - second)


def difference_interval(k1: Array | int, n1: Array | int, k2: Array | int, n2: Array | int) -> tuple[Array, Array]:
    """The 95 % interval (low, high) of the difference p1 - p2 of two independent proportions: Newcombe's hybrid score.

    It is that of p1 + (1 - p2), less 1. Arrays that broadcast; nan where an n is 0.
    """
    low, high = sum_interval(k1, n1, np.asarray(n2) - k2, n2)
    return low - 1, high - 1


def pair_intervals(counts: Array) -> tuple[Array, Array]:
    """The 95 % intervals (low, high), each (..., C, C), of CCTM[a, b] + CCTM[b, a]: `sum_interval` of two rows' cells.

    Pair by pair: the one that was ranked first for its large value is, on average, a little less. The diagonal, where
    the two are one, means nothing and is nan.
    """
    sizes, back = np.broadcast_to(counts.sum(-1, keepdims=True), counts.shape), np.swapaxes(counts, -1, -2)
    diagonal = np.eye(counts.shape[-1], dtype=bool)
    low, high = sum_interval(counts, sizes, back, np.swapaxes(sizes, -1, -2))
    return np.where(diagonal, np.nan, low), np.where(diagonal, np.nan, high)


def symmetry(cctm: Array, seed: int = 0) -> tuple[float, float]:
    """Spearman correlation of the upper with the lower triangle, and its two-sided permutation p."""
    return pair_correlation(cctm, cctm.T, seed)


def pair_correlation(first: Array, second: Array, seed: int = 0) -> tuple[float, float]:
    """Spearman correlation of two (C, C) matrices over the pairs a < b, and its two-sided permutation p.

    The p is Mantel's: the classes of `second` are relabelled at random, since pairs that share a class are not
    independent. Classes that have a value with no other (nan) are left out; both figures are nan where fewer than two
    values are left.
    """
    labels = known(first, second)
    first, second = (matrix[np.ix_(labels, labels)] for matrix in (first, second))
    upper = np.triu_indices(len(labels), 1)
    found = spearman(first[upper], second[upper])
    if not np.isfinite(found):
        return np.nan, np.nan
    orders = np.random.default_rng(seed).permuted(np.tile(np.arange(len(labels)), (PERMUTATIONS, 1)), axis=1)
    x, y = ranks(first[upper]), _relabelled_ranks(second, orders)
    y -= x.mean()  # which is the mean of any ranks
    chance = ratio(y @ (x - x.mean()), np.linalg.norm(x - x.mean()) * np.linalg.norm(y, axis=1))
    extreme = np.count_nonzero(np.abs(chance) >= abs(found) - 1e-12)
    return found, (1 + extreme) / (1 + PERMUTATIONS)


def known(first: Array, second: Array) -> Array:
    """The label numbers (k,) of the classes that have a value with some other one in both of two (C, C) matrices."""
    others = ~np.eye(len(first), dtype=bool)
    return np.flatnonzero((others & np.isfinite(first) & np.isfinite(second)).any(1))


def _relabelled_ranks(matrix: Array, orders: Array) -> Array:
    """The ranks (k, pairs) of a matrix (C, C) over the pairs a < b, with its classes in each of k orders (k, C)."""
    upper = np.triu_indices(len(matrix), 1)
    first, second = (orders[:, side] for side in upper)
    if not np.allclose(matrix, matrix.T, rtol=1e-9, atol=0, equal_nan=True):  # every order has another triangle
        return np.stack([ranks(row) for row in matrix[first, second]])
    ranked = np.zeros_like(matrix, np.float64)
    ranked[upper] = ranks(matrix[upper])
    return (ranked + ranked.T)[first, second]


def spearman(x: Array, y: Array) -> float:
    """Spearman's rank correlation of two (n,) arrays, nan entries left out; nan where either is constant."""
    both = np.isfinite(x) & np.isfinite(y)
    return float(correlations(np.stack([ranks(x[both]), ranks(y[both])]))[0, 1])


def ranks(values: Array) -> Array:
    """Ranks (n,) from 1, equal values sharing their mean rank."""
    _, inverse, ties = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(ties) - (ties - 1) / 2)[inverse.ravel()]


def correlations(rows: Array) -> Array:
    """Pearson correlations (k, k) of the rows of a (k, n) array; nan where a row is constant."""
    moving = (rows != rows[:, :1]).any(-1, keepdims=True)
    centred = np.where(moving, rows - rows.sum(-1, keepdims=True) / max(1, rows.shape[-1]), 0)
    norms = np.sqrt((centred**2).sum(-1))
    return ratio(centred @ centred.T, np.outer(norms, norms))
