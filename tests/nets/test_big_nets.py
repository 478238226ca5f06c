import pytest
import torch
from torch import nn

from interference.nets import build, dla, dla_full

PARAMETERS = {
    "googlenet": 6_166_250,
    "dla": 15_142_970,
    "dla_full": 16_291_386,
}  # shared/paper/settings.md


@pytest.fixture(scope="module", params=PARAMETERS)
def net(request: pytest.FixtureRequest) -> nn.Module:
    """Each big net, made once, for 7 classes and images of 1 channel, in eval mode."""
    torch.manual_seed(0)
    return build(request.param, classes=7, channels=1).eval()


def images() -> torch.Tensor:
    """Three images of one channel, the same at every call."""
    return torch.randn(3, 1, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("name", "count"), PARAMETERS.items())
def test_a_big_net_has_its_number_of_parameters(name: str, count: int) -> None:
    with torch.device("meta"):
        net = build(name)
    assert sum(parameter.numel() for parameter in net.parameters()) == count


def test_logits_are_one_row_an_image_and_one_column_a_class(net: nn.Module) -> None:
    assert net(images()).shape == (3, 7)


def test_eval_mode_gives_the_same_logits_twice_and_keeps_every_tensor(net: nn.Module) -> None:
    before = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    assert torch.equal(net(images()), net(images()))
    assert all(torch.equal(before[key], tensor) for key, tensor in net.state_dict().items())


def test_every_parameter_gets_a_gradient(net: nn.Module) -> None:
    parameters = dict(net.named_parameters())
    loss = nn.functional.cross_entropy(net(images()), torch.tensor([0, 4, 6]))
    gradients = torch.autograd.grad(loss, list(parameters.values()))
    assert [
        key for key, gradient in zip(parameters, gradients, strict=True) if not gradient.any()
    ] == []


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_tree_shrinks_its_input_by_its_stride_once(depth: int, stride: int) -> None:
    x = torch.randn(2, 3, 8, 4)
    for grow in (dla.tree, dla_full.tree):
        assert grow(depth, 3, 5, stride)(x).shape == (2, 5, 8 // stride, 4 // stride)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_full_tree_runs_smaller_trees_the_deepest_first_and_ends_in_two_leaves(
    depth: int,
) -> None:
    tree = dla_full.Tree(depth, 3, 5, 2)
    leaves = [type(step) is not dla_full.Tree for step in tree.row]
    assert leaves == [False] * (depth - 1) + [True, True]


def test_the_root_of_a_full_tree_sees_the_tree_below_two_leaves_and_the_leaf_beside() -> None:
    tree = dla_full.Tree(2, 3, 5, 2).eval()
    x = torch.randn(2, 3, 8, 4)
    t, a, b = tree.row
    parts = [tree.beside[0](x), t(x), a(t(x)), b(a(t(x)))]  # equation 3, and B(x)
    assert torch.equal(tree(x), tree.root(torch.cat(parts, dim=1)))
