"""The numbers that an SVG file carries: those of its figure, as CSV in its metadata."""

import pytest

from interference import confusion
from interference.confusion import by_epoch, symmetry
from interference.errors import BadInput
from interference.reporting.figures import numbers, theme


def test_the_ranking_of_pairs_carries_each_pairs_rate(evidence, saved):
    carried = numbers.read(saved / "pairs-optim.svg")
    table = evidence["cctm"]["vgg19"]
    counts = by_epoch.test_counts(table)
    own = carried[carried["run"] == table.run["name"]]
    ranked = confusion.ranked_pairs(confusion.cctm(counts))
    names = table.classes.labels
    first, second, rate = ranked[0]
    assert tuple(own.iloc[0][["class_1", "class_2"]]) == (names[first], names[second])
    assert own.iloc[0]["both_ways"] == pytest.approx(100 * rate, rel=1e-4)
    assert (own["low"] <= own["both_ways"]).all()
    assert (own["both_ways"] <= own["high"]).all()


def test_symmetry_by_epoch_carries_each_epochs_index(evidence, saved):
    carried = numbers.read(saved / "symmetry.svg")
    table = evidence["counts"]["vgg19"]
    epochs, counts = by_epoch.training_counts(table, "test")
    own = carried[carried["run"] == table.run["name"]]
    assert own["epoch"].tolist() == epochs.tolist()
    expected = [symmetry.asymmetry(one) for one in counts]
    assert own["asymmetry"].tolist() == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", ["league", "accuracy", "lowland"])
def test_a_figure_of_computed_numbers_carries_a_row_for_each_mark(drawn, saved, name):
    carried = numbers.read(saved / f"{name}.svg")
    assert len(carried) == len(drawn[name].numbers) > 0
    assert carried.select_dtypes("number").notna().any().any()


def test_texts_with_commas_and_signs_come_back(tmp_path):
    svg = b"<svg><metadata>own</metadata><g/></svg>"
    rows = [{"class": "C, C++ & <D>", "rate": 1 / 3}, {"class": "E", "rate": float("nan")}]
    path = tmp_path / "figure.svg"
    path.write_bytes(numbers.with_numbers(svg, rows))
    carried = numbers.read(path)
    assert carried["class"].tolist() == ["C, C++ & <D>", "E"]
    assert carried["rate"].tolist() == pytest.approx([0.333333, float("nan")], nan_ok=True)


def test_a_figure_without_numbers_is_as_it_was_and_says_so_when_asked(drawn, saved):
    svg = theme.to_svg(drawn["cctm-optim"])
    assert numbers.with_numbers(svg, []) == svg
    with pytest.raises(BadInput, match="carries no numbers"):
        numbers.read(saved / "cctm-optim.svg")
