import numpy as np
import pandas as pd
import pytest

from interference import confusion, dance
from interference.errors import BadInput
from interference.tables import Table

SIZE = 5000


def cctm(*rows: list[int]) -> np.ndarray:
    """The CCTM (epochs, 4, 4) of a net that errs on class 1 alone, as `rows` (of 5,000 images) say."""
    counts = np.broadcast_to(SIZE * np.eye(4, dtype=int), (len(rows), 4, 4)).copy()
    counts[:, 1] = rows
    counts[:, 1, 1] = SIZE - counts[:, 1].sum(-1)
    return confusion.cctm(counts)


def table(counts: np.ndarray, split: str = "train_augmented") -> Table:
    """A counts table whose rows lie in no order, beside another split of other counts."""
    epochs = 1 + np.arange(len(counts))
    frame = pd.concat([pd.DataFrame(confusion.columns(part, part / 2, epoch=epochs, split=name))
                       for name, part in ((split, counts), ("test", counts[::-1]))])
    size = counts.shape[-1]
    return Table(frame.sample(frac=1, random_state=0), {
        "classes": [f"c{label}" for label in range(size)], "labels": [f"C{label}" for label in range(size)],
        "run": {"name": "toy"}})


def test_a_note_is_the_class_most_often_predicted_instead():
    assert dance.notes(cctm([10, 0, 30, 20], [40, 0, 30, 20], [10, 0, 30, 31]), 1).tolist() == [2, 0, 3]


def test_five_of_5000_is_no_note_and_six_is():
    assert dance.notes(cctm([5, 0, 5, 5], [5, 0, 6, 5], [0, 0, 0, 0]), 1).tolist() == [-2, 2, -2]


def test_ties_go_to_the_lower_label():
    assert dance.notes(cctm([0, 0, 9, 9], [9, 0, 9, 9]), 1).tolist() == [2, 0]


def test_the_class_itself_is_never_its_note():
    assert dance.notes(cctm([0, 0, 4, 0]), 1).tolist() == [dance.NONE]


def test_an_absent_class_has_no_notes():
    absent = np.zeros((2, 4, 4), int)
    absent[:, 0, 0] = 3
    assert dance.notes(confusion.cctm(absent), 1).tolist() == [-2, -2]


def test_notes_do_not_change_the_cctm():
    matrix = cctm([10, 0, 30, 20])
    before = matrix.copy()
    dance.notes(matrix, 1)
    np.testing.assert_array_equal(matrix, before)


def test_the_training_cctm_is_of_the_split_asked_for_epoch_by_epoch():
    counts = np.random.default_rng(0).integers(1, 100, (5, 3, 3))
    epochs, back = dance.training_counts(table(counts), "train_augmented")
    assert epochs.tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(back, counts)
    np.testing.assert_array_equal(dance.training_cctm(table(counts), "test"), confusion.cctm(counts[::-1]))


def test_a_split_that_was_not_recorded_is_bad_input_and_the_others_are_named():
    counts = np.ones((2, 3, 3), int)
    with pytest.raises(BadInput, match=r"'train', recorded: test, train_augmented"):
        dance.training_counts(table(counts), "train")


def test_recalls_are_the_diagonal_in_percent():
    counts = np.random.default_rng(1).integers(1, 100, (5, 3, 3))
    np.testing.assert_allclose(dance.recalls(confusion.cctm(counts)), confusion.recall(counts))


def test_a_dance_is_where_one_rises_and_the_other_falls():
    cat, dog = np.array([10, 20, 15, 15, 30, 40.0]), np.array([50, 40, 60, 70, 80, 70.0])
    assert dance.dance_epochs(cat, dog).tolist() == [1, 2, 5]
    assert dance.dance_epochs(cat, cat).tolist() == []


def test_a_planted_dance_is_a_perfect_anticorrelation_under_any_common_pace():
    sway = np.random.default_rng(2).normal(size=50)
    assert dance.anticorrelation(60 + sway, 80 - 2 * sway) == pytest.approx(-1)
    assert dance.anticorrelation(60 + sway + np.arange(50), 80 - sway + np.arange(50)) == pytest.approx(-1)
    assert np.isnan(dance.anticorrelation(sway, np.full(50, 3.0)))


def test_relabelling_the_classes_permutes_the_notes():
    counts, order = np.random.default_rng(3).permutation(6 * 25).reshape(6, 5, 5), np.array([3, 0, 4, 2, 1])
    renamed = counts[:, order][..., order]
    found = dance.notes(confusion.cctm(renamed), 2)
    np.testing.assert_array_equal(order[found], dance.notes(confusion.cctm(counts), order[2]))
