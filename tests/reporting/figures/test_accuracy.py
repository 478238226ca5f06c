"""Accuracies by run and by epoch."""

import numpy as np
import pytest

from interference import confusion
from interference.confusion import by_epoch
from interference.io.tables import Table
from interference.reporting.figures import accuracy
from interference.study import runs
from tests.reporting.figures.artists import texts_of, tick_labels

FIGURES = {
    "accuracy": {"counts"},
    "curves": {"counts"},
}  # of the made-up study, and the tables that each needs


def test_accuracies_are_the_last_epochs_and_of_long_trainings_the_mean_of_the_last_ten(papers):
    table = papers["counts"]["vgg19"]
    shares = confusion.accuracy(by_epoch.training_counts(table, "test")[1])
    assert {f"{shares[-1]:.2f}", f"{shares[-10:].mean():.2f}", "last 10"} <= set(
        texts_of(accuracy.accuracy([table]))
    )
    short = accuracy.accuracy([papers["counts"]["small"]])
    assert not [text for text in texts_of(short) if "last 10" in text or "nan" in text]
    both = texts_of(accuracy.accuracy([table, papers["counts"]["small"]]))
    assert f"{shares[-10:].mean():.2f}" in both
    assert not [text for text in both if "nan" in text]


def test_runs_that_differ_by_seed_alone_share_a_row_of_accuracies_with_their_spread(papers):
    tables = [papers["counts"][name] for name in ("vgg19", "vgg19-again")]
    ends = [confusion.accuracy(by_epoch.training_counts(table, "test")[1])[-1] for table in tables]
    figure = accuracy.accuracy(tables)
    assert tick_labels(figure.axes[0].yaxis) == ["VGG19, lr 0.1 cosine, 2 runs"]
    assert f"{np.mean(ends):.2f} ± {abs(ends[0] - ends[1]) / 2**0.5:.2f}" in texts_of(figure)


def test_the_papers_accuracy_and_its_tolerance_stand_beside_ours(papers):
    figure = accuracy.accuracy(
        [papers["counts"][name] for name in ("vgg19", "vgg19-big_lr", "small")]
    )
    assert {"93.87", "88.76", "paper"} <= set(texts_of(figure))
    bands = [line.get_xdata() for line in figure.axes[0].lines if line.get_linewidth() > 5]
    np.testing.assert_allclose(bands, [(93.37, 94.37), (86.26, 91.26)])


def test_an_accuracy_is_framed_outside_the_papers_tolerance_alone(papers):
    table = papers["counts"]["vgg19-big_lr"]

    def frames(right: float) -> int:
        count = np.where(table.frame["label"] == table.frame["predicted"], round(100 * right), 0)
        count[table.frame["predicted"] == (table.frame["label"] + 1) % 10] = round(
            100 * (100 - right)
        )
        figure = accuracy.accuracy([Table(table.frame.assign(count=count), table.meta)])
        return sum(text.get_bbox_patch() is not None for text in figure.axes[0].texts)

    assert [frames(right) for right in (86.25, 86.26, 91.26, 91.27)] == [1, 0, 0, 1]


@pytest.mark.slow
def test_curves_of_train_and_test_start_at_the_first_epoch(evidence, drawn):
    for axes, table in zip(drawn["curves"].axes, runs.ordered(evidence["counts"]), strict=True):
        for line, split in zip(axes.lines, ("train_online", "test"), strict=True):
            epochs, counts = by_epoch.training_counts(table, split)
            np.testing.assert_array_equal(
                line.get_xydata(), np.stack([epochs, confusion.accuracy(counts)], 1)
            )
