"""A claim a test: learning rates just before and after every change, and SGD as the set-up says."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from interference.learning.optim import (
    OPTIMIZERS,
    adamw,
    new_optimiser,
    set_rate,
    sgd,
)
from interference.params import OPTIMIZERS as OPTIMIZER_NAMES
from interference.params import SCHEDULES as NAMES
from interference.params import Optim
from interference.schedules import SCHEDULES, learning_rate

PAPER = Optim(
    lr=0.1, schedule="cosine", momentum=0.9, weight_decay=5e-4, batch_size=128, epochs=200
)


def test_the_registry_is_what_params_allows():
    assert set(SCHEDULES) == set(NAMES)
    assert set(OPTIMIZERS) == set(OPTIMIZER_NAMES)


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


def test_without_an_optimizer_a_set_up_trains_by_sgd():
    assert isinstance(new_optimiser(nn.Linear(2, 3), PAPER), torch.optim.SGD)
    chosen = new_optimiser(nn.Linear(2, 3), replace(PAPER, optimizer="adamw"))
    assert isinstance(chosen, torch.optim.AdamW)


def test_adamw_is_pytorchs_step_for_step():
    setup = replace(PAPER, lr=0.01, weight_decay=0.05, momentum=0.8, optimizer="adamw")
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3))
    other = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3))
    other.load_state_dict(net.state_dict())
    mine = adamw(net, setup)
    theirs = torch.optim.AdamW(
        other.parameters(), lr=0.01, betas=(0.8, 0.999), weight_decay=0.05, foreach=False
    )
    inputs = torch.randn(5, 2)
    for step in range(5):
        rate = 0.01 / (1 + step)
        set_rate(mine, rate)
        set_rate(theirs, rate)
        for module, optimiser in ((net, mine), (other, theirs)):
            optimiser.zero_grad()
            module(inputs).square().sum().backward()
            optimiser.step()
        for weight, expected in zip(net.parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(weight, expected, rtol=1e-5, atol=1e-7)


def rates_of(scheduler_of, steps: int, lr: float = 0.1) -> list[float]:
    """The learning rates of a scheduler of PyTorch at each of some steps."""
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)
    scheduler = scheduler_of(optimiser)
    rates = []
    for _ in range(steps):
        rates.append(scheduler.get_last_lr()[0])
        optimiser.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize("gamma", [None, 0.5])
def test_step_is_pytorchs_multi_step(gamma: float | None):
    setup = replace(PAPER, schedule="step", epochs=10, milestones=(3, 7), gamma=gamma)
    theirs = rates_of(
        lambda optimiser: torch.optim.lr_scheduler.MultiStepLR(optimiser, [3, 7], gamma or 0.1), 10
    )
    assert [learning_rate(setup, epoch) for epoch in range(10)] == pytest.approx(theirs)
    assert learning_rate(setup, 2.99) == 0.1  # it falls with the first step after the third epoch


def test_one_cycle_is_pytorchs_step_for_step():
    """PyTorch counts from the first step to the last, we count until after the last: one more."""
    steps, epochs, warmup = 40, 4, 0.25
    setup = replace(PAPER, schedule="one_cycle", epochs=epochs, warmup=warmup)
    theirs = rates_of(
        lambda optimiser: torch.optim.lr_scheduler.OneCycleLR(
            optimiser,
            max_lr=0.1,
            total_steps=steps + 1,
            pct_start=(warmup * steps + 1) / (steps + 1),
        ),
        steps,
    )
    ours = [learning_rate(setup, step * epochs / steps) for step in range(steps)]
    assert ours == pytest.approx(theirs)
    assert max(ours) == learning_rate(setup, warmup * epochs) == 0.1


@pytest.mark.parametrize("schedule", ["constant", "cosine", "step"])
def test_a_warm_up_multiplies_the_rates_of_a_schedule_by_a_rising_line(schedule: str):
    milestones = (2, 6) if schedule == "step" else None
    plain = replace(PAPER, schedule=schedule, epochs=8, milestones=milestones)
    warm = replace(plain, warmup=0.5)
    for epoch, factor in {0: 0.0, 0.5: 0.125, 1: 0.25, 3: 0.75, 4: 1.0, 6.5: 1.0}.items():
        assert learning_rate(warm, epoch) == pytest.approx(factor * learning_rate(plain, epoch))
        assert learning_rate(replace(plain, warmup=0.0), epoch) == learning_rate(plain, epoch)
