import numpy as np
import pandas as pd
import pytest

from interference import confusion
from interference.errors import BadInput

COUNTS = np.array([[5, 3, 2], [0, 4, 1], [6, 0, 14]])  # row sums 10, 5, 20: no two alike


def drawn(seed: int, *leading: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 50, (*leading, 3, 3))


def test_rows_are_true_classes():
    counts = confusion.counts(np.array([0, 0, 2, 2, 2]), np.array([1, 1, 2, 0, 2]), 4)
    expected = np.zeros((4, 4), int)
    expected[0, 1], expected[2, 2], expected[2, 0] = 2, 2, 1
    assert counts.dtype == np.int64
    np.testing.assert_array_equal(counts, expected)


def test_small_integer_labels_do_not_overflow():
    labels = np.array([199], np.int16)
    assert confusion.counts(labels, labels, 200)[199, 199] == 1


@pytest.mark.parametrize("predicted", [-1, 3])
def test_a_label_outside_the_classes_is_refused(predicted):
    with pytest.raises(ValueError, match="invalid entry"):
        confusion.counts(np.array([0]), np.array([predicted]), 3)


def test_cells_count_and_sum_losses_by_true_and_predicted_class():
    labels, predicted, losses = (
        np.array([0, 0, 1, 2]),
        np.array([1, 1, 1, 0]),
        np.array([2.0, 3.0, 0.5, 7.0]),
    )
    counts, sums = confusion.cells(labels, predicted, losses, 3)
    np.testing.assert_array_equal(counts, confusion.counts(labels, predicted, 3))
    np.testing.assert_array_equal(sums, [[0, 5, 0], [0, 0.5, 0], [7, 0, 0]])


def test_a_loss_that_is_not_finite_stays_in_its_cell():
    _, sums = confusion.cells(
        np.array([0, 1, 1]), np.array([1, 1, 0]), np.array([np.nan, 2.0, np.inf]), 2
    )
    np.testing.assert_array_equal(sums, [[0, np.nan], [np.inf, 2]])


def test_columns_hold_the_cells_with_images_and_no_other():
    columns = confusion.columns(COUNTS, COUNTS / 2)
    label, predicted = np.nonzero(COUNTS)
    assert 0 < len(label) < COUNTS.size
    assert columns["label"].tolist() == label.tolist()
    assert columns["predicted"].tolist() == predicted.tolist()
    assert columns["count"].tolist() == COUNTS[label, predicted].tolist()
    assert columns["loss_sum"].tolist() == (COUNTS[label, predicted] / 2).tolist()


def test_a_matrix_without_images_keeps_a_row_so_that_its_epoch_is_known():
    counts = np.stack([COUNTS, 0 * COUNTS])
    frame = pd.DataFrame(confusion.columns(counts, counts / 2, epoch=[1, 2]))
    assert frame.query("epoch == 2")[["label", "predicted", "count"]].to_numpy().tolist() == [
        [0, 0, 0]
    ]
    np.testing.assert_array_equal(confusion.from_frame(frame, 3, "epoch"), counts)


def test_rows_grow_with_the_cells_that_occur_and_not_with_the_classes_squared():
    classes = np.arange(400)
    counts = np.zeros((400, 400), int)
    counts[classes, classes] = 45
    counts[classes, (classes + 1) % 400] = 5
    assert len(pd.DataFrame(confusion.columns(counts, counts / 2))) == 800


def test_a_table_with_a_row_for_every_cell_gives_the_same_counts():
    label, predicted = np.indices((3, 3)).reshape(2, -1)
    every_cell = pd.DataFrame(
        {"label": label, "predicted": predicted, "count": COUNTS.ravel(), "loss_sum": 0.0}
    )
    some_cells = pd.DataFrame(confusion.columns(COUNTS, 0.0 * COUNTS))
    assert len(some_cells) < len(every_cell)
    np.testing.assert_array_equal(confusion.from_frame(every_cell, 3), COUNTS)
    np.testing.assert_array_equal(confusion.from_frame(some_cells, 3), COUNTS)


def test_a_frame_gives_the_counts_back_in_any_order_of_rows():
    frame = pd.DataFrame(confusion.columns(COUNTS, COUNTS / 4)).sample(frac=1, random_state=1)
    np.testing.assert_array_equal(confusion.from_frame(frame, 3), COUNTS)
    np.testing.assert_array_equal(confusion.from_frame(frame, 3, value="loss_sum"), COUNTS / 4)


