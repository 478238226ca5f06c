"""DLA for small images: the stem, widths, blocks and roots of `dla`, with the hierarchical trees of Yu et al. (2017).

A tree T of depth d is a row of smaller trees, the deepest first, and two leaves B. Each takes up where the one before
it ended, and a single root R merges the outputs of all (the paper's equation 3):

    T_d(x) = R(t_{d-1}, ..., t_1, a, b)  with  t_{d-1} = T_{d-1}(x),  t_k = T_k(t_{k+1}),  a = B(t_1),  b = B(a)
    T_1(x) = R(a, b)                     with  a = B(x),  b = B(a)

From depth 2 on, the root also gets B(x), a leaf of its own beside the row: the common variant for CIFAR-10.
"""

import torch
from torch import nn

from interference.nets.dla import block, conv, row_of_trees


def build(classes: int, channels: int) -> nn.Module:
    """DLA: (n, channels, H, W) -> logits (n, classes); 16,291,386 parameters for CIFAR-10."""
    return row_of_trees(tree, classes, channels)


def tree(depth: int, inputs: int, outputs: int, stride: int) -> nn.Module:
    """T_depth, a leaf or a `Tree`: (n, inputs, H, W) -> (n, outputs, H / stride, W / stride)."""
    return Tree(depth, inputs, outputs, stride) if depth > 0 else block(inputs, outputs, stride)


class Tree(nn.Module):
    """A row of smaller trees and leaves under one root: (n, inputs, H, W) -> (n, outputs, H / stride, W / stride)."""

    def __init__(self, depth: int, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.row = nn.ModuleList()
        for i, d in enumerate([*range(depth - 1, 0, -1), 0, 0]):
            self.row.append(
                tree(d, inputs, outputs, stride) if i == 0 else tree(d, outputs, outputs, 1)
            )
        self.beside = nn.ModuleList([block(inputs, outputs, stride)] if depth > 1 else [])
        self.root = conv((len(self.row) + len(self.beside)) * outputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The row's outputs, merged by the root."""
        parts = [leaf(x) for leaf in self.beside]
        for step in self.row:
            x = step(x)
            parts.append(x)
        merged: torch.Tensor = self.root(
            torch.cat(parts, dim=1)
        )  # (n, len(parts) x outputs, ...) -> (n, outputs, ...)
        return merged
