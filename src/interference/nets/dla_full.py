"""DLA for small images, with the hierarchical trees of Yu et al. (2017).

The stem, widths, blocks and roots are those of `dla`. A tree T of depth d is a row of smaller
trees, the deepest first, and then two leaves B. Each is applied to the output of the one before it,
and a single root R merges the outputs of all (equation 3 of that paper):

    T_d(x) = R(t_{d-1}, ..., t_1, a, b)  with  t_{d-1} = T_{d-1}(x),  t_k = T_k(t_{k+1}),
                                               a = B(t_1),  b = B(a)
    T_1(x) = R(a, b)                     with  a = B(x),  b = B(a)

From depth 2 on, the root also receives B(x), a leaf beside the row, as in the common variant for
CIFAR-10.
"""

import torch
from torch import nn

from interference.nets.dla import block, conv, row_of_trees


def build(classes: int, channels: int) -> nn.Module:
    """DLA: (n, channels, H, W) -> logits (n, classes).

    It has 16,291,386 parameters for CIFAR-10.
    """
    return row_of_trees(tree, classes, channels)


def tree(depth: int, inputs: int, outputs: int, stride: int) -> nn.Module:
    """T_depth, a leaf or a `Tree`: (n, inputs, H, W) -> (n, outputs, H / stride, W / stride)."""
    if depth == 0:
        return block(inputs, outputs, stride)
    return Tree(depth, inputs, outputs, stride)


class Tree(nn.Module):
    """A row of smaller trees and leaves under one root.

    It maps (n, inputs, H, W) to (n, outputs, H / stride, W / stride).
    """

    def __init__(self, depth: int, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        depths = [*range(depth - 1, 0, -1), 0, 0]
        self.row = nn.ModuleList([tree(depths[0], inputs, outputs, stride)])
        for other_depth in depths[1:]:
            self.row.append(tree(other_depth, outputs, outputs, 1))
        self.beside = nn.ModuleList([block(inputs, outputs, stride)] if depth > 1 else [])
        parts = len(self.row) + len(self.beside)
        self.root = conv(parts * outputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The outputs of the row and of the leaf beside it, merged by the root."""
        parts = [leaf(x) for leaf in self.beside]
        for step in self.row:
            x = step(x)
            parts.append(x)
        stacked = torch.cat(parts, dim=1)  # (n, len(parts) x outputs, ...)
        merged: torch.Tensor = self.root(stacked)  # (n, outputs, ...)
        return merged
