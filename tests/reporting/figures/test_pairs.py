"""The most interfering pairs."""

import numpy as np

from interference import classes, confusion
from interference.confusion import by_epoch, statistics
from interference.reporting.figures import pairs
from tests import toy
from tests.reporting.figures.artists import CAT_DOG, full_text_of, texts_of, tick_labels

FIGURES = {
    "pairs-optim": {"cctm"},
    "pairs-big_lr": {"cctm"},
}  # of the made-up study, and the tables that each needs


def test_pairs_are_ranked_with_their_intervals_and_shares_of_all_errors(evidence):
    table = evidence["cctm"]["vgg19"]
    counts = by_epoch.test_counts(table)
    figure = pairs.pairs([table])
    axes = figure.axes[0]
    ranked = confusion.ranked_pairs(confusion.cctm(counts))
    assert tick_labels(axes.yaxis)[0] == CAT_DOG
    np.testing.assert_allclose(
        axes.lines[-1].get_xdata(), [100 * value for *_, value in ranked[: pairs.SHOWN]]
    )
    low, high = statistics.pair_intervals(counts)
    np.testing.assert_allclose(
        axes.collections[0].get_segments()[0][:, 0], [100 * low[3, 5], 100 * high[3, 5]]
    )
    assert f"{100 * confusion.pair_share(counts)[3, 5]:.1f} %" in texts_of(figure)
    assert "the first 15 of 45 pairs" in full_text_of(figure)


def test_runs_of_a_set_up_rank_their_pairs_together(papers):
    tables = [papers["cctm"][name] for name in ("googlenet", "vgg19")]
    both = sum(by_epoch.test_counts(table) for table in tables)
    a, b, _ = confusion.ranked_pairs(confusion.cctm(both))[1]
    figure = pairs.pairs(tables)
    assert tick_labels(figure.axes[0].yaxis)[1] == classes.pair(
        toy.CIFAR.labels[a], toy.CIFAR.labels[b]
    )
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
