"""A claim a test: points are decided on few images, and wrongly no more often than is stated."""

from itertools import pairwise

import numpy as np
import pytest

from interference.confusion import sample_interval
from interference.confusion.flat_test import ABOVE, BELOW, UNDECIDED, FlatTest, flat_test
from interference.confusion.sample_interval import interval


def decided(test: FlatTest, totals: np.ndarray, rng: np.random.Generator) -> tuple:
    """The sides of points with known numbers of errors, and the images that each has seen.

    Args:
        test: The test.
        totals: The errors of each point among all images.
        rng: The source of the points' orders of the images.
    """
    errors = np.zeros_like(totals)
    sides = np.zeros_like(totals)
    seen = np.zeros_like(totals)
    drawn = 0
    for look in test.looks:
        left = totals - errors
        errors += rng.hypergeometric(left, test.population - drawn - left, look - drawn)
        drawn = look
        is_open = sides == UNDECIDED
        distinct, places = np.unique(errors[is_open], return_inverse=True)
        answers = np.array([test.side(int(number), look) for number in distinct], int)
        sides[is_open] = answers[places]
        seen[is_open] = look
        if sides.all():
            break
    return sides, seen


def test_the_threshold_is_the_errors_of_w_star_and_a_margin():
    assert flat_test(30, 1000, 5.0, 9).most == 80
    assert flat_test(3, 10, 25.0, 9).most == 5
    assert flat_test(900, 1000, 50.0, 9).most == 1000


def test_looks_grow_to_all_images():
    looks = FlatTest(50_000, 3000, 361).looks
    assert looks[0] == 64
    assert looks[-1] == 50_000
    assert all(1.4 < later / look <= 1.5 for look, later in pairwise(looks[:-1]))
    assert FlatTest(50, 5, 9).looks == (50,)


@pytest.mark.parametrize("most", [0, 20, 150, 300])
def test_a_point_is_decided_where_its_interval_leaves_the_threshold_on_one_side(most: int):
    test = FlatTest(300, most, 9)
    for look in test.looks:
        for errors in range(0, look + 1, 7):
            low, high = (bound * 300 for bound in interval(errors, look, 300, test.alpha))
            side = ABOVE if round(low) > most else BELOW if round(high) <= most else UNDECIDED
            assert test.side(errors, look) == side


def test_with_all_images_the_threshold_itself_is_flat():
    test = FlatTest(500, 60, 9)
    assert test.side(60, 500) == BELOW
    assert test.side(61, 500) == ABOVE


@pytest.mark.parametrize("confidence", [0.99, 0.5])
def test_planes_at_the_threshold_itself_are_wrong_no_more_often_than_is_stated(
    confidence: float, monkeypatch: pytest.MonkeyPatch
):
    """A thousand planes, each of 25 points with the threshold's errors or one error more."""
    monkeypatch.setattr(sample_interval, "CONFIDENCE", confidence)
    test = flat_test(100, 2000, 5.0, 25)
    rng = np.random.default_rng(0)
    is_flat = np.arange(25_000) % 2 == 0
    totals = np.where(is_flat, test.most, test.most + 1)
    sides, _ = decided(test, totals, rng)
    is_wrong = (sides == BELOW) != is_flat
    wrong_planes = is_wrong.reshape(1000, 25).any(1).sum()
    assert wrong_planes <= 1000 * (1 - confidence)
    if confidence == 0.5:  # errors do occur, so the bound can fail
        assert wrong_planes > 10


def test_points_far_from_the_threshold_are_decided_rightly_on_few_images():
    test = flat_test(1500, 50_000, 5.0, 361)
    rng = np.random.default_rng(1)
    rates = np.repeat([0.03, 0.2, 0.9], 1000)
    sides, seen = decided(test, np.rint(rates * 50_000).astype(int), rng)
    near, middle, far = seen.reshape(3, 1000).mean(1)
    assert ((sides == BELOW) == (rates < 0.08)).all()
    assert far == 64
    assert middle < 500
    assert near < 1500
