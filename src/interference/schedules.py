"""The learning rate of a training configuration (set-up) over time.

A time is a number of epochs: 2.5 is half-way through the third epoch.
"""

from collections.abc import Callable
from math import cos, pi
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interference.params import Optim

GAMMA = 0.1  # PyTorch's default of its step schedules
FIRST = 1 / 25  # PyTorch's defaults of one-cycle: the first rate as a fraction of the largest, ...
LAST = FIRST / 1e4  # ... and the last


def constant(setup: "Optim", epoch: float) -> float:
    """The same rate in all epochs."""
    return setup.lr


def cosine(setup: "Optim", epoch: float) -> float:
    """Half a cosine from the full rate to zero, changed once per epoch.

    The schedule of Loshchilov and Hutter (2016) without restarts.
    """
    angle = pi * int(epoch) / setup.epochs
    return setup.lr * (1 + cos(angle)) / 2


def triangle(setup: "Optim", epoch: float) -> float:
    """Linear from the full rate to zero, after the warm-up."""
    done = epoch / setup.epochs
    falling = (1 - done) / (1 - setup.warmup)
    return setup.lr * min(1.0, falling)


def step(setup: "Optim", epoch: float) -> float:
    """The full rate, multiplied by `gamma` after each of the milestones."""
    passed = [milestone for milestone in setup.milestones or () if milestone <= epoch]
    gamma = GAMMA if setup.gamma is None else setup.gamma
    return setup.lr * gamma ** len(passed)


def one_cycle(setup: "Optim", epoch: float) -> float:
    """Half a cosine up to the full rate during the warm-up, then half a cosine almost to zero.

    The schedule of Smith and Topin (2018), with the shape and the defaults of PyTorch's OneCycleLR.
    The full rate is reached when the fraction `warmup` of all steps is done, the last rate when
    all are.
    """
    done = epoch / setup.epochs
    if done < setup.warmup:
        return setup.lr * _half_cosine(FIRST, 1.0, done / setup.warmup)
    return setup.lr * _half_cosine(1.0, LAST, (done - setup.warmup) / (1 - setup.warmup))


def _half_cosine(first: float, last: float, part: float) -> float:
    """A value on half a cosine from the first to the last value, at a part from 0 to 1 of it."""
    return last + (first - last) * (1 + cos(pi * part)) / 2


SCHEDULES: dict[str, Callable[["Optim", float], float]] = {
    "constant": constant,
    "cosine": cosine,
    "triangle": triangle,
    "step": step,
    "one_cycle": one_cycle,
}


def learning_rate(setup: "Optim", epoch: float) -> float:
    """The learning rate at a time of the training.

    During the fraction `setup.warmup` of the steps, the rate of the schedule is multiplied by a
    factor that rises linearly from zero to one. `one_cycle` has a warm-up of its own shape.

    Args:
        setup: The training configuration.
        epoch: The time in epochs: 2.5 is half-way through the third epoch.
    """
    rate = SCHEDULES[setup.schedule](setup, epoch)
    done = epoch / setup.epochs if setup.epochs else 0.0
    if setup.schedule == "one_cycle" or done >= setup.warmup:
        return rate
    return rate * (done / setup.warmup)
