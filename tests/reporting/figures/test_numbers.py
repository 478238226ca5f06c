"""The numbers that an SVG file carries: those of its figure, as CSV in its metadata."""

import numpy as np
import pytest

from interference import confusion, surfaces
from interference.confusion import by_epoch, symmetry
from interference.errors import BadInput
from interference.reporting.figures import numbers, theme
from interference.surfaces import flatness
from tests.imports import ROOT


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
    with pytest.raises(BadInput, match=r"carries no numbers; read data/cctm/vgg19\.parquet"):
        numbers.read(saved / "cctm-optim.svg")


AS_STORED = {  # figures whose marks are the cells of stored tables, and why they carry the names
    "cctm": "each cell of the matrix is a cell of data/cctm, divided by the sum of its row",
    "surface": "each point of the map is a point of data/surfaces; lowland carries flat areas",
    "planes": "the same points as reliefs",
    "class_losses": "the same points, by class",
    "ego_models": "each point of a curve is a point of data/surfaces, by class",
}


def test_every_figure_carries_its_numbers_or_names_the_tables_that_it_draws(drawn, saved):
    for name, figure in drawn.items():
        kind = name.partition("-")[0]
        if kind in AS_STORED:
            assert figure.tables, name
            assert numbers.tables_of(saved / f"{name}.svg") == figure.tables
        else:
            carried = numbers.read(saved / f"{name}.svg")
            assert len(carried) == len(figure.numbers) > 0, name
            assert carried.select_dtypes("number").notna().any().any(), name


def test_every_published_figure_carries_its_numbers_or_names_tables_that_are_there():
    study = ROOT / "published" / "quick"
    for path in sorted((study / "plots" / "figures").glob("*.svg")):
        if path.stem.partition("-")[0] in AS_STORED:
            names = numbers.tables_of(path)
            assert names, path
            assert all((study / "data" / f"{name}.parquet").exists() for name in names), path
        else:
            assert len(numbers.read(path)), path


def test_the_flat_lengths_carry_the_cuts_of_each_plane(evidence, saved):
    carried = numbers.read(saved / "flatness-raw.svg")
    own = carried[carried["plane"] == "CAT\N{EN DASH}DOG"].set_index("cut")
    plane = surfaces.from_table(evidence["surfaces"]["vgg19-cat-dog-raw"])
    mistakes = surfaces.mistake_rate(plane)
    expected = [flatness.flat_length(plane, mistakes, angle) for angle in range(0, 180, 15)]
    steps = own[own.index.isna()]
    assert steps["angle"].tolist() == list(range(0, 180, 15))
    assert steps["length"].tolist() == pytest.approx(expected, rel=1e-4)
    assert own.loc["sharpest", "length"] <= steps["length"].min() * (1 + 1e-5)
    assert own.loc["flattest", "length"] >= steps["length"].max() * (1 - 1e-5)


def test_the_scatter_plot_carries_the_cosine_of_each_pair_in_plain_numpy(evidence, saved):
    carried = numbers.read(saved / "cosine_cctm.svg")
    table = evidence["grams"]["vgg19"]
    gram = np.zeros((10, 10))
    frame = table.frame
    gram[frame["label_1"], frame["label_2"]] = frame["dot"]
    gram[frame["label_2"], frame["label_1"]] = frame["dot"]
    norms = np.sqrt(np.diag(gram))
    own = carried[carried["run"] == "vgg19"]
    first, second = np.triu_indices(10, 1)
    expected = (gram / norms / norms[:, None])[first, second]
    assert own["cosine"].tolist() == pytest.approx(expected.tolist(), rel=1e-4, abs=1e-6)
    assert own["rho"].nunique() == own["p"].nunique() == 1


def test_the_shapes_carry_similarities_and_their_rank_correlations(saved):
    carried = numbers.read(saved / "shapes-vgg19.svg").set_index("measure")
    of_pairs = carried[carried.index.str.startswith("similarity")]
    assert len(of_pairs) == 2 * 45
    assert of_pairs["value"].between(-1, 1).all()
    correlations = carried[carried.index.str.startswith("rank correlation")]
    assert correlations["class_1"].isna().all()
    assert (correlations["low"] <= correlations["high"]).all()
    assert "rank correlation, cosine of gradients" in correlations.index


def test_the_dance_of_all_pairs_carries_correlation_and_moments(evidence, saved):
    carried = numbers.read(saved / "dance_pairs-vgg19.svg")
    assert carried.groupby("split").size().eq(45).all()
    first_split = carried[carried["split"] == carried["split"].iloc[0]]
    assert first_split["r"].tolist() == sorted(first_split["r"])
    assert (carried["low"] <= carried["high"]).all()


def test_the_notes_of_a_class_carry_as_many_epochs_as_there_are(evidence, saved):
    carried = numbers.read(saved / "notes-vgg19.svg")
    epochs = evidence["counts"]["vgg19"].frame["epoch"].nunique()
    assert carried.groupby("class")["epochs"].sum().eq(epochs).all()
