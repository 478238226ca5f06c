"""The confidence and the second best class of a net's predictions."""

import torch

from interference.learning.prediction import confidences, top_class


def test_the_confidence_is_the_softmax_of_the_predicted_class_and_the_second_the_next():
    logits = torch.tensor([[2.0, 0.0, 1.0], [0.0, 0.0, 3.0]])
    confidence, second = confidences(logits, logits.argmax(1))
    assert torch.allclose(confidence, logits.softmax(1).max(1).values)
    assert second.tolist() == [2, 0]


def test_logits_that_are_not_finite_have_no_confidence():
    logits = torch.tensor([[torch.nan, 0.0, 1.0], [0.0, torch.inf, 1.0]])
    predicted = top_class(logits, torch.tensor([0, 0])).predicted
    confidence, second = confidences(logits, predicted)
    assert confidence.tolist() == [0.0, 0.0]
    assert (second != predicted).all()
