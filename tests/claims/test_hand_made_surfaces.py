"""Surfaces made by hand, on decided points: areas and lengths come out within their intervals."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from interference import surfaces
from interference.claims import bounds
from interference.classes import Classes
from interference.confusion.flat_test import flat_test
from interference.landscape import adaptive_sampling
from interference.landscape.sweep import first_passes
from interference.surfaces import Surface, flatness
from tests.judged import evidence

IMAGES = 20_000
POINTS = 19
THETA = np.linspace(-1, 1, POINTS)
AXES = np.array([0, 45, 90, 135])  # degrees, of cuts through w*
LETTERS = Classes(("a", "b"), ("alpha", "beta"))
EPSILON = 5.0  # percentage points
OWN = 7.0  # percent: the error rate at w*


def cone(theta_1: np.ndarray, theta_2: np.ndarray) -> np.ndarray:
    """It rises by 5 points at a radius of 0.45."""
    return OWN + EPSILON / 0.45 * np.hypot(theta_1, theta_2)


def ridge(theta_1: np.ndarray, theta_2: np.ndarray) -> np.ndarray:
    """It rises by 5 points at 0.4 along theta_1 and at 0.8 along theta_2."""
    return OWN + EPSILON * np.maximum(np.abs(theta_1) / 0.4, np.abs(theta_2) / 0.8)


def plateau(theta_1: np.ndarray, theta_2: np.ndarray) -> np.ndarray:
    """A cone up to the limit itself, at 0.3; beyond 0.7 a wall."""
    radius = np.hypot(theta_1, theta_2)
    height = np.minimum(EPSILON / 0.3 * radius, EPSILON)
    return OWN + height + 100 * np.maximum(0, radius - 0.7)


def shape(rate: Callable[[np.ndarray, np.ndarray], np.ndarray], edge: float = 1.0) -> np.ndarray:
    """Whole numbers of errors among all images at the points of a plane, (points, points)."""
    rates = rate(edge * THETA[:, None], edge * THETA[None, :])
    return np.round(IMAGES * rates / 100).astype(int)


def of_errors(errors: np.ndarray, images: np.ndarray, edge: float = 1.0) -> Surface:
    """A plane of these numbers of errors among these numbers of images."""
    counts = np.zeros((POINTS, POINTS, 2, 2), np.int64)
    counts[..., 0, 0] = images - errors
    counts[..., 0, 1] = errors
    theta = edge * THETA
    return Surface(theta, theta, counts, 0.0 * counts, (0, 1), "step", "toy", LETTERS, np.eye(2))


def decided(errors: np.ndarray, seed: int, edge: float = 1.0, tolerance: float = 0.02) -> Surface:
    """The plane as a sweep with decided points sees it: errors are at random among the images."""
    rng = np.random.default_rng(seed)
    centre = POINTS // 2
    test = flat_test(int(errors[centre, centre]), IMAGES, EPSILON, POINTS**2)
    is_wrong = {}
    for place in np.ndindex(errors.shape):
        order = np.zeros(IMAGES, np.int64)
        order[: errors[place]] = 1
        is_wrong[place] = np.concatenate([[0], rng.permutation(order).cumsum()])

    def evaluate_at(place: tuple[int, int]) -> adaptive_sampling.Evaluate:
        def evaluate(first: int, last: int) -> adaptive_sampling.Cells:
            wrong = is_wrong[place][last] - is_wrong[place][first]
            counts = np.array([[last - first - wrong, wrong], [0, 0]])
            return counts, 0.0 * counts

        return evaluate

    rows = {}
    for i in range(POINTS):
        rows[i] = [
            adaptive_sampling.decided_cells(evaluate_at((i, j)), test) for j in range(POINTS)
        ]
    rows[centre][centre] = evaluate_at((centre, centre))(0, IMAGES)
    for i, task in first_passes(rows, test).items():
        for j in task.near_outline:
            cells = rows[i][j]
            rows[i][j] = adaptive_sampling.estimated_cells(
                evaluate_at((i, j)), test, cells, tolerance
            )
    counts = np.array([[counts for counts, _ in rows[i]] for i in range(POINTS)])
    return replace(of_errors(errors, np.full(errors.shape, IMAGES), edge), counts=counts, test=test)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [cone, ridge, plateau])
def test_the_flat_area_and_the_lengths_of_a_decided_plane_are_within_their_intervals(
    rate: Callable[[np.ndarray, np.ndarray], np.ndarray],
):
    errors = shape(rate)
    exact = of_errors(errors, np.full(errors.shape, IMAGES))
    rates = surfaces.mistake_rate(exact)
    area = flatness.flat_share(rates, EPSILON)
    lengths = flatness.flat_lengths(exact, rates, AXES, EPSILON)
    areas_held = 0
    lengths_held = np.zeros(len(AXES), int)
    for seed in range(4):
        plane = decided(errors, seed)
        assert plane.counts.sum((-2, -1)).mean() < IMAGES / 2
        fraction = bounds.flat_fraction(evidence(), plane)
        assert not fraction.remark
        assert 0 < fraction.low < fraction.high < 1.3 * area
        areas_held += fraction.low <= area <= fraction.high
        for place, length in enumerate(bounds.flat_lengths(evidence(), plane, AXES)):
            assert not length.remark
            lengths_held[place] += length.low <= lengths[place] <= length.high
    assert areas_held == 4
    assert lengths_held.min() >= 3
    assert lengths_held.sum() >= 14  # of 16


def test_the_flat_area_of_a_cone_within_a_cell_comes_out_on_its_zoom():
    """A circle of 0.045 on a plane with cells of 0.11, and on a zoom with cells of 0.011."""

    def spike(theta_1: np.ndarray, theta_2: np.ndarray) -> np.ndarray:
        return np.minimum(cone(10 * theta_1, 10 * theta_2), 90)

    wide = decided(shape(spike), 0)
    assert bounds.flat_fraction(evidence(), wide).remark == bounds.UNRESOLVED_AREA
    zoom = decided(shape(spike, edge=0.1), 1, edge=0.1)
    fraction = bounds.flat_fraction(evidence(), replace(wide, zoom=zoom))
    truth = np.pi * 0.045**2 / 4
    assert not fraction.remark
    assert fraction.low <= truth <= fraction.high
    assert fraction.figure == pytest.approx(truth, rel=0.1)
