"""The table of interfering classes."""

from interference import confusion
from interference.confusion import by_epoch, statistics
from interference.io.tables import Table
from interference.reporting.figures import interferers, selection
from tests import toy
from tests.reporting.figures.artists import column_of, full_text_of, texts_of, tick_labels

FIGURES = {
    "interferers": {"cctm"},
}  # of the made-up study, and the tables that each needs


def test_interferers_are_googlenets_else_the_most_accurate_runs(papers, evidence):
    assert selection.interferers_run(list(papers["cctm"].values())).run["name"] == "googlenet"
    figure = interferers.interferers(papers["cctm"]["googlenet"])
    assert "paper" in texts_of(figure)
    assert not any("no GoogLeNet" in word for word in texts_of(figure))
    best = selection.interferers_run(list(evidence["cctm"].values()))
    accuracies = {
        name: confusion.accuracy(by_epoch.test_counts(table))
        for name, table in evidence["cctm"].items()
    }
    assert best.run["name"] == max(accuracies, key=accuracies.get)
    text = full_text_of(interferers.interferers(best))
    assert "no GoogLeNet: the run with the highest test accuracy" in text
    other = Table(best.frame, best.meta | {"run": best.run | {"data": {"name": "zoo"}}})
    text = full_text_of(interferers.interferers(other))
    assert "GoogLeNet" not in text
    assert "the run with the highest test accuracy" in text


def test_table_2_has_the_papers_rows_and_marks_what_exceeds_the_threshold(papers):
    table = papers["cctm"]["googlenet"]
    axes = interferers.interferers(table).axes[0]
    assert tick_labels(axes.yaxis) == ["PLANE", "CAR", "BIRD", "TRUCK"]
    assert tick_labels(axes.xaxis) == list(toy.CIFAR.labels)
    rates = confusion.cctm(by_epoch.test_counts(table))
    strong = [
        (row, other)
        for row in (0, 1, 2, 9)
        for other in range(10)
        if other != row and rates[row, other] > 0.005
    ]
    bold = [text.get_text() for text in axes.texts if text.get_weight() == "bold"]
    assert bold == [f"{rates[cell]:.3f}" for cell in strong]
    counted = column_of(axes, "> 0.005")
    assert counted == [str(sum(row == cell[0] for cell in strong)) for row in (0, 1, 2, 9)]
    surely = [
        str(sum(beyond_chance(table, cell) for cell in strong if cell[0] == row))
        for row in (0, 1, 2, 9)
    ]
    assert column_of(axes, interferers.INTERVAL) == surely != counted
    assert column_of(axes, "paper") == ["3", "1", "5", "1"]


def beyond_chance(table: Table, cell: tuple[int, int]) -> bool:
    """Whether all of a cell's 95 % interval is above the threshold."""
    counts = by_epoch.test_counts(table)
    return bool(statistics.wilson(counts[cell], counts[cell[0]].sum())[0] > 0.005)


def test_without_the_papers_classes_the_rows_are_the_most_interfering_pairs(tmp_path):
    toy.study(tmp_path, classes=toy.DIGITS, runs={"small": "optim"}, swept=(), epochs=1)
    (table,) = toy.evidence(tmp_path)["cctm"].values()
    ranked = confusion.ranked_pairs(confusion.cctm(by_epoch.test_counts(table)))[:2]
    figure = interferers.interferers(table)
    rows = sorted({label for *pair, _ in ranked for label in pair})
    assert tick_labels(figure.axes[0].yaxis) == [toy.DIGITS.labels[label] for label in rows]
    assert "rows: the classes of the most interfering pairs" in full_text_of(figure)
