"""A net is tried on two images through all later stages: each fault is found before the training."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from interference.landscape import net_trial
from interference.learning.net_check import check_takes
from interference.nets import NETS, build
from interference.nets.imported import Imported
from interference.runtime.device import Machine
from tests.odd_nets import ODD

CPU = Machine(torch.device("cpu"), "float32")
BFLOAT16 = Machine(torch.device("cpu"), "bfloat16")
CLASSES = 3


def images() -> Tensor:
    """Two images 2 x 5 x 4."""
    return torch.randn(2, 2, 5, 4, generator=torch.Generator().manual_seed(0))


class Plain(nn.Module):
    """A net that is as it should be; each other net below changes one thing."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3)
        self.head = nn.Linear(24, CLASSES)

    def features(self, images: Tensor) -> Tensor:
        return torch.relu(self.conv(images)).flatten(1)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))


class LayerMadeLater(Plain):
    def forward(self, images: Tensor) -> Tensor:
        features = self.features(images)
        if not hasattr(self, "late"):
            self.late = nn.Linear(24, CLASSES)
        return self.late(features)


class WholeNumbers(Plain):
    def __init__(self) -> None:
        super().__init__()
        self.order = nn.Parameter(torch.arange(23, -1, -1), requires_grad=False)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images)[:, self.order])


class ComplexNumbers(Plain):
    def __init__(self) -> None:
        super().__init__()
        self.filter = nn.Parameter(torch.ones(24, dtype=torch.cfloat))

    def forward(self, images: Tensor) -> Tensor:
        return self.head(torch.fft.ifft(torch.fft.fft(self.features(images)) * self.filter).real)


class ExtraState(Plain):
    def get_extra_state(self) -> object:
        return {"version": 3}

    def set_extra_state(self, state: object) -> None:
        pass


class DrawsInEval(Plain):
    def forward(self, images: Tensor) -> Tensor:
        return self.head(F.dropout(self.features(images), 0.5, training=True))


class BatchStatistics(Plain):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(24, track_running_stats=False)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.norm(self.features(images)))


class CentredBatch(Plain):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images - images.mean(0))


class Probabilities(Plain):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images).softmax(1)


class OwnGradient(torch.autograd.Function):
    @staticmethod
    def forward(context: object, values: Tensor) -> Tensor:
        return values * 1

    @staticmethod
    def backward(context: object, gradient: Tensor) -> Tensor:
        raise ValueError("no gradient was written")


class FailsBackwards(Plain):
    def forward(self, images: Tensor) -> Tensor:
        return OwnGradient.apply(super().forward(images))


FAULTS = {
    LayerMadeLater: "its first call changed its weights (late.weight, late.bias)",
    WholeNumbers: "parameter order is int64, allowed: float32; register",
    ComplexNumbers: "parameter filter is complex64",
    ExtraState: "its state holds _extra_state, a dict, allowed: tensors alone",
    DrawsInEval: "in eval mode two evaluations of the same images differ",
    BatchStatistics: "with the other images of its batch (layer norm normalises by each batch)",
    CentredBatch: "in eval mode the logits of an image change with the other images of its batch,",
    Probabilities: "gives probabilities (each image's outputs sum to 1), allowed: logits; leave",
    FailsBackwards: "fails in eval mode as ego and sweep evaluates it (ValueError: no gradient",
}


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("wrapped", [False, True])
def test_what_stands_in_the_way_of_a_later_stage_is_named(kind: type[Plain], wrapped: bool):
    net, new = (Imported(kind()) if wrapped else kind() for _ in range(2))
    net(images())
    problem = net_trial.fault(net, new, images(), CPU)
    assert FAULTS[kind] in problem
    assert "\n" not in problem
    assert "imported_net" not in problem


@pytest.mark.parametrize("machine", [CPU, BFLOAT16], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("name", ODD)
def test_an_odd_net_that_is_sound_passes_and_stays_as_it_was(name: str, machine: Machine):
    torch.manual_seed(0)
    net = ODD[name]()
    before = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    given = images()
    check_takes("run", net, given, CLASSES)
    assert not net_trial.fault(net, ODD[name](), given, machine)
    assert net.training
    assert torch.equal(given, images())
    assert all(torch.equal(tensor, before[key]) for key, tensor in net.state_dict().items())


@pytest.mark.slow
@pytest.mark.parametrize("machine", [CPU, BFLOAT16], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("name", NETS)
def test_every_net_of_ours_passes(name: str, machine: Machine):
    torch.manual_seed(0)
    given = torch.randn(2, 3, 32, 32)
    assert not net_trial.fault(build(name), build(name), given, machine)


def test_a_net_that_does_not_move_with_its_weights_is_refused():
    class Copied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(CLASSES, 40))
            self.copy = [self.weight.detach().clone()]

        def forward(self, images: Tensor) -> Tensor:
            free = self.weight - self.weight.detach()  # zero, with a gradient
            return images.flatten(1) @ (self.copy[0] + free).T

    net = Copied()
    assert "its logits stay the same where its weights move" in net_trial.fault(
        net, Copied(), images(), CPU
    )
