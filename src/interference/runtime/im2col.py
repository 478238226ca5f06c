"""Narrow convolutions as single matrix products, in training.

oneDNN's bfloat16 convolution multiplies one row of an output image at a time. With rows of four or
two pixels most of a register is empty. One matrix over the whole batch (im2col; Chellapilla et al.
2006) fills the registers. A 512 -> 512 convolution of 2 x 2 images, forward and backward, then
takes a ninth of the time on a CPU with AMX and less than half on one with AVX512_BF16.
`cpu.CpuKind` holds the largest width at which the product is faster.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from interference.runtime.cpu import cpu_kind
from interference.runtime.onednn import Conv2dSpec, Pair


class NarrowConvolutions(TorchFunctionMode):
    """Inside this context `conv2d` computes outputs of few columns as a matrix product.

    Every other convolution is computed as usual.

    Args:
        dtype: The precision of the products.
        width: The widest output row that becomes a product, in pixels.
    """

    def __init__(self, dtype: torch.dtype, width: int) -> None:
        super().__init__()
        self.dtype = dtype
        self.width = width

    def __torch_function__(
        self,
        function: Callable,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a function; a narrow convolution is computed as a matrix product."""
        if function is F.conv2d:
            output = self._product(*args, **(kwargs or {}))
            if output is not None:
                return output
        return function(*args, **(kwargs or {}))

    def _product(
        self,
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: int | Sequence[int] = 1,
        padding: int | str | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
    ) -> Tensor | None:
        """The result of a call of `conv2d` by a product; None if the convolution is not narrow."""
        if isinstance(padding, str):
            return None
        spec = Conv2dSpec(_pair(stride), _pair(padding), _pair(dilation), groups)
        if not is_narrow(input, weight, spec, self.width):
            return None
        bias = None if bias is None else bias.to(self.dtype)
        return conv2d(input.to(self.dtype), weight.to(self.dtype), bias, spec)


def _pair(value: int | Sequence[int]) -> Pair:
    """Rows and columns of an argument in which one number stands for both."""
    if isinstance(value, int):
        return value, value
    return value[0], value[-1]


def is_narrow(images: Tensor, weight: Tensor, spec: Conv2dSpec, width: int) -> bool:
    """Whether `conv2d` of this module can compute a convolution, and its output rows are narrow.

    Args:
        images: (n, I, H, W); a single image (I, H, W) is not narrow.
        weight: (O, I / groups, k, l).
        spec: The geometry.
        width: The widest output row that counts as narrow, in pixels.
    """
    kernel = kernel_of(weight)
    if images.dim() != 4 or not spec.is_square(kernel):
        return False
    return spec.output_size(images, kernel)[1] <= width


def kernel_of(weight: Tensor) -> Pair:
    """Rows and columns of a convolution's kernel."""
    rows, columns = weight.shape[2:]
    return rows, columns


def conv2d(images: Tensor, weight: Tensor, bias: Tensor | None, spec: Conv2dSpec) -> Tensor:
    """The convolution `torch.nn.functional.conv2d` as one matrix product, with gradients.

    Args:
        images: (n, I, H, W).
        weight: (O, I, k, k).
        bias: (O,) or None.
        spec: A square geometry, see `Conv2dSpec.is_square`.

    Returns:
        (n, O, H', W'), channels-last; equal to PyTorch's up to the rounding of sums.
    """
    output: Tensor = _Product.apply(images, weight, bias, spec)
    return output


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, images: Tensor, weight: Tensor, bias: Tensor | None, spec: Conv2dSpec
    ) -> Tensor:
        height, width = spec.output_size(images, kernel_of(weight))
        columns = gathered(images, weight.shape[2], spec)
        ctx.save_for_backward(images, columns, weight)
        ctx.spec = spec
        ctx.has_bias = bias is not None
        filters = weight.permute(0, 2, 3, 1)  # (O, k, k, I)
        kernel = filters.reshape(len(weight), -1).t()  # (k k I, O), no copy if channels-last
        output = torch.empty(
            (len(images), len(weight), height, width),
            dtype=columns.dtype,
            device=columns.device,
            memory_format=torch.channels_last,
        )
        flat = output.permute(0, 2, 3, 1).view(-1, len(weight))
        if bias is None:
            torch.mm(columns, kernel, out=flat)
        else:
            torch.addmm(bias, columns, kernel, out=flat)
        return output  # not a view, so that an activation can change it in place

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        images, columns, weight = ctx.saved_tensors
        outputs, inputs, kernel, _ = weight.shape
        images_gradient = weight_gradient = bias_gradient = None
        flat = gradient.permute(0, 2, 3, 1).reshape(-1, outputs)  # (n H' W', O)
        if ctx.needs_input_grad[0]:
            images_gradient = _gradient_of_images(gradient, images, weight, ctx.spec)
        if ctx.needs_input_grad[1]:
            product = (flat.t() @ columns).view(outputs, kernel, kernel, inputs)
            weight_gradient = product.permute(0, 3, 1, 2)
        if ctx.has_bias and ctx.needs_input_grad[2]:
            bias_gradient = flat.sum(0)
        return images_gradient, weight_gradient, bias_gradient, None


def _gradient_of_images(
    gradient: Tensor, images: Tensor, weight: Tensor, spec: Conv2dSpec
) -> Tensor:
    """The gradient of a convolution's input, (n, I, H, W).

    At stride 1 it is a convolution of the output's gradient with the kernel turned by 180 degrees,
    so it becomes a product up to the same width as a forward pass.
    """
    inputs, kernel = weight.shape[1:3]
    if spec.stride == (1, 1) and gradient.shape[3] <= cpu_kind().product_width:
        turned = weight.flip(2, 3).permute(2, 3, 0, 1).reshape(-1, inputs)  # (k k O, I)
        margin = kernel - 1 - spec.padding[0]
        columns = gathered(gradient, kernel, Conv2dSpec(padding=(margin, margin)))
        product: Tensor = columns @ turned
        return product.view(len(images), *images.shape[2:], inputs).permute(0, 3, 1, 2)
    gradients: tuple[Tensor, ...] = torch.ops.aten.convolution_backward(
        gradient,
        images,
        weight,
        None,  # the sizes of the bias
        spec.stride,
        spec.padding,
        spec.dilation,
        False,  # not a transposed convolution
        (0, 0),  # the output padding of one
        1,  # groups
        (True, False, False),  # the gradient of the images only
    )
    return gradients[0]


def gathered(images: Tensor, kernel: int, spec: Conv2dSpec) -> Tensor:
    """The pixels under the kernel at each position of the output (im2col).

    Args:
        images: (n, I, H, W).
        kernel: The side of the kernel, k.
        spec: A square geometry.

    Returns:
        (n H' W', k k I).
    """
    stride, padding = spec.stride[0], spec.padding[0]
    padded = F.pad(images.permute(0, 2, 3, 1), (0, 0, padding, padding, padding, padding))
    windows = padded.unfold(1, kernel, stride).unfold(2, kernel, stride)  # (n, H', W', I, k, k)
    return windows.permute(0, 1, 2, 4, 5, 3).reshape(-1, kernel * kernel * images.shape[1])
