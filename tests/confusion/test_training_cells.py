"""A claim a test: the counts of a training as the cells that occur give what the dense ones give."""

import numpy as np
import pandas as pd
import pytest

from interference import confusion
from interference.confusion import by_epoch, dance, training_cells
from interference.errors import BadInput
from interference.external.class_names import to_classes
from interference.io import tables
from interference.io.tables import Table

EPOCHS = np.array([1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
SIZE = 7


def dense() -> np.ndarray:
    """Counts (epochs, C, C) of which most cells are 0; class 4 has no images."""
    rng = np.random.default_rng(5)
    counts = rng.poisson(30, (len(EPOCHS), SIZE, SIZE)) * (rng.random((SIZE, SIZE)) < 0.3)
    counts[:, range(SIZE), range(SIZE)] += 50
    counts[:, 4] = 0
    return counts


def table(counts: np.ndarray, every_cell: bool = False) -> Table:
    """A counts table; as earlier versions wrote it, it has a row for every cell."""
    if every_cell:
        epoch, label, predicted = np.indices(counts.shape).reshape(3, -1)
        columns = {"epoch": EPOCHS[epoch], "label": label, "predicted": predicted}
        columns |= {"count": counts.ravel(), "loss_sum": 0.0 * counts.ravel()}
    else:
        columns = confusion.columns(counts, 0.0 * counts, epoch=EPOCHS)
    frame = pd.DataFrame(columns).assign(split="test").sample(frac=1, random_state=3)
    classes = to_classes([f"class {number}" for number in range(SIZE)])
    return Table(frame, {**tables.class_metadata(classes), "run": {"name": "toy"}})


@pytest.mark.parametrize("every_cell", [False, True])
def test_cells_of_a_table_give_the_rates_of_its_dense_counts(every_cell):
    counts = dense()
    cells = training_cells.of_split(table(counts, every_cell), "test")
    epochs, whole = by_epoch.training_counts(table(counts, every_cell), "test")
    np.testing.assert_array_equal(whole, counts)
    assert cells.counts.shape[1] == np.count_nonzero(counts.any(0)) < SIZE**2
    np.testing.assert_array_equal(cells.epochs, epochs)
    np.testing.assert_array_equal(cells.all_counts, counts)
    np.testing.assert_array_equal(cells.sizes, counts.sum(-1))
    np.testing.assert_array_equal(100 * cells.recalls, confusion.recall(counts))
    np.testing.assert_array_equal(cells.accuracy, confusion.accuracy(counts))
    np.testing.assert_array_equal(cells.last, counts[-1])
    np.testing.assert_array_equal(cells.rows([5, 0]), counts[:, [5, 0]])


def test_cells_of_counts_are_those_of_their_table():
    counts = dense()
    cells = training_cells.from_counts(EPOCHS, counts)
    of_table = training_cells.of_split(table(counts), "test")
    np.testing.assert_array_equal(cells.label, of_table.label)
    np.testing.assert_array_equal(cells.predicted, of_table.predicted)
    np.testing.assert_array_equal(cells.counts, of_table.counts)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda frame: pd.concat([frame, frame.iloc[:1]]),
        lambda frame: frame.assign(label=frame["label"] + 1),
        lambda frame: frame.assign(predicted=-1),
    ],
)
def test_cells_that_are_there_twice_or_outside_the_classes_are_bad_input(spoil):
    whole = table(dense())
    with pytest.raises(BadInput, match="rows, allowed: one a cell of 7 x 7 classes x 13 of epoch"):
        training_cells.of_split(Table(spoil(whole.frame), whole.meta), "test")


def test_a_split_that_was_not_recorded_is_bad_input():
    with pytest.raises(BadInput, match="counts of toy: split 'train', recorded: test"):
        training_cells.of_split(table(dense()), "train")


def test_dances_of_chosen_pairs_are_those_among_all_pairs():
    counts = dense()
    size = counts[0].sum(-1)
    cctm = confusion.cctm(counts)
    cells = training_cells.from_counts(EPOCHS, counts)
    chosen = np.array([[0, 3], [1, 4], [2, 6], [3, 5]])
    wanted = [(0, 3), (1, 4), (2, 6), (3, 5)]

    every = dance.pairs(cctm, EPOCHS, size=size)
    is_chosen = [pair in wanted for pair in zip(every["class_1"], every["class_2"], strict=True)]
    pd.testing.assert_frame_equal(
        dance.pairs_of(cells, chosen), every[is_chosen].reset_index(drop=True)
    )

    moments = dance.all_moments(cctm, prominence=0.5, size=size)
    is_of_chosen = [tuple(sorted(row)) in wanted for row in moments[:, 1:3].tolist()]
    found = dance.moments_of(cells, chosen, prominence=0.5)
    assert len(found) > 5
    np.testing.assert_array_equal(found, moments[is_of_chosen])


def test_notes_of_a_row_are_those_of_the_whole_matrix():
    cctm = confusion.cctm(dense())
    for row in range(SIZE):
        np.testing.assert_array_equal(
            dance.notes_of(cctm[:, row], row, 0.01), dance.notes(cctm, row, 0.01)
        )
