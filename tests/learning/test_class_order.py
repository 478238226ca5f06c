"""A net that numbers the classes in another order is pointed out; a poor net is not."""

import numpy as np
import pytest

from interference.classes import Classes
from interference.learning import class_order

CLASSES = Classes.from_labels(["apple", "bee", "Cow", "dog"])


def counts(outputs: list[int], n: int = 40, correct: float = 0.9) -> np.ndarray:
    """Counts of a net whose output `outputs[label]` stands for each label."""
    table = np.full((len(outputs), len(outputs)), round(n * (1 - correct) / len(outputs)))
    table[np.arange(len(outputs)), outputs] += round(n * correct)
    return table


@pytest.mark.parametrize("outputs", [[1, 0, 2, 3], [3, 2, 1, 0], [1, 2, 3, 0]])
def test_another_order_is_found_with_the_names_by_output(outputs: list[int]):
    order = class_order.other_order(counts(outputs, 80), counts(outputs))
    assert order == [outputs.index(output) for output in range(4)]
    text = class_order.note(counts(outputs, 80), counts(outputs), CLASSES)
    names = ", ".join(CLASSES.labels[label] for label in order)
    assert f"data.classes: [{names}]" in text
    assert "its test accuracy is 92.50 %" in text


@pytest.mark.parametrize("outputs", [[1, 2, 0], [2, 0, 1], [1, 0, 2], [2, 1, 0], [0, 2, 1]])
def test_another_order_is_found_although_the_net_is_poor_on_test_images(outputs: list[int]):
    training = np.array([[60, 0, 0], [4, 53, 3], [1, 3, 56]])
    test = np.array([[27, 1, 2], [10, 13, 7], [9, 6, 15]])
    renumbered = [outputs.index(output) for output in range(3)]
    order = class_order.other_order(training[:, renumbered], test[:, renumbered])
    assert order == renumbered
    classes = Classes.from_labels(["circle", "Square", "triangle"])
    text = class_order.note(training[:, renumbered], test[:, renumbered], classes)
    assert "its test accuracy is 61.11 %, and 93.89 % on the training images" in text


@pytest.mark.parametrize(
    ("training", "test", "splits"),
    [
        ([[1, 4, 5], [4, 1, 5], [5, 4, 1]], [[5, 0, 0], [0, 5, 0], [0, 0, 5]], "training"),
        ([[5, 0, 0], [0, 5, 0], [0, 0, 5]], [[1, 4, 5], [4, 1, 5], [5, 4, 1]], "test"),
        ([[1, 4, 5], [4, 1, 5], [5, 4, 1]], [[1, 4, 5], [4, 1, 5], [5, 4, 1]], "test and training"),
    ],
)
def test_an_accuracy_below_chance_is_pointed_out(
    training: list[list[int]], test: list[list[int]], splits: str
):
    classes = Classes.from_labels(["circle", "Square", "triangle"])
    text = class_order.note(np.array(training), np.array(test), classes)
    assert text.startswith(f"the accuracy on the {splits} images is below chance (33.33 %)")
    assert "data.classes: [circle, Square, triangle]" in text


def test_a_net_at_chance_is_passed_over():
    constant = np.array([[10, 0], [10, 0]])
    assert class_order.note(constant, constant, Classes.from_labels(["a", "b"])) == ""


def test_the_images_own_order_is_passed_over():
    assert class_order.note(counts([0, 1, 2, 3]), counts([0, 1, 2, 3]), CLASSES) == ""


def test_a_net_that_predicts_one_class_or_at_random_is_not_taken_for_a_renumbered_one():
    constant = np.zeros((2, 2), int)
    constant[:, 1] = (80, 20)
    assert class_order.other_order(constant, constant) is None
    one_class_tested = constant.copy()
    one_class_tested[1] = 0
    assert class_order.other_order(constant[::-1], one_class_tested) is None
    assert class_order.other_order(constant, one_class_tested) is None
    random = np.random.default_rng(0)
    for _ in range(20):
        training, test = (random.multinomial(5, [0.1] * 10, size=10) for _ in range(2))
        assert class_order.other_order(training, test) is None


def test_a_class_without_test_images_takes_its_number_from_the_training_images():
    test = counts([1, 0, 3, 2])
    test[3] = 0
    assert class_order.other_order(counts([1, 0, 3, 2]), test) == [1, 0, 3, 2]


def test_a_long_order_is_shortened():
    classes = Classes.from_labels([str(label) for label in range(30)])
    outputs = [*range(1, 30), 0]
    text = class_order.note(counts(outputs), counts(outputs), classes)
    assert "[29, 0, 1, 2, 3, 4, 5, 6, 7, 8, ... (30 in all)]" in text
