"""A claim a test: nets as other people write them, against plain float64 references made from the definition."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from interference import confusion
from interference.io import weights
from interference.landscape import plane
from interference.landscape.class_gradients import Gradient, mean_gradient, norm
from interference.landscape.sweep import Plane, row_on_a_worker, rows
from interference.learning.images import Images, normalise
from interference.params import Data, Grid
from interference.runtime.device import Machine, select_machine
from interference.runtime.fused_net import FusedNet
from tests.odd_nets import ODD, odd
from tests.toy_nets import data

CPU = Machine(torch.device("cpu"), "float32")
DATA = Data(name="digits", mean=(0.5, 0.4), std=(0.25, 0.3), crop=0, flip=False)


def reference(net: nn.Module, inputs: torch.Tensor, labels: torch.Tensor) -> Gradient:
    """The mean of the images' own gradients, one image at a time; zero where there is none."""
    net.eval()
    total = {name: torch.zeros_like(weight) for name, weight in net.named_parameters()}
    for image, label in zip(inputs, labels, strict=True):
        net.zero_grad()
        cross_entropy(net(image[None]), label[None]).backward()
        for name, weight in net.named_parameters():
            total[name] += 0 if weight.grad is None else weight.grad / len(labels)
    net.zero_grad()
    return total


def class_gradients(net: nn.Module) -> list[Gradient]:
    inputs, labels = data()
    return [
        mean_gradient(net, [(inputs[labels == label], labels[labels == label])])
        for label in range(3)
    ]


def there(
    name: str, first: Gradient, second: Gradient, theta_1: float, theta_2: float
) -> nn.Module:
    """A net made anew whose parameters are those of a point, written one by one."""
    fresh = odd(name).eval()
    with torch.no_grad():
        for key, weight in fresh.named_parameters():
            weight.copy_(weight - theta_1 * first[key] - theta_2 * second[key])
    return fresh


@pytest.mark.parametrize("name", ODD)
def test_class_gradients_are_the_mean_of_the_images_and_sum_to_the_full_gradient(name: str):
    net, (inputs, labels) = odd(name).train(), data()
    gradients, sizes = class_gradients(net), torch.bincount(labels)
    assert net.training
    for label, found in enumerate(gradients):
        wanted = reference(net, inputs[labels == label], labels[labels == label])
        assert found.keys() == wanted.keys()
        assert all(
            torch.allclose(found[key], wanted[key], rtol=1e-10, atol=1e-13) for key in wanted
        )
    for key, full in reference(net, inputs, labels).items():
        weighted = (
            sum(size * gradient[key] for size, gradient in zip(sizes, gradients, strict=True))
            / sizes.sum()
        )
        assert torch.allclose(weighted, full, rtol=1e-10, atol=1e-13)


def test_what_is_frozen_or_unused_has_no_gradient_and_the_rest_has_one():
    still = {
        name: [key for key, tensor in class_gradients(odd(name))[0].items() if not tensor.any()]
        for name in ODD
    }
    assert {name: keys for name, keys in still.items() if keys} == {
        "frozen": ["backbone.weight", "backbone.bias"],
        "unused": ["idle.weight", "idle.bias"],
    }


@pytest.mark.parametrize("name", ODD)
def test_any_point_of_a_plane_is_the_net_made_anew_there_and_the_middle_is_the_net_itself(
    name: str,
):
    net, inputs = odd(name).eval(), data()[0]
    before = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    first, _, second = class_gradients(net)
    with torch.no_grad():
        wanted = net(inputs)
        with plane.walking(net, first, second) as move:
            for theta_1, theta_2 in ((0.7, -0.2), (-0.4, 1.1)):
                move(theta_1, theta_2)
                torch.testing.assert_close(
                    net(inputs),
                    there(name, first, second, theta_1, theta_2)(inputs),
                    rtol=1e-11,
                    atol=1e-12,
                )
            move(0.0, 0.0)
            assert torch.equal(net(inputs), wanted)
        assert torch.equal(net(inputs), wanted)
    assert all(torch.equal(tensor, before[key]) for key, tensor in net.state_dict().items())


def images() -> Images:
    """Random 2 x 5 x 4 images of 3 classes, none as large as another."""
    generator = torch.Generator().manual_seed(5)
    return Images(
        torch.randint(256, (60, 2, 5, 4), dtype=torch.uint8, generator=generator),
        torch.tensor([0, 0, 0, 1, 1, 2]).repeat(10),
    )


