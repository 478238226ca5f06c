"""A claim a test: the cross-entropy that training, class gradients and surfaces share."""

import pytest
import torch

from interference.learning.losses import losses


def example() -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of five images and three classes, and labels."""
    logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return logits, torch.tensor([0, 2, 1, 1, 0])


def test_a_loss_is_minus_the_log_of_the_probability_of_the_true_class():
    logits, labels = example()
    probability = logits.exp() / logits.exp().sum(1, keepdim=True)
    torch.testing.assert_close(losses(logits, labels), -probability[range(5), labels].log())


def test_sum_and_mean_are_those_of_the_images():
    logits, labels = example()
    each = losses(logits, labels)
    assert float(losses(logits, labels, reduction="sum")) == pytest.approx(float(each.sum()))
    assert float(losses(logits, labels, reduction="mean")) == pytest.approx(float(each.mean()))


def test_smoothing_mixes_in_the_mean_loss_of_all_classes():
    logits, labels = example()
    of_all = torch.stack([losses(logits, torch.full_like(labels, label)) for label in range(3)])
    expected = 0.7 * losses(logits, labels) + 0.3 * of_all.mean(0)
    torch.testing.assert_close(losses(logits, labels, label_smoothing=0.3), expected)


def test_no_other_module_computes_a_cross_entropy():
    from tests.imports import SRC

    callers = [path.name for path in SRC.rglob("*.py") if " cross_entropy" in path.read_text()]
    assert callers == ["losses.py"]
