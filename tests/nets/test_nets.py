import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from interference.errors import BadInput
from interference.learning.net_check import check_takes
from interference.nets import NETS, build

MULTIPLICATIONS = {
    "vgg19": 398.1,
    "resnet18": 555.4,
    "googlenet": 1521.8,
    "dla": 913.5,
    "dla_full": 1030.9,
    "small": 118.1,
}  # millions, layer by layer: outputs x inputs x kernel x positions
TOO_SMALL = {
    (1, 28, 28): {"vgg19"},
    (3, 96, 48): set(),
    (3, 64, 64): set(),
    (1, 8, 8): {"vgg19", "resnet18", "dla", "dla_full", "small"},
}  # the nets that refuse images of a shape; a net that is not listed must take them
PARAMETERS = {"vgg19": 20_040_522, "resnet18": 11_173_962}  # shared/paper/settings.md


def parameters(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


@pytest.mark.parametrize(("name", "count"), PARAMETERS.items())
def test_the_papers_nets_have_the_papers_number_of_parameters(name: str, count: int) -> None:
    assert parameters(build(name)) == count


@pytest.mark.parametrize(("name", "millions"), MULTIPLICATIONS.items())
def test_a_forward_pass_of_one_image_takes_the_architectures_multiplications(
    name: str, millions: float
) -> None:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        build(name).eval()(torch.empty(1, 3, 32, 32))
    assert counter.get_total_flops() / 2e6 == pytest.approx(millions, abs=0.05)


@pytest.mark.parametrize("name", NETS)
def test_logits_are_one_row_an_image_and_one_column_a_class(name: str) -> None:
    net = build(name, classes=7, channels=1).eval()
    assert net(torch.randn(2, 1, 32, 32)).shape == (2, 7)


@pytest.mark.parametrize("name", NETS)
def test_a_net_takes_images_that_are_larger_and_not_square(name: str) -> None:
    net = build(name).eval()
    assert net(torch.randn(2, 3, 32, 64)).shape == (2, 10)


@pytest.mark.parametrize("shape", TOO_SMALL)
@pytest.mark.parametrize("name", NETS)
def test_a_net_takes_other_sizes_or_says_so_before_training(
    name: str, shape: tuple[int, int, int]
) -> None:
    with torch.device("meta"):
        net = build(name, 7, shape[0])
        image = torch.zeros(1, *shape)
    if name in TOO_SMALL[shape]:
        with pytest.raises(BadInput, match=r"fails on a batch of 1 x 1 x .*data\.resize"):
            check_takes("run", net, image, 7)
        return
    try:
        check_takes("run", net, image, 7)
    except BadInput as error:
        pytest.fail(f"{error}; if {name} needs larger images, enter it in TOO_SMALL[{shape}]")


def test_trying_a_net_leaves_it_as_it_was_and_asks_for_a_logit_a_class() -> None:
    net = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(12), nn.Linear(12, 3)).eval()
    images = torch.randn(2, 1, 3, 4)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    check_takes("run", net, images, 3)
    assert not net.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    with pytest.raises(BadInput, match=r"runs\.run\.net: found output \(2, 3\), allowed: \(2, 4\)"):
        check_takes("run", net, images, 4)
    with pytest.raises(BadInput, match=r"fails on a batch of 1 x 1 x 3 x 4.*batch_size"):
        check_takes("run", net, images[:1], 3)


@pytest.mark.parametrize("name", NETS)
def test_every_parameter_has_a_gradient_in_eval_mode(name: str) -> None:
    net = build(name, channels=1).eval()
    net(torch.randn(3, 1, 32, 32)).logsumexp(1).sum().backward()
    silent = [
        key for key, value in net.named_parameters() if value.grad is None or not value.grad.any()
    ]
    assert silent == []


@pytest.mark.parametrize("name", NETS)
def test_a_state_dict_makes_another_net_the_same(name: str) -> None:
    net, other = build(name).eval(), build(name).eval()
    other.load_state_dict(net.state_dict())
    images = torch.randn(2, 3, 32, 32)
    assert torch.equal(net(images), other(images))


@pytest.mark.parametrize("name", NETS)
def test_the_same_seed_draws_the_same_weights(name: str) -> None:
    torch.manual_seed(3)
    first = build(name).state_dict()
    torch.manual_seed(3)
    second = build(name).state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("name", NETS)
def test_weights_lie_within_the_bound_of_pytorchs_default(name: str) -> None:
    layers = [layer for layer in build(name).modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    for layer in layers:
        bound = (
            layer.weight[0].numel() ** -0.5
        )  # uniform on +- 1 / sqrt(fan in), the documented default
        assert bound * 0.9 < layer.weight.abs().max() <= bound


def test_unknown_net_names_the_nets() -> None:
    with pytest.raises(BadInput, match=f"net: found 'vgg', allowed: {', '.join(NETS)}"):
        build("vgg")