@pytest.mark.parametrize("name", ODD)
def test_a_surface_is_that_of_float64_nets_made_from_the_definition(name: str):
    first, _, second = class_gradients(odd(name))
    wide = Plane(Grid(3, "train", "all"), 0.5, DATA, 3)
    own = tuple({key: tensor.float() for key, tensor in one.items()} for one in (first, second))
    inputs, labels = normalise(images().pixels, DATA.mean, DATA.std).double(), images().labels
    for i, row in rows(odd(name).float(), own, images(), wide, CPU, range(3)):
        for theta, (counts, loss_sum) in zip(wide.thetas, row, strict=True):
            with torch.no_grad():
                logits = there(name, first, second, wide.thetas[i], theta)(inputs)
            losses = cross_entropy(logits, labels, reduction="none")
            wanted, sums = confusion.cells(
                labels.numpy(), logits.argmax(1).numpy(), losses.numpy(), 3
            )
            assert np.array_equal(counts, wanted)
            np.testing.assert_allclose(loss_sum, sums, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ODD)
def test_a_worker_of_a_cluster_finds_the_row_that_one_machine_finds(name: str):
    from ray import cloudpickle

    first, _, second = (
        {key: tensor.float() for key, tensor in one.items()} for one in class_gradients(odd(name))
    )
    wide = Plane(Grid(3, "train", "all"), 0.5, DATA, 3)
    sent = cloudpickle.loads(cloudpickle.dumps(odd(name).float()))
    found = row_on_a_worker(sent, first, second, images(), wide, "cpu", "float32", 2)
    ((_, wanted),) = rows(odd(name).float(), (first, second), images(), wide, CPU, [2])
    assert all(np.array_equal(one[0], other[0]) for one, other in zip(found, wanted, strict=True))


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose reduced precision is none, so that only the fusing is left to differ."""
    monkeypatch.setitem(select_machine.__globals__["PRECISIONS"], "bfloat16", torch.float64)
    return Machine(torch.device("meta"), "bfloat16")  # a device that packs nothing


@pytest.mark.parametrize("name", ODD)
def test_the_fast_path_says_what_the_net_says_whatever_it_has_become_since(
    name: str, exact: Machine
):
    net, inputs = odd(name).train(), data()[0]
    fused = FusedNet(net, exact)
    with torch.no_grad():
        for weight in net.parameters():
            weight.mul_(1.3)
        net(inputs[:5])  # its buffers take up these images
        fused.refresh()
        found = fused(inputs)
        assert net.training
        torch.testing.assert_close(found, net.eval()(inputs), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ODD)
def test_a_net_comes_back_from_its_file_with_its_ties(name: str, tmp_path: Path):
    net, other = odd(name), odd(name)
    with torch.no_grad():
        for weight in other.parameters():
            weight.zero_()
    weights.save(tmp_path / "net.safetensors", net.state_dict(), {})
    weights.restore(
        other, weights.load(tmp_path / "net.safetensors")[0], tmp_path / "net.safetensors"
    )
    assert other.state_dict().keys() == net.state_dict().keys()
    assert all(
        torch.equal(tensor, net.state_dict()[key]) for key, tensor in other.state_dict().items()
    )
    assert [key for key, _ in other.named_parameters()] == [
        key for key, _ in net.named_parameters()
    ]


def test_of_tied_weights_a_file_may_hold_one(tmp_path: Path):
    net, other = odd("two names"), ODD["two names"]().double()
    one = {key: tensor for key, tensor in net.state_dict().items() if key != "into.weight"}
    weights.restore(other, one, tmp_path)
    assert torch.equal(other.into.weight, net.into.weight)


@pytest.mark.parametrize("scale", ["filter", "random"])
@pytest.mark.parametrize("name", ODD)
def test_by_filter_a_row_that_may_move_has_the_norm_of_its_weights_and_vectors_and_numbers_stay(
    name: str, scale: str
):
    own = dict(odd(name).named_parameters())
    drawn = plane.gaussian(own, torch.Generator().manual_seed(1))
    gradient = class_gradients(odd(name))[0] if scale == "filter" else drawn
    for key, found in plane.direction(gradient, scale, own).items():
        if found.dim() < 2:
            assert not found.any()
            continue
        moved = gradient[key].flatten(1).any(1)
        assert not moved.any() or own[key].requires_grad
        torch.testing.assert_close(
            found.flatten(1).norm(dim=1), own[key].detach().flatten(1).norm(dim=1) * moved
        )


def test_where_every_filter_is_frozen_there_is_no_direction_by_filter():
    own = {"weight": torch.ones(2, 3), "bias": torch.ones(2)}
    gradient = {"weight": torch.zeros(2, 3), "bias": torch.ones(2)}
    assert norm(plane.direction(gradient, "step", own)) == pytest.approx(1)
    with pytest.raises(ValueError, match="its norm at the scale 'filter' is 0"):
        plane.direction(gradient, "filter", own)
