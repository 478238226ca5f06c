"""The learning rate without PyTorch, held equal to that of the training."""

from dataclasses import asdict

import numpy as np
import pytest

from interference.learning import optim
from interference.params import Optim
from interference.study import learning_rate


@pytest.mark.parametrize("schedule", optim.SCHEDULES)
@pytest.mark.parametrize("warmup", [0.0, 0.3])
def test_the_rate_half_way_through_an_epoch_is_that_of_the_training(schedule, warmup):
    setup = Optim(0.3, schedule, 0.9, 0.0, 128, 7, warmup=warmup)
    epochs = np.arange(1, 8)
    rates = learning_rate.in_the_middle_of(asdict(setup), epochs)
    expected = [optim.learning_rate(setup, epoch - 0.5) for epoch in epochs]
    assert rates == pytest.approx(expected)
