"""A claim a test: a fused net says what the net says."""

import copy

import pytest
import torch
from torch import nn

from interference.nets import NETS, build
from interference.runtime.device import Machine, select_machine
from interference.runtime.fused_net import FusedNet

BF16 = Machine(torch.device("cpu"), "bfloat16")


def seen(name: str) -> nn.Module:
    """A net whose batch norm has seen some data and has weights that matter, in float64."""
    torch.manual_seed(0)
    net = build(name, classes=7).double().train()
    for norm in (module for module in net.modules() if isinstance(module, nn.BatchNorm2d)):
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.uniform_(norm.bias, -0.5, 0.5)
    with torch.no_grad():
        net(torch.randn(4, 3, 32, 32, dtype=torch.float64))
    return net.eval()


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose reduced precision is none, so that only the fusing is left to differ."""
    monkeypatch.setitem(select_machine.__globals__["PRECISIONS"], "bfloat16", torch.float64)
    monkeypatch.setattr(Machine, "batch", 5)
    return Machine(torch.device("meta"), "bfloat16")  # a device that packs nothing


@pytest.mark.slow
@pytest.mark.parametrize("name", NETS)
def test_folding_changes_nothing_in_exact_numbers(name: str, exact: Machine):
    net, images = seen(name), torch.randn(3, 3, 32, 32, dtype=torch.float64)
    fused = FusedNet(net, exact)
    norms = sum(isinstance(module, nn.BatchNorm2d) for module in net.modules())
    assert len(fused.convolutions) >= norms > 0
    with torch.no_grad():
        torch.testing.assert_close(fused(images), net(images), rtol=1e-9, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETS)
def test_packed_bfloat16_is_as_near_to_float64_as_autocast_is(name: str):
    net = seen(name)
    images = torch.randn(3, 3, 32, 32, dtype=torch.float64)
    own = copy.deepcopy(net).float().to(memory_format=torch.channels_last)
    with torch.no_grad():
        wanted = net(images)
    with torch.no_grad(), BF16.autocast():
        plain, found = own(images.float()), FusedNet(own, BF16)(images.float())
    scale = wanted.std()
    assert (found - wanted).abs().max() / scale < 2 * (plain - wanted).abs().max() / scale + 0.02


def test_it_has_the_weights_of_its_last_refresh():
    net, images = seen("small").float(), torch.randn(2, 3, 32, 32)
    fused = FusedNet(net, BF16)
    with torch.no_grad(), BF16.autocast():
        before = fused(images)
        net[0].weight.mul_(2)
        assert torch.equal(fused(images), before)
        fused.refresh()
        assert not torch.equal(fused(images), before)


def test_it_leaves_the_mode_of_the_net_and_sees_it_in_eval_mode():
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.9), nn.Flatten(), nn.Linear(4 * 36, 2)
    )
    images, fused = torch.randn(2, 3, 8, 8), FusedNet(net.train(), BF16)
    with torch.no_grad(), BF16.autocast():
        assert torch.equal(fused(images), fused(images))
    assert all(module.training for module in net.modules())


class Untraceable(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 2, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layer(images).mean((2, 3)) * (1 if images.sum() > 0 else -1)


def test_a_net_that_cannot_be_traced_is_asked_as_it_is():
    net, images = Untraceable(), torch.rand(2, 3, 8, 8)
    fused = FusedNet(net, BF16)
    assert not fused.convolutions
    torch.testing.assert_close(fused(images), net(images))


def test_a_conv_whose_output_is_used_twice_keeps_its_batch_norm():
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            seen = self.conv(images)
            return (seen + self.norm(seen)).mean((2, 3))

    net, images = Twice().eval(), torch.rand(2, 3, 8, 8)
    nn.init.constant_(net.norm.bias, 3.0)
    with torch.no_grad(), BF16.autocast():
        torch.testing.assert_close(
            FusedNet(net, BF16)(images).float(), net(images).float(), atol=0.05, rtol=0.05
        )
