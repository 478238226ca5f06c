"""The mean of the last epochs, and of which trainings there is one."""

import doctest

import numpy as np
import pytest

from interference import ending


def test_the_late_mean_is_of_the_last_ten_epochs_of_fifty_or_more():
    curve = np.random.default_rng(0).uniform(0, 100, 50)
    assert ending.late_mean(curve) == pytest.approx(sum(curve[40:].tolist()) / 10)
    assert np.isnan(ending.late_mean(curve[1:]))


def test_the_example_runs():
    failed, tried = doctest.testmod(ending)
    assert (failed, tried) == (0, 1)
