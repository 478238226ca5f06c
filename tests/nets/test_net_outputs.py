"""Nets that return something else than plain logits, or change their input: logits are taken out."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from interference import BadInput, class_gradients, surface
from interference.nets.imported import Imported
from interference.runtime.device import Machine
from interference.runtime.fused_net import FusedNet

BFLOAT16 = Machine(torch.device("cpu"), "bfloat16")


class Returns(nn.Module):
    """A net whose logits (n, classes) are returned as another function makes of them."""

    def __init__(self, answer: object, classes: int = 3) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(2, 4, 3)
        self.head = nn.Linear(24, classes)
        self.answer = answer

    def forward(self, images: Tensor) -> object:
        return self.answer(self.head(self.conv(images).flatten(1)))


OUTPUTS = {
    "a tensor": (lambda logits: logits, None),
    "an object": (lambda logits: SimpleNamespace(loss=None, logits=logits), None),
    "a mapping": (lambda logits: {"aux": logits * 2, "logits": logits}, None),
    "a named key": (lambda logits: {"aux": logits * 2, "scores": logits}, "scores"),
    "a tuple": (lambda logits: (logits * 2, logits), 1),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_the_logits_are_found_in_the_output_also_in_the_fused_copy(case: str):
    answer, name = OUTPUTS[case]
    images = torch.randn(3, 2, 5, 4)
    net = Imported(Returns(answer), name).eval()
    wanted = Returns(OUTPUTS["a tensor"][0])(images)
    assert torch.equal(net(images), wanted)
    fresh = Imported(Returns(answer), name).eval()
    fused = FusedNet(fresh, BFLOAT16)
    assert fused.convolutions
    with torch.no_grad(), BFLOAT16.autocast():
        torch.testing.assert_close(fused(images).float(), wanted, rtol=0.1, atol=0.05)


def test_one_logit_of_two_classes_becomes_two_of_the_same_probability():
    images = torch.randn(3, 2, 5, 4)
    plain = Returns(OUTPUTS["a tensor"][0], 1)
    net = Imported(plain).eval()
    probability = torch.sigmoid(plain(images))[:, 0]
    torch.testing.assert_close(net(images).softmax(1)[:, 1], probability)
    with BFLOAT16.autocast():
        assert FusedNet(net, BFLOAT16)(images).shape == (3, 2)


class InPlace(nn.Module):
    """A net that normalises its input, in place or not."""

    def __init__(self, in_place: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.in_place = in_place
        self.net = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 3))

    def forward(self, images: Tensor) -> Tensor:
        return self.net(images.sub_(0.5).div_(0.25) if self.in_place else (images - 0.5) / 0.25)


def test_a_net_that_changes_its_input_in_place_sees_every_image_as_it_is():
    images = torch.rand(300, 2, 5, 4)
    labels = torch.arange(300) % 3
    given = images.clone()
    wanted = class_gradients(InPlace(False), images, labels)
    found = class_gradients(InPlace(True), given, labels)
    assert all(torch.equal(found[0][name], wanted[0][name]) for name in wanted[0])
    planes = [
        surface(InPlace(in_place), wanted, (0, 1), given, labels, points=3, scale="step")
        for in_place in (False, True)
    ]
    assert np.array_equal(planes[0].loss_sum, planes[1].loss_sum)
    assert torch.equal(given, images)


def test_a_first_layer_that_works_in_place_leaves_the_callers_images():
    images = torch.randn(30, 2, 5, 4)
    given = images.clone()
    net = nn.Sequential(nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(40, 3))
    class_gradients(net, given, torch.arange(30) % 3)
    assert torch.equal(given, images)


def test_a_net_that_views_activations_sees_its_input_as_it_is():
    class Views(InPlace):
        def forward(self, images: Tensor) -> Tensor:
            images.sub_(0.5)
            features = self.net[0](images)
            return self.net[3](features.view(len(features), -1))

    contiguous = torch.rand(3, 2, 5, 4)
    images = contiguous.to(memory_format=torch.channels_last)
    net = Imported(Views(True))
    wanted = net.imported_net(contiguous.clone())
    net.to(memory_format=torch.channels_last)
    torch.testing.assert_close(net(images.clone()), wanted)
    assert net.reshapes


def test_the_library_refuses_logits_that_hang_on_the_batch_and_probabilities():
    images = torch.rand(30, 2, 5, 4)
    labels = torch.arange(30) % 3
    norm = nn.BatchNorm2d(2, track_running_stats=False)
    net = nn.Sequential(norm, nn.Flatten(), nn.Linear(40, 3))
    with pytest.raises(BadInput, match=r"other images of its batch \(layer 0 normalises"):
        class_gradients(net, images, labels)
    net = nn.Sequential(nn.Flatten(), nn.Linear(40, 3), nn.Softmax(1))
    with pytest.raises(BadInput, match=r"gives probabilities .* leave out the last softmax"):
        class_gradients(net, images, labels)
    net[2] = nn.LogSoftmax(1)
    assert class_gradients(net, images, labels).keys() == {0, 1, 2}
