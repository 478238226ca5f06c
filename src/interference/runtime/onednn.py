"""Convolutions and matrix products of oneDNN with weights that are packed once, and what stands in for them.

PyTorch reaches them through private operators, which may be renamed or refuse a shape in any version. They are looked
up and tried here and nowhere else; where one is missing or refuses, the public function computes the same.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

REFUSALS = (RuntimeError, TypeError, NotImplementedError)  # how an operator refuses its arguments

Layer = Callable[[Tensor], Tensor]  # images (n, I, H, W), or rows (n, I), to the layer's output
Pair = tuple[int, int]


@dataclass(frozen=True)
class Conv2dSpec:
    """The geometry of a two-dimensional convolution with zero padding; every pair is (rows, columns)."""

    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def output_size(self, images: Tensor, kernel: Pair) -> Pair:
        """Height and width of the output for images (n, C, H, W)."""
        rows, columns = (
            (side + 2 * padding - dilation * (size - 1) - 1) // stride + 1
            for side, padding, dilation, size, stride in zip(
                images.shape[2:], self.padding, self.dilation, kernel, self.stride, strict=True
            )
        )
        return rows, columns

    def is_square(self, kernel: Pair) -> bool:
        """Whether rows and columns are treated alike, without dilation and groups."""
        pairs = (kernel, self.stride, self.padding)
        return (
            self.groups == 1
            and self.dilation == (1, 1)
            and all(rows == columns for rows, columns in pairs)
        )


def convolution(weight: Tensor, bias: Tensor, spec: Conv2dSpec, relu: bool) -> Layer:
    """PyTorch's public convolution, then a ReLU if wanted.

    Args:
        weight: (O, I / groups, k, l).
        bias: (O,), of the weight's dtype.
        spec: The geometry.
        relu: Whether a ReLU follows.
    """

    def layer(images: Tensor) -> Tensor:
        output = F.conv2d(
            images, weight, bias, spec.stride, spec.padding, spec.dilation, spec.groups
        )
        return output.relu_() if relu else output

    return layer


def packed_convolution(
    weight: Tensor, bias: Tensor, spec: Conv2dSpec, relu: bool, shape: torch.Size
) -> Layer | None:
    """The same with the weight packed for images of one size; None where this PyTorch cannot.

    Args:
        weight: (O, I / groups, k, l) on the CPU.
        bias: (O,), of the weight's dtype.
        spec: The geometry.
        relu: Whether a ReLU follows.
        shape: The shape of a batch of the images that will follow, (n, I, H, W).
    """
    operators = _operators()
    if operators is None:
        return None
    geometry = (spec.padding, spec.stride, spec.dilation, spec.groups)
    activation = "relu" if relu else "none"

    try:
        packed = operators.reorder_convolution(weight, *geometry, list(shape))
    except REFUSALS as error:
        _warn(str(error))
        return None
    return lambda images: operators.convolve(images, packed, bias, *geometry, activation, [], "")


def packed_product(matrix: Tensor, bias: Tensor, relu: bool) -> Layer | None:
    """`rows @ matrix.T + bias` with the matrix packed, then a ReLU if wanted; None where this PyTorch cannot.

    Args:
        matrix: (O, I) on the CPU.
        bias: (O,), of the matrix's dtype.
        relu: Whether a ReLU follows.
    """
    operators = _operators()
    if operators is None:
        return None
    activation = "relu" if relu else "none"

    try:
        packed = operators.reorder_linear(matrix, None)
    except REFUSALS as error:
        _warn(str(error))
        return None
    return lambda rows: operators.multiply(rows, packed, bias, activation, [], "")


def computes(layer: Layer, inputs: Tensor) -> bool:
    """Whether a layer accepts these inputs; where an operator refuses them, one warning says so."""
    try:
        layer(inputs)
    except REFUSALS as error:
        _warn(str(error))
        return False
    return True


@dataclass(frozen=True)
class _Operators:
    reorder_convolution: Callable[..., Tensor]
    convolve: Callable[..., Tensor]
    reorder_linear: Callable[..., Tensor]
    multiply: Callable[..., Tensor]


@cache
def _operators() -> _Operators | None:
    """PyTorch's private operators; None, with one warning, where this PyTorch lacks one."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return None
    library: Any = torch.ops.mkldnn
    try:
        return _Operators(
            library._reorder_convolution_weight,
            library._convolution_pointwise,
            library._reorder_linear_weight,
            library._linear_pointwise,
        )
    except AttributeError as error:
        _warn(str(error))
        return None


@cache
def _warn(reason: str) -> None:
    first = reason.splitlines()[0]
    warnings.warn(
        f"PyTorch {torch.__version__} cannot use packed weights ({first}); its public convolution is used, "
        "which may be slower",
        stacklevel=2,
    )
