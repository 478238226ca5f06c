"""A claim a test: class gradients against a plain float64 reference."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from interference.landscape import class_gradients
from interference.landscape.class_gradients import gram, mean_gradient, norm
from tests.toy_nets import NETS, data


def reference(
    net: nn.Module, inputs: torch.Tensor, labels: torch.Tensor
) -> dict[str, torch.Tensor]:
    """The mean of the images' own gradients, one image at a time."""
    net.eval()
    each = []
    for image, label in zip(inputs, labels, strict=True):
        net.zero_grad()
        cross_entropy(net(image[None]), label[None]).backward()
        each.append({name: weight.grad.clone() for name, weight in net.named_parameters()})
    net.zero_grad()
    return {name: torch.stack([one[name] for one in each]).mean(0) for name in each[0]}


def classes(net: nn.Module) -> tuple[list[dict[str, torch.Tensor]], torch.Tensor]:
    """The gradient of every class, in batches of unequal sizes, and the classes' sizes."""
    inputs, labels = data()
    own = [(inputs[labels == label], labels[labels == label]) for label in range(3)]
    return (
        [
            mean_gradient(net, zip(images.split(3), names.split(3), strict=True))
            for images, names in own
        ],
        torch.tensor([len(names) for _, names in own]),
    )


@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_the_mean_gradient_is_the_mean_of_the_images_gradients(make: Callable[[], nn.Module]):
    net = make()
    found, wanted = mean_gradient(net, [data()]), reference(net, *data())
    assert found.keys() == wanted.keys()
    assert all(torch.allclose(found[name], wanted[name], rtol=1e-12, atol=1e-14) for name in wanted)


@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_class_gradients_weighted_by_class_size_sum_to_the_full_gradient(
    make: Callable[[], nn.Module],
):
    net = make()
    gradients, sizes = classes(net)
    full = mean_gradient(net, [data()])
    for name, tensor in full.items():
        weighted = (
            sum(size * gradient[name] for size, gradient in zip(sizes, gradients, strict=True))
            / sizes.sum()
        )
        assert torch.allclose(weighted, tensor, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_a_gradient_leaves_every_tensor_and_the_mode_as_they_were(make: Callable[[], nn.Module]):
    net = make().train()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    mean_gradient(net, [data()])
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert net.training
    assert all(weight.grad is None for weight in net.parameters())


def test_the_gram_matrix_holds_squared_norms_and_is_symmetric():
    gradients, _ = classes(NETS["batch norm"]())
    dots = gram(gradients)
    flat = torch.stack(
        [torch.cat([tensor.flatten() for tensor in one.values()]) for one in gradients]
    )
    assert torch.allclose(dots, flat @ flat.T)
    assert torch.equal(dots, dots.T)
    assert [norm(one) ** 2 for one in gradients] == pytest.approx(dots.diag().tolist())


def test_descending_a_class_gradient_lowers_that_class_loss():
    net = NETS["batch norm"]().eval()
    inputs, labels = data()
    own = inputs[labels == 1], labels[labels == 1]
    before, gradient = cross_entropy(net(own[0]), own[1]), mean_gradient(net, [own])
    with torch.no_grad():
        for name, weight in net.named_parameters():
            weight -= 1e-3 * gradient[name]
    assert cross_entropy(net(own[0]), own[1]) < before


def test_dot_products_over_columns_are_those_of_whole_vectors(monkeypatch: pytest.MonkeyPatch):
    vectors = np.random.default_rng(0).normal(size=(4, 1000)).astype(np.float32)
    monkeypatch.setattr(class_gradients, "COLUMNS", 64)
    exact = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    assert class_gradients.gram_of_vectors(vectors) == pytest.approx(exact, rel=1e-12)
