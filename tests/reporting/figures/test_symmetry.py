"""Symmetry and interference by epoch."""

import numpy as np

from interference import confusion
from interference.confusion import by_epoch
from interference.confusion import symmetry as measured
from interference.reporting.figures import symmetry

FIGURES = {"symmetry": {"counts"}}  # of the made-up study, and the tables that it needs


def test_a_column_has_the_index_the_top_pair_and_the_learning_rate(evidence):
    table = next(iter(evidence["counts"].values()))
    figure = symmetry.by_epochs([table])
    above, middle, below = figure.axes
    epochs, counts = by_epoch.training_counts(table, "test")
    expected = [measured.asymmetry(own) for own in counts]
    np.testing.assert_allclose(above.lines[0].get_ydata(), expected)
    own, other = confusion.ranked_pairs(confusion.cctm(counts[-1]))[0][:2]
    drawn = [line.get_ydata() for line in middle.lines]
    rates = 100 * confusion.cctm(counts)
    assert any(np.allclose(line, rates[:, own, other]) for line in drawn)
    assert any(np.allclose(line, rates[:, other, own]) for line in drawn)
    assert len(below.lines[0].get_ydata()) == len(epochs)
    assert below.get_ylabel() == "learning rate"
