"""The mean of the last epochs, and of which trainings there is one."""

import doctest
import json
from pathlib import Path

import numpy as np
import pytest

from interference.confusion import by_epoch
from interference.learning.history import History
from interference.learning.training_run import save_metrics


def test_the_late_mean_is_of_the_last_ten_epochs_of_fifty_or_more():
    curve = np.random.default_rng(0).uniform(0, 100, 50)
    assert by_epoch.late_mean(curve) == pytest.approx(sum(curve[40:].tolist()) / 10)
    assert np.isnan(by_epoch.late_mean(curve[1:]))


def test_the_example_runs():
    failed, tried = doctest.testmod(by_epoch)
    assert (failed, tried) == (0, 1)


@pytest.mark.parametrize("epochs", [0, 3, 49, 50, 60])
def test_metrics_hold_the_late_mean_of_a_training_that_has_one(epochs: int, tmp_path: Path):
    right = np.random.default_rng(epochs).integers(0, 100, (epochs, 2))
    counts = [np.array([[a, 100 - a], [100 - b, b]]) for a, b in right]
    past = History()
    for epoch, of_epoch in enumerate(counts, 1):
        past.add("test", of_epoch, 0.5 * of_epoch, epoch)
    save_metrics(tmp_path / "metrics.json", past, 90.0)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    late = {"last10_accuracy": pytest.approx(right[-10:].mean())} if epochs >= 50 else {}
    assert metrics == {"test_accuracy": 90.0, **late}
