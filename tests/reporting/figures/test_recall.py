"""The table of recalls."""

import matplotlib as mpl
import numpy as np
from matplotlib.collections import QuadMesh

from interference import confusion, paper
from interference.confusion import by_epoch
from interference.reporting.figures import recall
from interference.study import runs
from tests import toy
from tests.reporting.figures.artists import cells_of_row, full_text_of, tick_labels

FIGURES = {
    "recall": {"cctm"},
}  # of the made-up study, and the tables that each needs


def test_the_lowest_recall_of_a_run_is_bold(evidence, drawn):
    bold = [
        text.get_text() for text in drawn["recall"].axes[0].texts if text.get_weight() == "bold"
    ]
    lowest = [
        confusion.recall(by_epoch.test_counts(table)).min()
        for table in runs.ordered(evidence["cctm"])
    ]
    assert bold == [f"{value:.1f}" for value in lowest]


def test_recall_is_one_cell_a_run_and_class(evidence, drawn):
    (mesh,) = drawn["recall"].axes[0].findobj(QuadMesh)
    assert mesh.get_array().shape == (len(evidence["cctm"]), 10)


def framed(axes: mpl.axes.Axes) -> list[tuple[int, int]]:
    """The (row, column) of cells with a frame."""
    return [(int(patch.get_y()), int(patch.get_x())) for patch in axes.patches]


def test_the_papers_recalls_stand_under_the_runs_of_its_set_up_and_under_no_other(papers):
    axes = recall.recall(runs.ordered(papers["cctm"])).axes[0]
    rows = tick_labels(axes.yaxis)
    versions = ["the paper, version a", "the paper, version b"]
    ours = [row.split(",")[0] for row in rows if row not in versions]
    assert ours == ["VGG19", "VGG19", "GoogLeNet", "small", "VGG19"]
    assert [place for place, row in enumerate(rows) if row in versions] == [2, 3, 5, 6]
    theirs = paper.recalls()["b", "vgg19"]
    assert cells_of_row(axes, rows.index("the paper, version b")) == [
        f"{value:.1f}" for value in theirs.values()
    ]
    assert np.ma.getmaskarray(axes.findobj(QuadMesh)[0].get_array()).reshape(-1, 10).all(
        1
    ).tolist() == [row in versions for row in rows]


def test_recalls_outside_the_papers_range_are_framed_and_counted(papers):
    tables = [papers["cctm"][name] for name in ("vgg19", "small")]
    recalls = confusion.recall(by_epoch.test_counts(tables[0]))
    ranges = [paper.recall_ranges("vgg19")[key] for key in toy.CIFAR.keys]
    outside = [
        (0, place) for place, (low, high) in enumerate(ranges) if not low <= recalls[place] <= high
    ]
    figure = recall.recall(tables)
    assert 0 < len(outside) < 10
    assert framed(figure.axes[0]) == outside
    assert f"{10 - len(outside)} of 10 are inside" in full_text_of(figure)


def test_runs_that_differ_by_seed_alone_are_told_apart(tmp_path):
    toy.study(
        tmp_path,
        classes=toy.LETTERS,
        runs={"small": "optim", "small-again": "optim"},
        swept=(),
        epochs=1,
    )
    labels = tick_labels(recall.recall(runs.ordered(toy.evidence(tmp_path)["cctm"])).axes[0].yaxis)
    assert labels == ["small, lr 0.1 cosine (small)", "small, lr 0.1 cosine (small-again)"]
