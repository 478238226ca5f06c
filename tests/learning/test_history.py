"""A claim a test: counts and losses by split and epoch."""

import numpy as np

from interference import confusion
from interference.learning.history import History
from interference.vocabulary import UNKNOWN

SIZES = np.array([4, 5])  # images of each class


def recorded() -> History:
    """Two classes: two epochs of the test split, one of the training split, added out of order."""
    history = History()
    history.add("test", np.array([[3, 1], [2, 3]]), np.full((2, 2), 0.5), 2)
    history.add("test", np.array([[2, 2], [4, 1]]), np.full((2, 2), 0.9), 1)
    history.add("train", np.array([[4, 0], [0, 5]]), np.zeros((2, 2)), 1)
    return history


def test_epochs_are_in_order_however_they_were_added():
    history = recorded()
    assert history.epochs == 2
    assert history.known_epochs("test") == [1, 2]
    np.testing.assert_array_equal(history.counts("test").sum(2), [SIZES, SIZES])
    np.testing.assert_allclose(history.accuracy("test"), [100 * 3 / 9, 100 * 6 / 9])
    np.testing.assert_allclose(history.loss("test"), [4 * 0.9 / 9, 4 * 0.5 / 9])


def test_a_history_without_epochs_has_none_and_makes_an_empty_table():
    assert History().epochs == 0
    assert History().accuracy("test") == []
    assert len(History().frame()) == 0
    assert {"epoch", "split", "label", "predicted", "count", "loss_sum"} <= {*History().frame()}


def test_the_table_holds_every_known_epoch_and_no_other():
    history = recorded()
    history.add("train", np.ones((2, 2), int), np.ones((2, 2)), UNKNOWN)
    frame = history.frame()
    assert [*frame["split"].unique()] == ["test", "train"]
    test_rows = frame[frame["split"] == "test"]
    assert np.array_equal(confusion.from_frame(test_rows, 2, "epoch"), history.counts("test"))
    assert frame[frame["split"] == "train"]["epoch"].unique().tolist() == [1]


def test_an_epoch_that_is_added_again_replaces_the_first():
    history = recorded()
    history.add("train", np.array([[0, 4], [5, 0]]), np.zeros((2, 2)), 1)
    assert history.accuracy("train") == [0.0]
