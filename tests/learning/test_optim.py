"""A claim a test: learning rates just before and after every change, and SGD as the set-up says."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from interference.learning.optim import SCHEDULES, learning_rate, sgd
from interference.params import SCHEDULES as NAMES
from interference.params import Optim

PAPER = Optim(
    lr=0.1, schedule="cosine", momentum=0.9, weight_decay=5e-4, batch_size=128, epochs=200
)


def test_the_registry_is_what_params_allows():
    assert set(SCHEDULES) == set(NAMES)


def test_cosine_steps_once_an_epoch_from_the_full_rate_to_almost_zero():
    assert learning_rate(PAPER, 0.999) == learning_rate(PAPER, 0) == 0.1
    assert learning_rate(PAPER, 1) == pytest.approx(0.1 * 0.99993831)
    assert learning_rate(PAPER, 100) == pytest.approx(0.05)
    assert (
        learning_rate(PAPER, 199.9)
        == learning_rate(PAPER, 199)
        == pytest.approx(0.1 * 6.1683e-5, rel=1e-4)
    )


def test_constant_never_changes():
    assert {
        learning_rate(replace(PAPER, schedule="constant"), epoch) for epoch in (0, 0.5, 199.99)
    } == {0.1}


def test_triangle_rises_over_the_warm_up_and_falls_to_zero():
    setup = replace(PAPER, schedule="triangle", warmup=0.2, epochs=10)
    rates = [learning_rate(setup, epoch) for epoch in (0, 1, 2, 6, 10)]
    assert rates == pytest.approx([0, 0.05, 0.1, 0.05, 0])


def test_triangle_without_warm_up_only_falls():
    assert learning_rate(replace(PAPER, schedule="triangle", epochs=10), 0) == 0.1


def test_sgd_is_momentum_and_weight_decay_on_every_parameter():
    net = nn.Linear(2, 3)
    weight, bias = net.weight.detach().clone(), net.bias.detach().clone()
    optimiser = sgd(net, PAPER)
    velocity = torch.zeros_like(bias)
    for _ in range(3):
        optimiser.zero_grad()
        net(torch.ones(1, 2)).sum().backward()
        optimiser.step()
        velocity = 0.9 * velocity + 1 + 5e-4 * bias
        bias = bias - 0.1 * velocity
    assert torch.allclose(net.bias, bias)
    assert not torch.equal(net.weight, weight)
