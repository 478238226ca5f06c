"""A claim a test: a convolution as one matrix product is PyTorch's, forward and backward."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from interference.runtime import device as machines
from interference.runtime import im2col
from interference.runtime.cpu import AMX, AVX2, AVX512_BF16, CpuKind
from interference.runtime.device import select_machine
from interference.runtime.im2col import NarrowConvolutions, conv2d
from interference.runtime.onednn import Conv2dSpec

GEOMETRIES = [
    (3, 1, 1),
    (1, 1, 0),
    (3, 2, 1),
    (1, 2, 0),
    (3, 1, 0),
    (5, 1, 2),
]  # kernel, stride, padding


def tensors(kernel: int, height: int = 5, width: int = 6) -> list[torch.Tensor]:
    """Images (4, 3, height, width), a weight with two outputs, and a bias; float64."""
    generator = torch.Generator().manual_seed(0)
    shapes = (4, 3, height, width), (2, 3, kernel, kernel), (2,)
    return [
        torch.randn(shape, dtype=torch.float64, generator=generator).requires_grad_()
        for shape in shapes
    ]


@pytest.fixture(params=[AMX, AVX512_BF16], ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> CpuKind:
    """A kind of CPU on which narrow convolutions are products, whichever the tests run on."""
    for module in (im2col, machines):
        monkeypatch.setattr(module, "cpu_kind", lambda: request.param)
    return request.param


def spec_of(stride: int, padding: int) -> Conv2dSpec:
    return Conv2dSpec((stride, stride), (padding, padding))


@pytest.mark.parametrize(
    "side", [3, 6, 9, 12], ids=["as narrow as counts", "narrow", "limit", "wide"]
)
@pytest.mark.parametrize(("kernel", "stride", "padding"), GEOMETRIES)
def test_the_product_and_its_gradients_are_pytorchs(
    kernel: int, stride: int, padding: int, side: int, kind: CpuKind
):
    given = tensors(kernel, width=side)
    found, wanted = conv2d(*given, spec_of(stride, padding)), F.conv2d(*given, stride, padding)
    torch.testing.assert_close(found, wanted)
    out = torch.randn(wanted.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    for one, other in zip(
        torch.autograd.grad(found, given, out), torch.autograd.grad(wanted, given, out), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_without_a_bias_there_is_none():
    images, weight, _ = tensors(3)
    torch.testing.assert_close(
        conv2d(images, weight, None, spec_of(1, 1)), F.conv2d(images, weight, None, 1, 1)
    )


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 6, 3, padding=1, groups=2),
        nn.Conv2d(4, 6, 3, padding="same"),
        nn.Conv2d(4, 6, 3, dilation=2),
        nn.Conv2d(4, 6, (3, 1)),
        nn.Conv2d(4, 6, 3, stride=(1, 2)),
        nn.Conv2d(4, 6, 3, padding_mode="circular", padding=1),
    ],
    ids=["groups", "same", "dilation", "kernel", "stride", "circular"],
)
def test_a_conv_of_another_kind_is_pytorchs_own(layer: nn.Conv2d):
    images = torch.randn(2, 4, 7, 7)
    wanted = layer(images)
    with NarrowConvolutions(torch.float32, 8):
        torch.testing.assert_close(layer(images), wanted)


def test_only_narrow_outputs_are_products():
    def by_product(width: int) -> bool:
        layer = nn.Conv2d(2, 2, 3, padding=1)
        with NarrowConvolutions(torch.float32, 5):
            return "_Product" in type(layer(torch.randn(1, 2, 4, width)).grad_fn).__name__

    assert [by_product(width) for width in (2, 5, 6)] == [True, True, False]


def test_a_net_in_bfloat16_on_a_cpu_uses_them_and_gives_channels_last_bfloat16(kind: CpuKind):
    images = torch.randn(3, 2, 4, 4).to(memory_format=torch.channels_last)
    layer = nn.Conv2d(2, 5, 3, padding=1)
    with select_machine("cpu", "bfloat16").autocast():
        found = layer(images)
    assert found.dtype == torch.bfloat16
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert "_Product" in type(found.grad_fn).__name__
    torch.testing.assert_close(found.float(), layer(images), atol=0.05, rtol=0.05)


@pytest.mark.parametrize(
    ("kind", "width"), [(AMX, 8), (AVX512_BF16, 4)], ids=["amx", "avx512_bf16"]
)
def test_the_kind_of_cpu_says_up_to_which_width_training_uses_products(
    kind: CpuKind, width: int, monkeypatch: pytest.MonkeyPatch
):
    def by_product(side: int) -> bool:
        with select_machine("cpu", "bfloat16").autocast():
            output = nn.Conv2d(2, 5, 3, padding=1)(torch.randn(1, 2, 4, side))
        return "_Product" in type(output.grad_fn).__name__

    monkeypatch.setattr(machines, "cpu_kind", lambda: kind)
    assert [by_product(side) for side in (width, width + 1)] == [True, False]


def test_on_a_cpu_without_bfloat16_every_convolution_is_pytorchs_own(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(machines, "cpu_kind", lambda: AVX2)
    with select_machine("cpu", "bfloat16").autocast():
        output = nn.Conv2d(2, 5, 3, padding=1)(torch.randn(1, 2, 4, 4))
    assert "_Product" not in type(output.grad_fn).__name__


@pytest.mark.parametrize("bias", [True, False])
def test_an_activation_may_work_in_place_on_the_product(bias: bool):
    images = torch.randn(2, 3, 4, 4, dtype=torch.float64)
    layer = nn.Conv2d(3, 5, 3, bias=bias, dtype=torch.float64)
    wanted = torch.autograd.grad(layer(images).relu().square().sum(), [*layer.parameters()])
    with NarrowConvolutions(torch.float64, 8):
        found = torch.autograd.grad(layer(images).relu_().square().sum(), [*layer.parameters()])
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other)


def test_a_convolution_is_recognised_however_its_arguments_are_passed():
    images, weight, bias = tensors(3)
    calls = [
        lambda: F.conv2d(images, weight, bias, 1, 1, 1, 1),
        lambda: F.conv2d(images, weight, bias, (1, 1), (1, 1), (1, 1), 1),
        lambda: F.conv2d(images, weight, bias, padding=1),
        lambda: F.conv2d(input=images, weight=weight, bias=bias, stride=1, padding=[1, 1]),
    ]
    wanted = F.conv2d(images, weight, bias, 1, 1)
    for call in calls:
        with NarrowConvolutions(torch.float64, 8):
            output = call()
        assert "_Product" in type(output.grad_fn).__name__
        torch.testing.assert_close(output, wanted)


def test_a_conv_with_padding_by_name_is_pytorchs_own():
    images, weight, bias = tensors(3)
    with NarrowConvolutions(torch.float64, 8):
        found = F.conv2d(images, weight, bias, padding="same")
    assert torch.equal(found, F.conv2d(images, weight, bias, padding="same"))


@pytest.mark.parametrize(
    "spec",
    [
        Conv2dSpec(),
        Conv2dSpec((2, 1), (1, 0)),
        Conv2dSpec((1, 2), (2, 1), (2, 1)),
        Conv2dSpec((3, 3), (1, 1), (1, 2)),
    ],
)
def test_the_output_size_of_a_geometry_is_pytorchs(spec: Conv2dSpec):
    images, weight = torch.zeros(1, 2, 11, 13), torch.zeros(3, 2, 3, 2)
    output = F.conv2d(images, weight, None, spec.stride, spec.padding, spec.dilation, spec.groups)
    assert spec.output_size(images, (3, 2)) == tuple(output.shape[2:])
