"""Packed weights are used where this PyTorch has them, and its public convolution computes the same
elsewhere.
"""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from interference.runtime import fused_net, onednn
from interference.runtime.cpu import AVX512_BF16
from interference.runtime.device import Machine
from interference.runtime.fused_net import FusedNet
from interference.runtime.onednn import Conv2dSpec

BF16 = Machine(torch.device("cpu"), "bfloat16")
OPERATORS = (
    "_reorder_convolution_weight",
    "_convolution_pointwise",
    "_reorder_linear_weight",
    "_linear_pointwise",
)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Operators looked up anew, and a CPU on which outputs of four columns are products."""
    monkeypatch.setattr(fused_net, "cpu_kind", lambda: AVX512_BF16)
    onednn._operators.cache_clear()
    onednn._warn.cache_clear()
    yield
    onednn._operators.cache_clear()
    onednn._warn.cache_clear()


def net_and_images() -> tuple[nn.Sequential, torch.Tensor]:
    """A wide convolution, then one with an output of 4 x 4, on images (2, 3, 9, 9)."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, stride=2)
    )
    return net.eval(), torch.randn(2, 3, 9, 9).to(memory_format=torch.channels_last)


def paths_and_output(net: nn.Module, images: torch.Tensor) -> tuple[list[str], torch.Tensor]:
    copy = FusedNet(net, BF16)
    with torch.no_grad(), BF16.autocast():
        output = copy(images)
    return [convolution.path for convolution in copy.convolutions], output.float()


def operators_but(**changed: object) -> SimpleNamespace:
    known = {name: getattr(torch.ops.mkldnn, name) for name in OPERATORS}
    return SimpleNamespace(
        **{name: call for name, call in {**known, **changed}.items() if call is not None}
    )


def test_packed_weights_and_products_are_used_where_this_pytorch_has_them():
    net, images = net_and_images()
    paths, output = paths_and_output(net, images)
    assert paths == ["packed", "product"]
    with torch.no_grad():
        torch.testing.assert_close(output, net(images), atol=0.05, rtol=0.05)


@pytest.mark.parametrize("missing", OPERATORS)
def test_where_an_operator_is_missing_the_public_convolution_is_used_and_one_warning_says_so(
    missing: str, monkeypatch: pytest.MonkeyPatch
):
    net, images = net_and_images()
    monkeypatch.setattr(torch.ops, "mkldnn", operators_but(**{missing: None}))
    with pytest.warns(UserWarning, match="cannot use packed weights") as warned:
        paths, output = paths_and_output(net, images)
    assert paths == ["public", "public"]
    assert len(warned) == 1
    with torch.no_grad():
        torch.testing.assert_close(output, net(images), atol=0.05, rtol=0.05)


@pytest.mark.parametrize(
    ("refusing", "wanted"),
    [
        ("_reorder_convolution_weight", ["public", "product"]),
        ("_convolution_pointwise", ["public", "product"]),
        ("_reorder_linear_weight", ["packed", "packed"]),
        ("_linear_pointwise", ["packed", "packed"]),
    ],
)
def test_where_an_operator_refuses_the_next_way_is_taken(
    refusing: str, wanted: list[str], monkeypatch: pytest.MonkeyPatch
):
    def refuse(*arguments: object) -> None:
        raise RuntimeError("takes 12 arguments\nbut 10 were given")

    net, images = net_and_images()
    monkeypatch.setattr(torch.ops, "mkldnn", operators_but(**{refusing: refuse}))
    with pytest.warns(UserWarning, match=r"takes 12 arguments\)") as warned:
        paths, output = paths_and_output(net, images)
    assert paths == wanted
    assert len(warned) == 1
    with torch.no_grad():
        torch.testing.assert_close(output, net(images), atol=0.05, rtol=0.05)


def test_a_path_is_tried_once_and_then_kept(monkeypatch: pytest.MonkeyPatch):
    net, images = net_and_images()
    copy, trials = FusedNet(net, BF16), []
    computes = onednn.computes
    monkeypatch.setattr(onednn, "computes", lambda *given: trials.append(1) or computes(*given))
    with torch.no_grad(), BF16.autocast():
        for _ in range(3):
            copy.refresh()
            copy(images)
    assert len(trials) == 2


@pytest.mark.parametrize("relu", [True, False])
def test_packed_layers_compute_what_the_public_ones_do(relu: bool):
    generator = torch.Generator().manual_seed(1)
    images, weight, bias = (
        torch.randn(shape, generator=generator).bfloat16()
        for shape in ((2, 3, 6, 7), (5, 3, 3, 3), (5,))
    )
    spec = Conv2dSpec((1, 2), (1, 1))
    packed = onednn.packed_convolution(weight, bias, spec, relu, images.shape)
    assert packed is not None
    torch.testing.assert_close(packed(images), onednn.convolution(weight, bias, spec, relu)(images))
    rows, matrix = (
        images[0].flatten(1),
        weight[:, :, 0].reshape(5, 9)[:, :1].expand(5, 42).contiguous(),
    )
    product = onednn.packed_product(matrix, bias, relu)
    assert product is not None
    wanted = F.linear(rows, matrix, bias)
    torch.testing.assert_close(product(rows), wanted.relu() if relu else wanted)
