"""A claim a test: the plane against plain float64 models built from scratch."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from interference import plane
from interference.ego import mean_gradient, norm
from interference.errors import BadInput
from interference.params import SCALES
from tests.nets import NETS, data


def directions(net: nn.Module) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """The raw gradients of classes 0 and 2."""
    inputs, labels = data()
    first, second = (mean_gradient(net, [(inputs[labels == c], labels[labels == c])]) for c in (0, 2))
    return first, second


def logits(net: nn.Module) -> torch.Tensor:
    """What a net in eval mode says of the images (n, classes)."""
    with torch.no_grad():
        return net.eval()(data()[0])


def snapshot(net: nn.Module) -> dict[str, torch.Tensor]:
    """A copy of every parameter and buffer."""
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}


@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_a_3_by_5_grid_has_theta_1_first_and_equals_models_built_from_scratch(make: Callable[[], nn.Module]):
    net = make()
    first, second = directions(net)
    thetas_1, thetas_2 = plane.axis(3, 0.4), plane.axis(5, 0.8)
    for theta_1 in thetas_1:
        for theta_2 in thetas_2:
            fresh = make()
            fresh.load_state_dict({name: tensor - theta_1 * first[name] - theta_2 * second[name]
                                   if name in first else tensor for name, tensor in net.state_dict().items()})
            with plane.moved(net, first, second, theta_1, theta_2):
                assert torch.allclose(logits(net), logits(fresh), rtol=1e-12, atol=1e-13)


def test_the_walk_goes_row_by_row_and_can_start_at_any_row():
    net = NETS["batch norm"]()
    first, second = directions(net)
    thetas = plane.axis(3, 0.4)
    walk = dict(plane.rows(net, first, second, thetas, logits))
    assert list(walk) == [0, 1, 2]
    assert [len(row) for row in walk.values()] == [3, 3, 3]
    resumed = dict(plane.rows(net, first, second, thetas, logits, start=1))
    assert list(resumed) == [1, 2]
    assert all(torch.equal(a, b) for i in resumed for a, b in zip(walk[i], resumed[i], strict=True))
    with plane.moved(net, first, second, -0.4, 0.4):
        assert torch.equal(walk[0][2], logits(net))


@pytest.mark.parametrize("scale", SCALES)
def test_the_centre_of_the_plane_is_the_net_itself(scale: str):
    net = NETS["batch norm"]()
    here = logits(net)
    first, second = (plane.direction(one, scale) for one in directions(net))
    assert torch.equal(dict(plane.rows(net, first, second, plane.axis(3, 1.0), logits))[1][1], here)


def test_swapping_the_pair_transposes_the_surface():
    net = NETS["no batch norm"]()
    first, second = directions(net)
    thetas = plane.axis(3, 0.7)
    one, other = (dict(plane.rows(net, *pair, thetas, logits)) for pair in ((first, second), (second, first)))
    assert all(torch.allclose(one[i][j], other[j][i], rtol=1e-12, atol=1e-13) for i in range(3) for j in range(3))


@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_a_sweep_leaves_every_tensor_as_it_was(make: Callable[[], nn.Module]):
    net = make()
    first, second = directions(net)
    before = snapshot(net)
    list(plane.rows(net, first, second, plane.axis(3, 1.3), logits))
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())


def test_the_net_comes_back_when_an_evaluation_fails():
    net = NETS["batch norm"]()
    first, second = directions(net)
    before = snapshot(net)
    with pytest.raises(ZeroDivisionError), plane.moved(net, first, second, 1.0, 2.0):
        raise ZeroDivisionError
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())


def test_an_interference_model_is_a_convex_combination_of_ego_models():
    """Proposition 1: theta_1 = lambda alpha_1 and theta_2 = (1 - lambda) alpha_2."""
    net = NETS["batch norm"]()
    first, second = directions(net)
    share, alpha_1, alpha_2 = 0.3, 1.7, -0.6

    def weights() -> torch.Tensor:
        return torch.cat([weight.detach().flatten() for weight in net.parameters()])

    with plane.moved(net, first, second, alpha_1, 0):
        ego_1 = weights()
    with plane.moved(net, first, second, 0, alpha_2):
        ego_2 = weights()
    with plane.moved(net, first, second, share * alpha_1, (1 - share) * alpha_2):
        assert torch.allclose(weights(), share * ego_1 + (1 - share) * ego_2, rtol=1e-13, atol=1e-14)


def test_theta_is_the_norm_of_the_change_at_the_step_scale():
    net = NETS["batch norm"]()
    first, second = (plane.direction(one, "step") for one in directions(net))
    before = snapshot(net)
    with plane.moved(net, first, second, 0.0, 0.25):
        change = {name: weight.detach() - before[name] for name, weight in net.named_parameters()}
    assert norm(change) == pytest.approx(0.25, rel=1e-12)


def test_the_axis_is_symmetric_with_zero_in_the_middle():
    thetas = plane.axis(19, 0.1)
    assert thetas[9] == 0
    assert np.array_equal(thetas, -thetas[::-1])
    assert np.diff(thetas) == pytest.approx(0.1 / 9)
    assert thetas[-1] == pytest.approx(0.1)


@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf")])
def test_a_gradient_without_a_length_gives_no_direction(value: float):
    with pytest.raises(BadInput, match="gives no direction"):
        plane.direction({"w": torch.full((2,), value)}, "step")
