"""A claim a test: the plane against plain float64 models built from scratch."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from interference import vocabulary
from interference.errors import BadInput
from interference.landscape import plane
from interference.landscape.class_gradients import mean_gradient, norm
from tests.toy_nets import NETS, data


def directions(net: nn.Module) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """The raw gradients of classes 0 and 2."""
    inputs, labels = data()
    first, second = (
        mean_gradient(net, [(inputs[labels == c], labels[labels == c])]) for c in (0, 2)
    )
    return first, second


def logits(net: nn.Module) -> torch.Tensor:
    """What a net in eval mode says of the images (n, classes)."""
    with torch.no_grad():
        return net.eval()(data()[0])


def snapshot(net: nn.Module) -> dict[str, torch.Tensor]:
    """A copy of every parameter and buffer."""
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}


@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_a_3_by_5_grid_has_theta_1_first_and_equals_models_built_from_scratch(
    make: Callable[[], nn.Module],
):
    net = make()
    first, second = directions(net)
    thetas_1, thetas_2 = plane.axis(3, 0.4), plane.axis(5, 0.8)
    for theta_1 in thetas_1:
        for theta_2 in thetas_2:
            fresh = make()
            fresh.load_state_dict(
                {
                    name: tensor - theta_1 * first[name] - theta_2 * second[name]
                    if name in first
                    else tensor
                    for name, tensor in net.state_dict().items()
                }
            )
            with plane.moved(net, first, second, theta_1, theta_2):
                assert torch.allclose(logits(net), logits(fresh), rtol=1e-12, atol=1e-13)


def test_each_point_is_reached_from_w_whatever_came_before():
    net = NETS["batch norm"]()
    first, second = directions(net)
    with plane.walking(net, first, second) as move:
        for theta_1, theta_2 in ((3.0, -2.0), (1e6, 1e6), (-0.4, 0.4)):
            move(theta_1, theta_2)
        found = logits(net)
    with plane.moved(net, first, second, -0.4, 0.4):
        assert torch.equal(found, logits(net))


@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_the_middle_of_the_plane_and_the_net_afterwards_are_the_net_bit_by_bit(
    make: Callable[[], nn.Module],
):
    net = make().to(memory_format=torch.channels_last)
    first, second = directions(net)
    before, strides = snapshot(net), [weight.stride() for weight in net.parameters()]
    with plane.walking(net, first, second) as move:
        move(1.3, -0.7)
        move(0.0, 0.0)
        assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
        assert [weight.stride() for weight in net.parameters()] == strides
        move(1.3, -0.7)
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
        assert torch.allclose(
            weights(), share * ego_1 + (1 - share) * ego_2, rtol=1e-13, atol=1e-14
        )


def test_every_point_of_a_square_is_half_way_between_two_ego_models_twice_as_far_out():
    """Proposition 1 over the whole square: lambda = 1/2 and alpha = 2 theta."""
    net = NETS["batch norm"]()
    first, second = directions(net)
    sigma = 0.8
    rng = np.random.default_rng(0)
    points = [*rng.uniform(-sigma, sigma, (20, 2)), (sigma, -sigma), (-sigma, -sigma), (0.0, sigma)]

    def weights() -> torch.Tensor:
        return torch.cat([weight.detach().flatten() for weight in net.parameters()])

    for theta_1, theta_2 in points:
        with plane.moved(net, first, second, 2 * theta_1, 0):
            ego_1 = weights()
        with plane.moved(net, first, second, 0, 2 * theta_2):
            ego_2 = weights()
        with plane.moved(net, first, second, theta_1, theta_2):
            assert torch.allclose(weights(), (ego_1 + ego_2) / 2, rtol=1e-13, atol=1e-14)


def test_ego_models_of_an_edge_enclose_half_of_their_plane():
    """A point is such a combination with alpha in [-sigma, sigma] if |theta_1| + |theta_2| <= sigma.

    lambda = |theta_1| / sigma is then possible; beyond, the two shares add up to more than 1.
    """
    sigma = 1.0
    thetas = np.random.default_rng(1).uniform(-sigma, sigma, (20_000, 2))
    shares = np.abs(thetas) / sigma  # the least lambda and the least 1 - lambda
    is_inside = shares.sum(1) <= 1
    assert abs(is_inside.mean() - 0.5) < 0.02


@pytest.mark.parametrize(("scale", "length"), [("step", 1.0), ("relative", None)])
def test_theta_is_the_norm_of_the_change_or_its_share_of_the_weights_norm(
    scale: str, length: float | None
):
    net = NETS["batch norm"]()
    weights = {name: weight.detach().clone() for name, weight in net.named_parameters()}
    first, second = (plane.direction(one, scale, weights) for one in directions(net))
    with plane.moved(net, first, second, 0.0, 0.25):
        change = {name: weight.detach() - weights[name] for name, weight in net.named_parameters()}
    assert norm(change) == pytest.approx(0.25 * (length or norm(weights)), rel=1e-12)


@pytest.mark.parametrize("scale", ["filter", "random"])
def test_every_filter_moves_by_its_own_norm_and_biases_and_batch_norm_stay(scale: str):
    net = NETS["batch norm"]()
    weights = dict(net.named_parameters())
    gradient = (
        directions(net)[0]
        if scale == "filter"
        else plane.gaussian(weights, torch.Generator().manual_seed(1))
    )
    found = plane.direction(gradient, scale, weights)
    for name, tensor in found.items():
        if tensor.dim() < 2:
            assert not tensor.any()
            continue
        for one, weight, raw in zip(tensor, weights[name].detach(), gradient[name], strict=True):
            assert one.norm() == pytest.approx(float(weight.norm()), rel=1e-12)
            assert torch.allclose(one / one.norm(), raw / raw.norm())


def test_a_filter_without_a_gradient_stays():
    weights = {"w": torch.ones(2, 3)}
    found = plane.direction({"w": torch.tensor([[0.0, 0, 0], [3, 4, 0]])}, "filter", weights)["w"]
    assert not found[0].any()
    assert found[1].norm() == pytest.approx(3**0.5)


def test_random_directions_follow_from_their_generator():
    weights = dict(NETS["tied"]().named_parameters())
    one, same, other = (
        plane.gaussian(weights, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert all(torch.equal(one[name], same[name]) for name in weights)
    assert not torch.equal(one["last.weight"], other["last.weight"])


def test_the_axis_is_symmetric_with_zero_in_the_middle():
    thetas = plane.axis(19, 0.1)
    assert thetas[9] == 0
    assert np.array_equal(thetas, -thetas[::-1])
    assert np.diff(thetas) == pytest.approx(0.1 / 9)
    assert thetas[-1] == pytest.approx(0.1)


@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf")])
def test_a_gradient_without_a_length_gives_no_direction(value: float):
    with pytest.raises(BadInput, match="gives no direction"):
        plane.direction({"w": torch.full((2,), value)}, "step", {"w": torch.ones(2)})


def test_every_scale_has_a_caption_and_a_direction():
    assert list(plane.DIRECTIONS) == list(vocabulary.SCALES)


def test_every_split_has_its_place_where_one_split_is_chosen():
    assert sorted(vocabulary.TRAINING_FIRST) == sorted(vocabulary.SPLITS)
    assert set(vocabulary.ALWAYS) <= set(vocabulary.SPLITS)
