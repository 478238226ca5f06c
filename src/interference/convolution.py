"""Convolutions as single matrix products, where a CPU's own convolution is slow: outputs of few positions.

oneDNN's bfloat16 convolution multiplies one row of an output image at a time, so that with rows of four or two most of
a matrix unit's tile is empty. Gathered into one matrix over the whole batch (im2col; Chellapilla et al. 2006), the
same products fill it: on a CPU with AMX a 512 -> 512 conv of 2 x 2 images, forward and backward, took a ninth of the
time.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

NARROW = 8  # output rows up to this: at 8 only the weights' gradient gains


class NarrowConvolutions(TorchFunctionMode):
    """Inside it, `conv2d` with a narrow output is computed as a matrix product in `dtype`; every other as ever."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def __torch_function__(self, function: Callable, types: Sequence[type], args: Sequence[Any] = (),
                           kwargs: Mapping[str, Any] | None = None) -> Any:
        """`function(*args, **kwargs)`, or the same by a matrix product."""
        if function is F.conv2d and not kwargs and len(args) == 7:
            images, weight, bias, stride, padding, dilation, groups = args
            if is_narrow(images, weight, stride, padding, dilation, groups, NARROW):
                bias = None if bias is None else bias.to(self.dtype)
                return conv2d(images.to(self.dtype), weight.to(self.dtype), bias, stride[0], padding[0])
        return function(*args, **(kwargs or {}))


def is_narrow(images: Tensor, weight: Tensor, stride: Sequence[int], padding: Sequence[int] | str,
              dilation: Sequence[int], groups: int, width: int) -> bool:
    """Whether a conv is square and plain with output rows of at most `width`, so that `conv2d` can stand for it.

    Numbers in place of pairs, and a padding by name, are other people's: such a conv is not plain.
    """
    plain = groups == 1 and dilation == (1, 1) and isinstance(stride, tuple) and isinstance(padding, tuple)
    if not plain or len({*weight.shape[2:]}) > 1 or len({*stride}) > 1 or len({*padding}) > 1 or images.dim() != 4:
        return False
    return sides(images, weight.shape[2], stride[0], int(padding[0]))[1] <= width


def sides(images: Tensor, kernel: int, stride: int, padding: int) -> tuple[int, int]:
    """Height and width of a conv's output."""
    height, width = ((side + 2 * padding - kernel) // stride + 1 for side in images.shape[2:])
    return height, width


def conv2d(images: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int) -> Tensor:
    """`torch.nn.functional.conv2d` of (n, I, H, W) with (O, I, k, k) by one matrix product: (n, O, H', W').

    The result is channels-last, and equal to PyTorch's up to the rounding of sums.
    """
    output: Tensor = _Product.apply(images, weight, bias, stride, padding)
    return output


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int) -> Tensor:
        height, width = sides(images, weight.shape[2], stride, padding)
        columns = gathered(images, weight.shape[2], stride, padding)
        ctx.save_for_backward(images, columns, weight)
        ctx.stride, ctx.padding, ctx.biased = stride, padding, bias is not None
        kernel = weight.permute(0, 2, 3, 1).reshape(len(weight), -1).t()  # (k k I, O), no copy if channels-last
        output = torch.empty((len(images), len(weight), height, width), dtype=columns.dtype, device=columns.device,
                             memory_format=torch.channels_last)
        flat = output.permute(0, 2, 3, 1).view(-1, len(weight))
        if bias is None:
            torch.mm(columns, kernel, out=flat)
        else:
            torch.addmm(bias, columns, kernel, out=flat)
        return output  # no view, so that an activation may work on it in place

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        images, columns, weight = ctx.saved_tensors
        outputs, inputs, kernel, _ = weight.shape
        of_images = of_weight = of_bias = None
        flat = gradient.permute(0, 2, 3, 1).reshape(-1, outputs)  # (n H' W', O)
        if ctx.needs_input_grad[0]:
            of_images = _of_images(gradient, images, weight, ctx.stride, ctx.padding)
        if ctx.needs_input_grad[1]:
            of_weight = (flat.t() @ columns).view(outputs, kernel, kernel, inputs).permute(0, 3, 1, 2)
        if ctx.biased and ctx.needs_input_grad[2]:
            of_bias = flat.sum(0)
        return of_images, of_weight, of_bias, None, None


def _of_images(gradient: Tensor, images: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """The gradient of a conv's input: at stride 1 a conv as well, of the output's gradient with the turned kernel."""
    inputs, kernel = weight.shape[1:3]
    if stride == 1 and gradient.shape[3] < NARROW:
        turned = weight.flip(2, 3).permute(2, 3, 0, 1).reshape(-1, inputs)  # (k k O, I)
        product = gathered(gradient, kernel, 1, kernel - 1 - padding) @ turned
        return product.view(len(images), *images.shape[2:], inputs).permute(0, 3, 1, 2)
    found: Tensor = torch.ops.aten.convolution_backward(
        gradient, images, weight, None, (stride, stride), (padding, padding), (1, 1), False, (0, 0), 1,
        (True, False, False))[0]
    return found


def gathered(images: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """What the kernel sees at each position of the output: (n, I, H, W) -> (n H' W', k k I)."""
    padded = F.pad(images.permute(0, 2, 3, 1), (0, 0, padding, padding, padding, padding))
    windows = padded.unfold(1, kernel, stride).unfold(2, kernel, stride)  # (n, H', W', I, k, k)
    return windows.permute(0, 1, 2, 4, 5, 3).reshape(-1, kernel * kernel * images.shape[1])
