"""A small net for a CPU, in the spirit of the fastest CIFAR-10 recipes (Jordan 2024, 'airbench').

    image -> conv 24 -> block 64 -> block 256 -> block 256 -> max over what is left -> linear, no bias -> 0.2 x logits

A block is conv - max-pool - batch norm - GELU - conv - batch norm - GELU, its convs 3 x 3 without bias: pooling comes
right after the first conv, so that the rest of the block works on a quarter of the positions. The first conv is 2 x 2
without padding: sides of 32 then go 31, 15, 7, 3, a fifth less work than 32, 16, 8, 4.
"""

import torch
from torch import nn


def build(classes: int, channels: int) -> nn.Module:
    """The small net: (n, channels, H, W) -> logits (n, classes), H, W >= 9; 1,972,792 parameters for CIFAR-10."""
    return nn.Sequential(
        nn.Conv2d(channels, 24, kernel_size=2),  # (n, 24, H - 1, W - 1)
        nn.GELU(),
        block(24, 64),
        block(64, 256),
        block(256, 256),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(256, classes, bias=False),
        Scale(0.2),
    )


def block(inputs: int, outputs: int) -> nn.Module:
    """Two convs and a pool: (n, inputs, H, W) -> (n, outputs, H // 2, W // 2)."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(outputs),
        nn.GELU(),
        nn.Conv2d(outputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.GELU(),
    )


class Scale(nn.Module):
    """Multiplication by a constant."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The same shape, every entry times the factor."""
        return x * self.factor
