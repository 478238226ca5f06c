"""Tiny nets for tests of algebra: exact in float64, of unequal sizes."""

import torch
from torch import nn


def with_batch_norm(classes: int = 3) -> nn.Module:
    """A conv net for 2 x 5 x 4 images whose batch norm has seen some data."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(24, classes)
    ).double()
    net.train()
    net(torch.randn(9, 2, 5, 4, dtype=torch.float64))
    return net


def without(classes: int = 3) -> nn.Module:
    """A net without batch norm."""
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(40, 5), nn.Tanh(), nn.Linear(5, classes)).double()


class Tied(nn.Module):
    """A net that uses one weight twice."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.once, self.twice = (
            nn.Linear(40, 6, dtype=torch.float64),
            nn.Linear(6, 6, dtype=torch.float64),
        )
        self.last = nn.Linear(6, classes, dtype=torch.float64)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.twice(torch.tanh(self.twice(torch.tanh(self.once(x.flatten(1)))))))


NETS = {"batch norm": with_batch_norm, "no batch norm": without, "tied": Tied}


def data(sizes: tuple[int, ...] = (7, 4, 2)) -> tuple[torch.Tensor, torch.Tensor]:
    """Random inputs (n, 2, 5, 4) float64 and labels (n,), classes of unequal sizes, mixed."""
    generator = torch.Generator().manual_seed(3)
    labels = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    labels = labels[torch.randperm(len(labels), generator=generator)]
    return torch.randn(len(labels), 2, 5, 4, dtype=torch.float64, generator=generator), labels