def test_leading_axes_come_back_in_ascending_order():
    counts = drawn(0, 2, 5)
    columns = confusion.columns(
        counts, counts / 3, i=np.array([[7], [4]]), j=np.arange(5), split="test"
    )
    frame = pd.DataFrame(columns).sample(frac=1, random_state=2)
    assert set(frame["split"]) == {"test"}
    np.testing.assert_array_equal(confusion.from_frame(frame, 3, "i", "j"), counts[::-1])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda frame: frame[(frame["epoch"] == 1) == (frame["split"] == "test")],
        lambda frame: pd.concat([frame, frame.iloc[:1]]),
        lambda frame: frame.assign(label=frame["label"] + 1),
        lambda frame: frame.assign(predicted=-1),
        lambda frame: frame.iloc[:0],
    ],
)
def test_a_frame_without_each_cell_once_is_bad_input(spoil):
    counts = drawn(1, 2, 2)
    columns = confusion.columns(counts, counts, epoch=[[1], [2]], split=["test", "train"])
    frame = pd.DataFrame(columns)
    np.testing.assert_array_equal(confusion.from_frame(frame, 3, "epoch", "split"), counts)
    with pytest.raises(BadInput, match="rows, allowed: one a cell of 3 x 3 classes"):
        confusion.from_frame(spoil(frame), 3, "epoch", "split")


def test_cctm_rows_sum_to_one_and_hold_the_recall():
    rates = confusion.cctm(COUNTS)
    np.testing.assert_allclose(rates.sum(-1), 1)
    np.testing.assert_allclose(rates[2], [0.3, 0, 0.7])
    np.testing.assert_allclose(100 * np.diagonal(rates), confusion.recall(COUNTS))


def test_accuracy_is_recall_weighted_by_class_size():
    sizes = COUNTS.sum(1)
    assert confusion.accuracy(COUNTS) == pytest.approx(100 * 23 / 35)
    assert confusion.accuracy(COUNTS) == pytest.approx(
        (confusion.recall(COUNTS) * sizes).sum() / sizes.sum()
    )


def test_an_absent_class_has_no_rates_and_disturbs_no_other():
    counts = COUNTS.copy()
    counts[1] = 0
    assert np.isnan(confusion.cctm(counts)[1]).all()
    assert np.isnan(confusion.recall(counts)).tolist() == [False, True, False]
    assert confusion.accuracy(counts) == pytest.approx(100 * 19 / 30)
    assert confusion.ranked_pairs(confusion.cctm(counts))[0][:2] == (0, 2)


def test_rates_of_a_stack_are_the_stack_of_rates():
    counts = drawn(2, 4)
    for derive in (confusion.cctm, confusion.recall, confusion.accuracy, confusion.row_share):
        np.testing.assert_allclose(derive(counts), np.stack([derive(matrix) for matrix in counts]))


def test_row_shares_are_shares_of_all_errors():
    np.testing.assert_allclose(confusion.row_share(COUNTS), np.array([5, 1, 6]) / 12)
    assert np.isnan(confusion.row_share(np.diag([1, 2, 3]))).all()


def test_interferers_are_strictly_above_the_threshold_and_never_the_class_itself():
    cctm = np.array([[0.979, 0.005, 0.006, 0.01], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    assert confusion.interferers(cctm, 0) == [3, 2]
    assert confusion.interferers(cctm, 1) == []


def test_shares_of_pairs_are_symmetric_and_sum_to_one_over_the_pairs():
    share = confusion.pair_share(COUNTS)
    np.testing.assert_allclose(share, np.array([[0, 3, 8], [3, 0, 1], [8, 1, 0]]) / 12)
    assert np.isnan(confusion.pair_share(np.diag([1, 2, 3]))).all()
    stack = drawn(9, 4)
    np.testing.assert_allclose(np.triu(confusion.pair_share(stack), 1).sum((-2, -1)), 1)


def test_half_of_both_ways_shares_of_a_class_and_of_its_row_agree_where_errors_are_symmetric():
    errors = COUNTS + COUNTS.T
    np.testing.assert_allclose(
        confusion.pair_share(errors).sum(-1) / 2, confusion.row_share(errors)
    )


def test_ranked_pairs_add_both_ways():
    pairs = confusion.ranked_pairs(confusion.cctm(COUNTS))
    assert [pair[:2] for pair in pairs] == [(0, 2), (0, 1), (1, 2)]
    np.testing.assert_allclose([pair[2] for pair in pairs], [0.5, 0.3, 0.2])


def test_images_predicted_as_a_class_without_images_count_in_the_ranking():
    counts = np.array([[2, 0, 3], [0, 1, 0], [0, 0, 0]])
    pairs = confusion.ranked_pairs(confusion.cctm(counts))
    assert pairs == [(0, 2, 0.6), (0, 1, 0.0), (1, 2, 0.0)]
    counts[1] = 0
    assert np.isnan(confusion.both_ways(confusion.cctm(counts))[1, 2])


def test_symmetrised_is_symmetric_and_keeps_the_diagonal():
    cctm = confusion.cctm(drawn(3, 2))
    both = confusion.symmetrised(cctm)
    np.testing.assert_array_equal(both, both.swapaxes(-1, -2))
    np.testing.assert_array_equal(
        np.diagonal(both, axis1=-2, axis2=-1), np.diagonal(cctm, axis1=-2, axis2=-1)
    )
