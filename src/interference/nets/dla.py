"""SimpleDLA for small images: deep layer aggregation (Yu et al. 2017) reduced to binary trees.

    image -> conv 16 -> conv 16 -> conv 32 -> tree of depth 1, 64 -> depth 2, 128, half the side
          -> depth 2, 256, half -> depth 1, 512, half -> mean over positions -> linear -> logits

A tree T of depth d applies two trees of depth d - 1 one after the other and merges their outputs:

    T_0(x) = B(x)        T_d(x) = R(a, b)  with  a = T_{d-1}(x),  b = T_{d-1}(a)

The leaf B is the residual block of He et al. (2016). The root R stacks its inputs along the
channels and mixes them by a 1 x 1 conv. A tree is thus a row of 2^d blocks, merged in pairs. All
other convs are 3 x 3. Convs have no bias. Batch norm and ReLU follow each conv; in a block the
second ReLU follows the sum. `dla_full` has the trees of the paper.
"""

from collections.abc import Callable

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock

STEM = (16, 16, 32)
STAGES = ((1, 64, 1), (2, 128, 2), (2, 256, 2), (1, 512, 2))  # depth, channels, stride of each tree


def build(classes: int, channels: int) -> nn.Module:
    """SimpleDLA: (n, channels, H, W) -> logits (n, classes).

    It has 15,142,970 parameters for CIFAR-10.
    """
    return row_of_trees(tree, classes, channels)


def row_of_trees(
    grow: Callable[[int, int, int, int], nn.Module], classes: int, channels: int
) -> nn.Module:
    """A net of four trees in a row: (n, channels, H, W) -> logits (n, classes).

    Args:
        grow: A function that builds a tree from its depth, inputs, outputs and stride.
        classes: The number of classes.
        channels: The number of channels of the images.
    """
    layers = []
    width = channels
    for outputs in STEM:
        layers.append(conv(width, outputs, 3))  # (n, outputs, H, W)
        width = outputs
    for depth, outputs, stride in STAGES:
        layers.append(grow(depth, width, outputs, stride))  # (n, outputs, H / stride, W / stride)
        width = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes))


def tree(depth: int, inputs: int, outputs: int, stride: int) -> nn.Module:
    """T_depth, a leaf or a `Tree`: (n, inputs, H, W) -> (n, outputs, H / stride, W / stride)."""
    if depth == 0:
        return block(inputs, outputs, stride)
    return Tree(depth, inputs, outputs, stride)


class Tree(nn.Module):
    """Two smaller trees and their root.

    It maps (n, inputs, H, W) to (n, outputs, H / stride, W / stride).
    """

    def __init__(self, depth: int, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = tree(depth - 1, inputs, outputs, stride)
        self.second = tree(depth - 1, outputs, outputs, 1)
        self.root = conv(2 * outputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The outputs of both subtrees, merged by the root."""
        a = self.first(x)
        b = self.second(a)
        stacked = torch.cat([a, b], dim=1)  # (n, 2 x outputs, ...)
        merged: torch.Tensor = self.root(stacked)  # (n, outputs, ...)
        return merged


def block(inputs: int, outputs: int, stride: int) -> nn.Module:
    """A residual block: (n, inputs, H, W) -> (n, outputs, H / stride, W / stride).

    If the shape changes, a 1 x 1 conv and batch norm are applied to the input before the sum.
    """
    resize = None
    if stride != 1 or inputs != outputs:
        resize = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
        )
    leaf: nn.Module = BasicBlock(inputs, outputs, stride, resize)
    return leaf


def conv(inputs: int, outputs: int, side: int) -> nn.Module:
    """A conv, batch norm and ReLU: (n, inputs, H, W) -> (n, outputs, H, W).

    The kernel has side x side elements, and the padding keeps the size of the image.
    """
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
