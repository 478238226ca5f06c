"""SimpleDLA for small images: deep layer aggregation (Yu et al. 2017) reduced to binary trees.

    image -> conv 16 -> conv 16 -> conv 32 -> tree of depth 1, 64 -> depth 2, 128, half the side -> depth 2, 256, half
          -> depth 1, 512, half -> mean over what is left -> linear -> logits

A tree T of depth d runs two trees of depth d - 1 one after the other and merges their outputs:

    T_0(x) = B(x)        T_d(x) = R(a, b)  with  a = T_{d-1}(x),  b = T_{d-1}(a)

The leaf B is the residual block of He et al. (2016); the root R stacks its inputs along the channels and mixes them by
a 1 x 1 conv. So 2^d blocks stand in a row, and roots merge them two by two. Convs, 3 x 3 elsewhere, have no bias;
batch norm and ReLU follow each, in a block the second ReLU only after the sum. `dla_full` has the paper's trees.
"""

from collections.abc import Callable

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock

STEM = (16, 16, 32)
STAGES = ((1, 64, 1), (2, 128, 2), (2, 256, 2), (1, 512, 2))  # depth, channels, stride of each tree


def build(classes: int, channels: int) -> nn.Module:
    """SimpleDLA: (n, channels, H, W) -> logits (n, classes); 15,142,970 parameters for CIFAR-10."""
    return row_of_trees(tree, classes, channels)


def row_of_trees(
    grow: Callable[[int, int, int, int], nn.Module], classes: int, channels: int
) -> nn.Module:
    """A net whose trees come from grow(depth, inputs, outputs, stride): (n, channels, H, W) -> logits (n, classes)."""
    layers, width = [], channels
    for outputs in STEM:
        layers.append(conv(width, outputs, 3))  # (n, outputs, H, W)
        width = outputs
    for depth, outputs, stride in STAGES:
        layers.append(grow(depth, width, outputs, stride))  # (n, outputs, H / stride, W / stride)
        width = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes))


def tree(depth: int, inputs: int, outputs: int, stride: int) -> nn.Module:
    """T_depth, a leaf or a `Tree`: (n, inputs, H, W) -> (n, outputs, H / stride, W / stride)."""
    return Tree(depth, inputs, outputs, stride) if depth > 0 else block(inputs, outputs, stride)


class Tree(nn.Module):
    """Two smaller trees and their root: (n, inputs, H, W) -> (n, outputs, H / stride, W / stride)."""

    def __init__(self, depth: int, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = tree(depth - 1, inputs, outputs, stride)
        self.second = tree(depth - 1, outputs, outputs, 1)
        self.root = conv(2 * outputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Two subtrees in a row, both merged by the root."""
        a = self.first(x)
        b = self.second(a)
        merged: torch.Tensor = self.root(
            torch.cat([a, b], dim=1)
        )  # (n, 2 x outputs, ...) -> (n, outputs, ...)
        return merged


def block(inputs: int, outputs: int, stride: int) -> nn.Module:
    """A residual block: (n, inputs, H, W) -> (n, outputs, H / stride, W / stride).

    Where the shape changes, the input goes through a 1 x 1 conv and batch norm before the sum.
    """
    resize = None
    if stride != 1 or inputs != outputs:
        resize = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
        )
    leaf: nn.Module = BasicBlock(inputs, outputs, stride, resize)
    return leaf


def conv(inputs: int, outputs: int, side: int) -> nn.Module:
    """A conv of side x side that keeps the image's size, batch norm, ReLU: (n, inputs, H, W) -> (n, outputs, H, W)."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
