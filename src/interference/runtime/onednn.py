"""Convolutions and matrix products of oneDNN with weights that are packed once.

PyTorch offers them through private operators, which any version may rename, and which may refuse a
shape. Only this module looks them up and tries them. If one is missing or refuses, PyTorch's public
function computes the same.
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

Layer = Callable[[Tensor], Tensor]  # from images (n, I, H, W), or rows (n, I), to the output
Pair = tuple[int, int]


@dataclass(frozen=True)
class Conv2dSpec:
    """The geometry of a two-dimensional convolution with zero padding.

    Attributes:
        stride: Rows and columns from one output position to the next.
        padding: Rows and columns of zeros on each side of an image.
        dilation: Rows and columns from one element of the kernel to the next.
        groups: The number of groups of channels.
    """

    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def output_size(self, images: Tensor, kernel: Pair) -> Pair:
        """Height and width of the output.

        Args:
            images: (n, C, H, W).
            kernel: Rows and columns of the kernel.
        """
        height, width = images.shape[2:]
        return self._output_side(height, kernel, 0), self._output_side(width, kernel, 1)

    def _output_side(self, side: int, kernel: Pair, axis: int) -> int:
        """The output's side along an axis, from the side of the images."""
        reach = self.dilation[axis] * (kernel[axis] - 1)
        return (side + 2 * self.padding[axis] - reach - 1) // self.stride[axis] + 1

    def is_square(self, kernel: Pair) -> bool:
        """Whether rows and columns have the same geometry, without dilation and groups.

        Args:
            kernel: Rows and columns of the kernel.
        """
        if self.groups != 1 or self.dilation != (1, 1):
            return False
        return all(rows == columns for rows, columns in (kernel, self.stride, self.padding))


def convolution(weight: Tensor, bias: Tensor, spec: Conv2dSpec, relu: bool) -> Layer:
    """PyTorch's public convolution as a layer.

    Args:
        weight: (O, I / groups, k, l).
        bias: (O,), of the weight's dtype.
        spec: The geometry.
        relu: Whether a ReLU follows.

    Returns:
        The layer, for images (n, I, H, W).
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
    """A convolution whose weight is packed for images of one size.

    Args:
        weight: (O, I / groups, k, l) on the CPU.
        bias: (O,), of the weight's dtype.
        spec: The geometry.
        relu: Whether a ReLU follows.
        shape: The shape of a batch of the images, (n, I, H, W).

    Returns:
        The layer, for images (n, I, H, W); None if this version of PyTorch cannot pack the weight.
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
    """The product `rows @ matrix.T + bias`, with the matrix packed.

    Args:
        matrix: (O, I) on the CPU.
        bias: (O,), of the matrix's dtype.
        relu: Whether a ReLU follows.

    Returns:
        The layer, for rows (n, I); None if this version of PyTorch cannot pack the matrix.
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
    """Whether a layer accepts these inputs; a warning says so if an operator refuses them."""
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
    """PyTorch's private operators; None, with a warning, if this version lacks one."""
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
        f"PyTorch {torch.__version__} cannot use packed weights ({first}); its public convolution "
        "is used, which may be slower",
        stacklevel=2,
    )
