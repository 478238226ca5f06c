"""A claim a test: the loss that training steps minimise."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, multi_margin_loss

from interference.errors import BadInput
from interference.learning.epochs import epochs
from interference.learning.optim import sgd
from interference.learning.training_loss import check_loss, class_weights, training_loss
from tests.learning.test_epochs import CPU, DATA, SETUP, images, new_net, same, trained

LABELS = torch.tensor([0, 0, 0, 1, 2, 2])
LOGITS = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_class_weights_are_pytorchs_weighted_cross_entropy(smoothing: float):
    setup = replace(SETUP, class_weights=(1, 2.5, 0.5), label_smoothing=smoothing)
    weight = torch.tensor([1, 2.5, 0.5])
    expected = cross_entropy(LOGITS, LABELS, weight=weight, label_smoothing=smoothing)
    torch.testing.assert_close(training_loss(setup, LABELS)(LOGITS, LABELS), expected)


def test_the_mean_is_divided_by_the_weights_of_the_labels():
    setup = replace(SETUP, class_weights=(1, 3, 2))
    each = cross_entropy(LOGITS, LABELS, reduction="none")
    weights = torch.tensor([1.0, 1, 1, 3, 2, 2])
    expected = (weights * each).sum() / weights.sum()
    torch.testing.assert_close(training_loss(setup, LABELS)(LOGITS, LABELS), expected)


def test_balanced_weights_are_inverse_to_the_classes_sizes():
    weights = class_weights(replace(SETUP, class_weights="balanced"), LABELS)
    torch.testing.assert_close(weights, torch.tensor([6 / 9, 6 / 3, 6 / 6]))


@pytest.mark.parametrize(("labels", "classes"), [([0, 2, 2], 3), ([0, 1, 1], 3)])
def test_a_class_without_images_cannot_be_balanced(labels: list[int], classes: int):
    with pytest.raises(BadInput, match=r"class_weights: found balanced, but no.*label [12]"):
        check_loss(replace(SETUP, class_weights="balanced"), torch.tensor(labels), classes)


def test_weights_train_but_the_loss_recorded_is_the_plain_one():
    setup = replace(SETUP, class_weights=(1, 5, 1), batch_size=21)
    plain = replace(SETUP, batch_size=21)
    net, other = new_net(), new_net()
    _, online = next(epochs(net, images(), sgd(net, setup), setup, DATA, 0, CPU))
    _, expected = next(epochs(other, images(), sgd(other, plain), plain, DATA, 0, CPU))
    assert torch.equal(online.losses, expected.losses)
    assert not same(net, other)


def test_equal_weights_train_as_none():
    weighted = trained(replace(SETUP, class_weights=(2, 2, 2)))
    for one, other in zip(weighted.parameters(), trained(SETUP).parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_a_loss_is_called_by_its_dotted_path():
    setup = replace(SETUP, loss="torch.nn.functional:multi_margin_loss")
    check_loss(setup, LABELS, 3)
    value = training_loss(setup, LABELS)(LOGITS, LABELS)
    assert torch.equal(value, multi_margin_loss(LOGITS, LABELS))
    assert not same(trained(setup), trained(SETUP))


def per_image(logits: Tensor, labels: Tensor) -> Tensor:
    return cross_entropy(logits, labels, reduction="none")


def detached(logits: Tensor, labels: Tensor) -> Tensor:
    return cross_entropy(logits, labels).detach()


def as_a_number(logits: Tensor, labels: Tensor) -> float:
    return float(cross_entropy(logits.detach(), labels))


def infinite(logits: Tensor, labels: Tensor) -> Tensor:
    return logits.sum() / 0


HERE = "tests.learning.test_training_loss"


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("torch.nn.functional:cross_entropi", "cannot be imported"),
        ("torchh:loss", "No module named 'torchh'"),
        ("math:pi", "found 'math:pi', a float, allowed: a function or a class"),
        (f"{HERE}:per_image", r"returns float32 of shape \(2,\), allowed: one number"),
        (f"{HERE}:detached", "does not depend on the logits"),
        (f"{HERE}:as_a_number", "returns a float, allowed: a tensor"),
        (f"{HERE}:infinite", "returns (-?inf|nan), allowed: a finite number"),
        ("torch.nn.functional:mse_loss", r"fails on logits \(2, 3\) and labels \(2,\)"),
        ("torch.nn:CrossEntropyLoss", "allowed: a"),
    ],
)
def test_a_loss_that_cannot_train_is_refused_in_one_line(loss: str, message: str):
    with pytest.raises(BadInput, match=f"loss: .*{message}") as refusal:
        check_loss(replace(SETUP, loss=loss), LABELS, 3)
    assert "\n" not in str(refusal.value)
