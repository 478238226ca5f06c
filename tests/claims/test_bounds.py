"""Bounds of flat areas: the bootstrap over images, tried on simulated planes."""

import numpy as np
import pytest

from interference.claims import bounds
from interference.claims.rules import is_less
from interference.io.tables import Table
from interference.surfaces import Surface, flatness, from_table
from tests.judged import BOWL, evidence, plane

EPSILON = 5.0  # percentage points
IMAGES = 1000  # of each class


def sampled(steepness: float, seed: int) -> Surface:
    """A plane whose error rate is a bowl, seen on 1,000 images a class at each point."""
    _, table = plane("cat-dog", 0.05 + steepness * BOWL)
    rng = np.random.default_rng(seed)
    frame = table.frame.copy()
    is_wrong = frame["label"] != frame["predicted"]
    is_used = frame["count"] > 0
    rates = (0.05 + steepness * BOWL).clip(0, 1)[frame["i"], frame["j"]]
    is_next = frame["predicted"] == (frame["label"] + 1) % 10
    wrong = rng.binomial(IMAGES, rates)
    keys = ["i", "j", "label"]
    frame["wrong"] = np.where(is_next, wrong, 0)
    by_class = frame.groupby(keys)["wrong"].transform("max")
    frame["count"] = np.where(is_next, frame["wrong"], np.where(is_wrong, 0, IMAGES - by_class))
    assert is_used.any()
    return from_table(Table(frame.drop(columns="wrong"), table.meta))


def truth(steepness: float) -> float:
    """The flat fraction of the plane without sampling, on the same grid."""
    rates = 100 * (0.05 + steepness * BOWL).clip(0, 1)
    return float(flatness.flat_share(rates, EPSILON))


@pytest.mark.slow
def test_the_interval_of_a_flat_area_holds_the_truth():
    steepness = 0.12
    inside = 0
    for seed in range(40):
        fraction = bounds.flat_fraction(evidence(), sampled(steepness, seed))
        inside += fraction.low <= truth(steepness) <= fraction.high
    assert inside / 40 >= 0.9


@pytest.mark.slow
def test_equal_flat_areas_are_seldom_told_apart_and_unequal_ones_are():
    told = {0.12: 0, 0.2: 0}
    for steepness in told:
        for seed in range(20):
            first = bounds.flat_fraction(evidence(), sampled(steepness, 100 + seed))
            second = bounds.flat_fraction(evidence(), sampled(0.12, seed))
            told[steepness] += is_less(first, second) is not None
    assert told[0.12] <= 2
    assert told[0.2] == 20


def test_a_flat_area_is_that_of_its_polygon_to_within_a_sixteenth_of_a_cell():
    """The error rate rises along axis 0 alone, so that the flat area is a rectangle."""
    steps = np.linspace(-1, 1, 9)
    rates = np.broadcast_to(40 * np.abs(steps)[:, None], (9, 7))
    half = EPSILON / 40  # the axes are 2 long
    corners = np.array([[-half, -1], [half, -1], [half, 1], [-half, 1]]) / 2  # of a unit plane
    x, y = corners.T
    polygon = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2  # the shoelace formula
    sixteenth = 1 / (16 * 8)  # of the eight cells along axis 0
    assert flatness.flat_share(rates, EPSILON) == pytest.approx(polygon, abs=1.01 * sixteenth)
