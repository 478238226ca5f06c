"""A claim a test: what the exhibits show of tables whose contents are known."""

import io
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection, PolyCollection, QuadMesh
from PIL import Image

from interference import classes, confusion, paper, surfaces
from interference.classes import EGOS, Classes
from interference.confusion import by_epoch, clustering, dance, predictors, statistics, top_pairs
from interference.io.tables import Table
from interference.reporting import figures
from interference.reporting.figures import (
    accuracy,
    class_losses,
    cores,
    gradients,
    interferers,
    lowland,
    pairs,
    planes,
    recall,
    style,
    surface,
)
from interference.reporting.figures import cctm as heat_maps
from interference.reporting.figures import dance as dances
from interference.reporting.figures.relief import Relief
from interference.study import runs
from interference.surfaces import flatness, shapes
from interference.vocabulary import SPLITS, TRAINING_FIRST
from tests import toy
from tests.imports import ROOT

TEST_TABLES = {"cctm-optim", "cctm-big_lr", "recall", "interferers", "pairs-optim", "pairs-big_lr"}
ALL = {
    *TEST_TABLES,
    "accuracy",
    "curves",
    "surface-vgg19-raw",
    "surface-vgg19-step",
    "class_losses-vgg19-raw",
    "class_losses-vgg19-step",
    "dance-vgg19",
    "notes-vgg19",
    "dance_pairs-vgg19",
    "cosines-optim",
    "cosines-big_lr",
    "cosine_cctm",
    "lowland",
    "flatness-raw",
    "flatness-step",
    "shapes-vgg19",
    "ego_models-vgg19-raw",
    "ego_models-vgg19-step",
}
CAT_DOG = classes.pair("CAT", "DOG")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Table]]:
    """Two runs, one with planes and with counts of training after each epoch."""
    folder = tmp_path_factory.mktemp("study")
    toy.study(
        folder,
        runs={"vgg19": "optim", "resnet18-big_lr": "big_lr"},
        swept=["vgg19"],
        recorded=["vgg19"],
        pairs=("cat-dog", "horse-ship", EGOS),
        scales=("raw", "step"),
    )
    return toy.evidence(folder)


@pytest.fixture(scope="module")
def drawn(found) -> dict[str, mpl.figure.Figure]:
    return dict(figures.draw(**found))


@pytest.fixture(scope="module")
def saved(drawn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all figures' files."""
    folder = tmp_path_factory.mktemp("plots")
    for name, figure in drawn.items():
        figures.save(figure, folder / name)
    return folder


def words(figure) -> list[str]:
    """All that is written in a figure."""
    figure.draw_without_rendering()
    return [
        text.get_text()
        for text in figure.findobj(mpl.text.Text)
        if text.get_text() and text.get_visible()
    ]


def panel() -> mpl.axes.Axes:
    """Empty axes."""
    return style.sheet("", "", panel=(1, 1))[1][0, 0]


def labels_of(axis) -> list[str]:
    return [text.get_text() for text in axis.get_ticklabels()]


def many(one: Table, pairs: list[tuple[int, int]]) -> Table:
    """A table of many planes, all of them the one of a table."""
    keys, (gram,) = one.classes.keys, one.meta["grams"].values()
    return Table(
        pd.concat(one.frame.assign(class_1=a, class_2=b) for a, b in pairs),
        one.meta | {"grams": {f"{keys[a]}-{keys[b]}": gram for a, b in pairs}},
    )


@pytest.mark.slow
def test_every_exhibit_that_the_tables_allow_is_drawn(drawn):
    assert set(drawn) == ALL


@pytest.mark.slow
def test_parts_drawn_side_by_side_are_the_same_files(found, saved: Path, tmp_path: Path):
    assert set(cores.save_all(figures.parts(**found), tmp_path)) == ALL
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in saved.iterdir()
    }


def test_a_class_without_images_leaves_the_colours_of_a_dance_to_the_others():
    cctm = np.array(
        [
            [
                [0.6, 0.1, 0.1, 0.2, 0.0],
                [0.2, 0.5, 0.0, 0.3, 0.0],
                [np.nan] * 5,
                [0.0, 0.0, 0.0, 1.0, 0.0],
                [np.nan] * 5,
            ]
        ]
        * 2
    )
    assert list(dances._hues(cctm, (0, 1)))[:3] == [0, 1, 3]
    assert list(dances._hues(cctm, (0, 2)))[:3] == [0, 2, 3]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("cctm", TEST_TABLES),
        ("grams", {"cosines-optim", "cosines-big_lr"}),
        ("counts", {"accuracy", "curves", "dance-vgg19", "notes-vgg19", "dance_pairs-vgg19"}),
        (
            "surfaces",
            {
                name
                for name in ALL
                if name.startswith(("surface", "class", "lowland", "flat", "shapes", "ego"))
            },
        ),
    ],
)
def test_a_kind_of_table_alone_gives_its_own_exhibits(found, kind, names):
    assert set(dict(figures.draw(**{kind: found[kind]}))) == names


def test_no_table_no_figure():
    assert not list(figures.draw())


def test_a_heat_map_shows_the_test_cctm_without_its_diagonal(found, drawn):
    table = found["cctm"]["vgg19"]
    counts = confusion.from_frame(table.frame[table.frame["split"] == "test"], 10)
    expected = 100 * counts / counts.sum(1, keepdims=True)
    (mesh,) = drawn["cctm-optim"].axes[0].findobj(QuadMesh)
    shown = mesh.get_array()
    assert np.ma.getmaskarray(shown).reshape(10, 10).tolist() == np.eye(10, dtype=bool).tolist()
    off = ~np.eye(10, dtype=bool)
    np.testing.assert_allclose(np.asarray(shown).reshape(10, 10)[off], expected[off])
    assert f"{expected[3, 5]:.1f}" in words(drawn["cctm-optim"])


def test_heat_map_rows_are_true_classes_in_label_order_from_above(drawn):
    axes = drawn["cctm-optim"].axes[0]
    assert labels_of(axes.yaxis) == labels_of(axes.xaxis) == list(toy.CIFAR.labels)
    assert axes.yaxis_inverted()
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true class", "predicted")


def test_all_heat_maps_of_a_figure_share_one_colour_range(found):
    tables = list(found["cctm"].values())
    panels = heat_maps.heat_maps(tables).axes[: len(tables)]
    tops = [mesh.norm.vmax for axes in panels for mesh in axes.findobj(QuadMesh)]
    assert tops == [max(np.nanmax(heat_maps.errors(table)) for table in tables)] * 2


def test_the_lowest_recall_of_a_run_is_bold(found, drawn):
    bold = [
        text.get_text() for text in drawn["recall"].axes[0].texts if text.get_weight() == "bold"
    ]
    lowest = [
        confusion.recall(by_epoch.test_counts(table)).min() for table in runs.ordered(found["cctm"])
    ]
    assert bold == [f"{value:.1f}" for value in lowest]


def test_recall_is_one_cell_a_run_and_class(found, drawn):
    (mesh,) = drawn["recall"].axes[0].findobj(QuadMesh)
    assert mesh.get_array().shape == (len(found["cctm"]), 10)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Table]]:
    """Runs under the paper's settings, VGG19 twice, and one run under others."""
    folder = tmp_path_factory.mktemp("paper")
    toy.study(
        folder,
        runs={
            "googlenet": "optim",
            "vgg19": "optim",
            "vgg19-again": "optim",
            "vgg19-big_lr": "big_lr",
        },
        swept=(),
        recorded=(),
        epochs=200,
        images=600,
    )
    toy.study(folder, runs={"small": "optim"}, swept=(), recorded=(), epochs=2, images=600)
    return toy.evidence(folder)


def test_accuracies_are_the_last_epochs_and_of_long_trainings_the_mean_of_the_last_ten(papers):
    table = papers["counts"]["vgg19"]
    shares = confusion.accuracy(by_epoch.training_counts(table, "test")[1])
    assert {f"{shares[-1]:.2f}", f"{shares[-10:].mean():.2f}", "last 10"} <= set(
        words(accuracy.accuracy([table]))
    )
    short = accuracy.accuracy([papers["counts"]["small"]])
    assert not [said for said in words(short) if "last 10" in said or "nan" in said]
    both = words(accuracy.accuracy([table, papers["counts"]["small"]]))
    assert f"{shares[-10:].mean():.2f}" in both
    assert not [said for said in both if "nan" in said]


def framed(axes: mpl.axes.Axes) -> list[tuple[int, int]]:
    """The (row, column) of cells with a frame."""
    return [(int(patch.get_y()), int(patch.get_x())) for patch in axes.patches]


def test_the_papers_recalls_stand_under_the_runs_of_its_set_up_and_under_no_other(papers):
    axes = recall.recall(runs.ordered(papers["cctm"])).axes[0]
    rows = labels_of(axes.yaxis)
    versions = ["the paper, version a", "the paper, version b"]
    ours = [row.split(",")[0] for row in rows if row not in versions]
    assert ours == ["VGG19", "VGG19", "GoogLeNet", "small", "VGG19"]
    assert [place for place, row in enumerate(rows) if row in versions] == [2, 3, 5, 6]
    theirs = paper.recalls()["b", "vgg19"]
    written = [text.get_text() for text in axes.texts]
    assert written[30:40] == [f"{value:.1f}" for value in theirs.values()]
    assert np.ma.getmaskarray(axes.findobj(QuadMesh)[0].get_array()).reshape(-1, 10).all(
        1
    ).tolist() == [row in versions for row in rows]


def test_recalls_outside_the_papers_range_are_framed_and_counted(papers):
    tables = [papers["cctm"][name] for name in ("vgg19", "small")]
    found = confusion.recall(by_epoch.test_counts(tables[0]))
    ranges = [paper.recall_ranges("vgg19")[key] for key in toy.CIFAR.keys]
    outside = [
        (0, place) for place, (low, high) in enumerate(ranges) if not low <= found[place] <= high
    ]
    figure = recall.recall(tables)
    assert 0 < len(outside) < 10
    assert framed(figure.axes[0]) == outside
    assert f"{10 - len(outside)} of 10 are inside" in " ".join(words(figure)).replace("\n", " ")


def test_where_nothing_is_the_papers_nothing_of_it_is_shown(found):
    for figure in (
        recall.recall(runs.ordered(found["cctm"])),
        accuracy.accuracy(runs.ordered(found["counts"])),
    ):
        assert "the paper" not in " ".join(words(figure))
        assert "paper" not in words(figure)


def test_an_absent_class_has_no_recall_to_write(found):
    table = found["cctm"]["vgg19"]
    absent = Table(
        table.frame.assign(count=table.frame["count"].where(table.frame["label"] != 4, 0)),
        table.meta,
    )
    shown = (
        words(recall.recall([absent]))
        + words(interferers.interferers(absent))
        + words(pairs.pairs([absent]))
    )
    assert not any("nan" in word for word in shown)


def test_runs_that_differ_by_seed_alone_share_a_row_of_accuracies_with_their_spread(papers):
    tables = [papers["counts"][name] for name in ("vgg19", "vgg19-again")]
    ends = [confusion.accuracy(by_epoch.training_counts(table, "test")[1])[-1] for table in tables]
    figure = accuracy.accuracy(tables)
    assert labels_of(figure.axes[0].yaxis) == ["VGG19, lr 0.1 cosine, 2 runs"]
    assert f"{np.mean(ends):.2f} ± {abs(ends[0] - ends[1]) / 2**0.5:.2f}" in words(figure)


def test_the_papers_accuracy_and_its_tolerance_stand_beside_ours(papers):
    figure = accuracy.accuracy(
        [papers["counts"][name] for name in ("vgg19", "vgg19-big_lr", "small")]
    )
    assert {"93.87", "88.76", "paper"} <= set(words(figure))
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


def test_interferers_are_googlenets_else_the_most_accurate_runs(papers, found):
    assert interferers.chosen(list(papers["cctm"].values())).run["name"] == "googlenet"
    figure = interferers.interferers(papers["cctm"]["googlenet"])
    assert "paper" in words(figure)
    assert not any("no GoogLeNet" in word for word in words(figure))
    best = interferers.chosen(list(found["cctm"].values()))
    accuracies = {
        name: confusion.accuracy(by_epoch.test_counts(table))
        for name, table in found["cctm"].items()
    }
    assert best.run["name"] == max(accuracies, key=accuracies.get)
    text = " ".join(words(interferers.interferers(best))).replace("\n", " ")
    assert "no GoogLeNet here: the run of highest test accuracy" in text
    other = Table(best.frame, best.meta | {"run": best.run | {"data": {"name": "zoo"}}})
    text = " ".join(words(interferers.interferers(other))).replace("\n", " ")
    assert "GoogLeNet" not in text
    assert "the run of highest test accuracy" in text


def test_table_2_has_the_papers_rows_and_marks_what_exceeds_the_threshold(papers):
    table = papers["cctm"]["googlenet"]
    axes = interferers.interferers(table).axes[0]
    assert labels_of(axes.yaxis) == ["PLANE", "CAR", "BIRD", "TRUCK"]
    assert labels_of(axes.xaxis) == list(toy.CIFAR.labels)
    rates = confusion.cctm(by_epoch.test_counts(table))
    strong = [
        (row, other)
        for row in (0, 1, 2, 9)
        for other in range(10)
        if other != row and rates[row, other] > 0.005
    ]
    bold = [text.get_text() for text in axes.texts if text.get_weight() == "bold"]
    assert bold == [f"{rates[cell]:.3f}" for cell in strong]
    counted = [text.get_text() for text in axes.texts[41:45]]
    assert counted == [str(sum(row == cell[0] for cell in strong)) for row in (0, 1, 2, 9)]
    surely = [
        str(sum(beyond_chance(table, cell) for cell in strong if cell[0] == row))
        for row in (0, 1, 2, 9)
    ]
    assert [text.get_text() for text in axes.texts[46:50]] == surely != counted
    assert [text.get_text() for text in axes.texts if text.get_text() in "1135"][-4:] == [
        "3",
        "1",
        "5",
        "1",
    ]


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
    assert labels_of(figure.axes[0].yaxis) == [toy.DIGITS.labels[label] for label in rows]
    assert "rows: the classes of the most interfering pairs" in " ".join(words(figure)).replace(
        "\n", " "
    )


def test_pairs_are_ranked_with_their_intervals_and_shares_of_all_errors(found):
    table = found["cctm"]["vgg19"]
    counts = by_epoch.test_counts(table)
    figure = pairs.pairs([table])
    axes = figure.axes[0]
    ranked = confusion.ranked_pairs(confusion.cctm(counts))
    assert labels_of(axes.yaxis)[0] == CAT_DOG
    np.testing.assert_allclose(
        axes.lines[-1].get_xdata(), [100 * value for *_, value in ranked[: pairs.SHOWN]]
    )
    low, high = statistics.pair_intervals(counts)
    np.testing.assert_allclose(
        axes.collections[0].get_segments()[0][:, 0], [100 * low[3, 5], 100 * high[3, 5]]
    )
    assert f"{100 * confusion.pair_share(counts)[3, 5]:.1f} %" in words(figure)
    assert "the first 15 of 45 pairs" in " ".join(words(figure)).replace("\n", " ")


def test_runs_of_a_set_up_rank_their_pairs_together(papers):
    tables = [papers["cctm"][name] for name in ("googlenet", "vgg19")]
    both = sum(by_epoch.test_counts(table) for table in tables)
    a, b, _ = confusion.ranked_pairs(confusion.cctm(both))[1]
    figure = pairs.pairs(tables)
    assert labels_of(figure.axes[0].yaxis)[1] == classes.pair(
        toy.CIFAR.labels[a], toy.CIFAR.labels[b]
    )
    assert len({axes.get_xlim() for axes in figure.axes}) == 1


MANY = Classes(
    tuple(f"kind_{number}" for number in range(100)),
    tuple(f"KIND {number}" for number in range(100)),
)


@pytest.mark.slow
@pytest.mark.parametrize("classes", [toy.LETTERS, MANY])
def test_tables_of_3_and_of_100_classes_are_whole_and_no_wider_than_a_page(tmp_path, classes):
    toy.study(
        tmp_path,
        classes=classes,
        runs={"small": "optim", "small-big_lr": "big_lr"},
        swept=(),
        epochs=1,
        images=400,
    )
    for name, figure in figures.draw(cctm=toy.evidence(tmp_path)["cctm"]):
        whole(name, figure)
        assert figure.get_figwidth() < 8, name


def test_of_long_labels_the_ends_are_shown_and_their_numbers_where_these_are_alike():
    long = [
        f"labels such as the {middle} begin and end alike"
        for middle in ("first", "second", "third")
    ]
    assert style.shortened(["Polar bear", *long]) == (
        "Polar bear",
        "labels su…1…nd alike",
        "labels su…2…nd alike",
        "labels su…3…nd alike",
    )
    assert style.shortened(["a label that begins so", "its own end"]) == (
        "a label th…begins so",
        "its own end",
    )
    assert style.shortened(["m" * 20, "a" * 10 + "b" + "c" * 10, "猫" * 20]) == (
        "m" * 20,
        "a" * 10 + "…" + "c" * 9,
        "猫" * 6 + "…" + "猫" * 5,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("number", "runs"), [(3, 1), (3, 4), (100, 1), (100, 4)])
def test_names_of_any_length_have_room(tmp_path, number, runs):
    keys = toy.LETTERS.keys if number == 3 else toy.HUNDRED.keys
    classes = Classes(keys, tuple(f"class {place} {'and so on ' * 6}" for place in range(number)))
    few = number == 3
    toy.study(
        tmp_path,
        classes=classes,
        runs=dict.fromkeys(("vgg19", "resnet18", "googlenet", "dla")[:runs], "optim"),
        pairs=("a-b", "all", EGOS) if few else ("top-2",),
        points=3,
        epochs=2,
        images=60 if few else 320,
    )
    found = toy.evidence(tmp_path)
    for name, figure in figures.draw(**found if few and runs == 1 else {"cctm": found["cctm"]}):
        if name != "cosine_cctm":  # its words lie among the dots
            whole(name, figure)
        assert figure.get_figwidth() < 11, name


def test_runs_are_ordered_by_set_up_and_then_as_in_the_paper(tmp_path):
    toy.study(tmp_path, runs=toy.PAPER_RUNS, swept=(), epochs=1, images=60)
    names = [table.run["name"] for table in runs.ordered(toy.evidence(tmp_path)["counts"])]
    assert names == list(toy.PAPER_RUNS)


def test_runs_that_differ_by_seed_alone_are_told_apart(tmp_path):
    toy.study(
        tmp_path,
        classes=toy.LETTERS,
        runs={"small": "optim", "small-again": "optim"},
        swept=(),
        epochs=1,
    )
    labels = labels_of(recall.recall(runs.ordered(toy.evidence(tmp_path)["cctm"])).axes[0].yaxis)
    assert labels == ["small, lr 0.1 cosine (small)", "small, lr 0.1 cosine (small-again)"]


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_epochs_are_marked_in_whole_numbers_however_few(tmp_path, epochs):
    toy.study(tmp_path, classes=toy.LETTERS, runs={"small": "optim"}, swept=(), epochs=epochs)
    drawn = dict(figures.draw(counts=toy.evidence(tmp_path)["counts"]))
    for axes in (
        axes for name in ("curves", "dance-small", "notes-small") for axes in drawn[name].axes
    ):
        (low, high), ticks = axes.get_xlim(), axes.get_xticks()
        assert ticks[(low <= ticks) & (ticks <= high)].tolist() == [*range(1, epochs + 1)]


def test_curves_of_train_and_test_start_at_the_first_epoch(found, drawn):
    for axes, table in zip(drawn["curves"].axes, runs.ordered(found["counts"]), strict=True):
        for line, split in zip(axes.lines, ("train_online", "test"), strict=True):
            epochs, counts = by_epoch.training_counts(table, split)
            np.testing.assert_array_equal(
                line.get_xydata(), np.stack([epochs, confusion.accuracy(counts)], 1)
            )


def test_surface_maps_run_from_minus_edge_to_edge_with_the_first_class_across(found, drawn):
    for scale, edge in (("raw", 1), ("step", 2)):
        first = drawn[f"surface-vgg19-{scale}"].axes[0]
        assert (first.get_xlabel(), first.get_ylabel()) == ("descend CAT →", "descend DOG →")
        assert first.get_xlim() == first.get_ylim() == (-edge, edge)


def test_a_map_has_theta_1_across(tmp_path):
    plane = _plane(tmp_path)
    first = plane.theta_1
    rate = np.broadcast_to(np.linspace(0, 80, len(first))[:, None], plane.counts.shape[:2])
    axes = panel()
    surface._map(axes, planes.Plane(None, plane, rate), np.arange(0, 91, 10))
    band = axes.collections[0].get_paths()[0].get_extents()  # the lowest tenth
    assert band.x0 == first[0]
    assert band.x1 == pytest.approx(first[0] + np.ptp(first) / 8)
    assert (band.y0, band.y1) == (plane.theta_2[0], plane.theta_2[-1])


def test_many_planes_form_a_triangle_of_maps_with_the_flat_shares_below(found):
    labels = range(6)
    pairs = [(a, b) for a in labels for b in labels if a < b]
    swapped = [(b, a) if (a, b) == (1, 4) else (a, b) for a, b in pairs]
    one = found["surfaces"]["vgg19-cat-dog-raw"]
    ((name, figure),) = surface.draw(planes.groups({"vgg19-all-raw": many(one, swapped)}))
    assert name == "surface-vgg19-raw"
    maps = figure.axes[:36]
    filled = [place for place, axes in enumerate(maps) if axes.collections]
    assert filled == [6 * a + b for a, b in pairs]
    share = style.short(100 * flatness.flat_share(surfaces.mistake_rate(surfaces.from_table(one))))
    assert words(figure).count(share) == len(pairs)
    upright, turned = (maps[6 * a + b].collections[0].get_paths() for a, b in ((0, 1), (1, 4)))
    assert not all(
        np.array_equal(x.vertices, y.vertices) for x, y in zip(upright, turned, strict=True)
    )


def test_a_caption_says_within_what_a_plane_is_known(found):
    one = found["surfaces"]["vgg19-cat-dog-raw"]
    ((_, figure),) = surface.draw(
        planes.groups({"one": Table(one.frame, one.meta | {"tolerance": 0.05})})
    )
    assert "mistake rates within 5 points" in " ".join(words(figure)).replace("\n", " ")


def _plane(folder: Path) -> surfaces.Surface:
    toy.study(folder, classes=toy.LETTERS, runs={"small": "optim"}, pairs=("a-b",), epochs=1)
    (table,) = toy.evidence(folder)["surfaces"].values()
    return surfaces.from_table(table)


def test_each_pair_is_a_relief_over_a_map_in_one_colour_range(drawn):
    figure = drawn["surface-vgg19-raw"]
    reliefs = figure.axes[2].findobj(PolyCollection)
    assert [len(relief.get_paths()) for relief in reliefs] == [16, 16]  # 5 x 5 points
    ranges = {
        (shown.norm.vmin, shown.norm.vmax)
        for axes in figure.axes[:2]
        for shown in axes.collections
        if len(shown.get_paths()) > 1
    }
    assert ranges == {(0, 90)}


def test_the_flat_share_of_every_plane_is_written(found, drawn):
    text = " ".join(words(drawn["surface-vgg19-raw"]))
    for name in ("vgg19-cat-dog-raw", "vgg19-horse-ship-raw"):
        rate = surfaces.mistake_rate(surfaces.from_table(found["surfaces"][name]))
        assert f"flat area: {style.short(100 * flatness.flat_share(rate))} % of the plane" in text


def test_the_trained_net_is_marked_in_the_middle(drawn):
    for axes in drawn["surface-vgg19-raw"].axes[:2]:
        dot = axes.lines[-1]
        assert dot.get_xydata().tolist() == [[0, 0]]


def test_a_plane_that_is_flat_all_over_draws_no_contour_and_warns_of_nothing(tmp_path):
    plane = _plane(tmp_path)
    axes = panel()
    surface._map(
        axes, planes.Plane(None, plane, np.full(plane.counts.shape[:2], 3.0)), np.arange(0, 91, 10)
    )
    assert "flat area: 100 % of the plane" in axes.get_title()


def test_a_table_of_many_planes_is_drawn_as_maps_alone(found):
    kinds = [(a, b) for a in range(5) for b in range(a)]
    (group,) = planes.groups({"many": many(found["surfaces"]["vgg19-cat-dog-raw"], kinds)}).values()
    figure = surface.surface(group)
    assert len([axes for axes in figure.axes if axes.get_xlabel()]) == len(kinds)
    assert not figure.findobj(PolyCollection)


def test_the_far_side_of_a_relief_is_painted_first():
    axes = panel()
    values = np.arange(12.0).reshape(4, 3)
    Relief(axes, (0, 0), 1).surface(
        np.zeros((4, 3)), values, mpl.cm.ScalarMappable(mpl.colors.Normalize(0, 11))
    )
    (relief,) = axes.findobj(PolyCollection)
    heights = [path.get_extents().y0 for path in relief.get_paths()]
    assert heights[0] > heights[-1]  # on a flat floor the far quadrilaterals lie higher on the page


def test_the_dot_of_a_relief_lies_on_the_surface():
    axes = panel()
    relief = Relief(axes, (2, 3), 1.5)
    np.testing.assert_allclose(relief.page(0.5, 0.5, 0), (2, 3))
    relief.pin(0.4)
    np.testing.assert_allclose(axes.lines[-1].get_xydata()[0], relief.page(0.5, 0.5, 0.4))


def test_the_white_line_is_the_outline_of_the_flat_area_around_the_net_alone():
    axes, (across, up) = panel(), (np.linspace(-1, 1, 9), np.linspace(-1, 1, 21))
    walls = np.broadcast_to(
        np.where(np.abs(np.abs(up) - 0.5) < 0.06, 90.0, 0.0)[:, None], (21, 9)
    )  # up is axis 0
    planes.terrain(axes, across, up, walls, np.arange(0, 91, 10))
    along, across = axes.lines[0].get_data()
    assert axes.lines[0].get_color() == "white"
    assert 0.35 < np.nanmin(np.abs(across)) < np.nanmax(np.abs(across)) < 0.45
    assert (np.nanmin(along), np.nanmax(along)) == (-1, 1)


def marks(axes, ordinate: int = 0) -> list[float]:
    """Where the dots of axes lie, in order."""
    return sorted(
        value
        for line in axes.lines
        if line.get_linestyle() == "None"
        for value in np.atleast_1d(line.get_data()[ordinate])
    )


def rows(axes) -> list[str]:
    return [label for label in labels_of(axes.yaxis) if label]


def test_the_lowland_has_a_row_a_scale_and_pair_and_a_dot_a_run(found, drawn):
    area, weights, rise, far = drawn["lowland"].axes
    assert rows(area) == [
        f"{scale}, {classes.pair(*pair)}"
        for scale in ("raw", "step")
        for pair in (("CAT", "DOG"), ("HORSE", "SHIP"))
    ]
    flat = [
        flatness.measure(surfaces.from_table(table))
        for table in found["surfaces"].values()
        if table.meta["pair"] != EGOS
    ]
    assert marks(area) == sorted(100 * one.share for one in flat)
    assert marks(weights) == sorted(one.area for one in flat)
    assert marks(rise) == sorted(one.slope for one in flat)
    assert marks(far) == sorted(one.plateau for one in flat)


def test_random_planes_and_planes_of_many_pairs_share_a_row(found):
    one = found["surfaces"]["vgg19-cat-dog-raw"]
    pairs = [(a, b) for a in range(5) for b in range(a)]
    tables = {"all": many(one, pairs), "random": Table(one.frame, one.meta | {"scale": "random"})}
    ((_, figure),) = lowland.draw(planes.groups(tables))
    assert rows(figure.axes[0]) == [f"raw, {len(pairs)} planes", "random, 1 planes"]
    assert len(marks(figure.axes[0])) == len(pairs) + 1


def _compared(folder: Path, shares: dict[str, float]) -> dict[str, Table]:
    """The raw and the step plane of runs of one net whose flat area is a square of about a share of the plane."""
    toy.study(
        folder,
        classes=toy.LETTERS,
        runs={name: name.partition("-")[2] for name in shares},
        points=21,
        pairs=("a-b",),
        scales=("raw", "step"),
        epochs=1,
        images=10,
    )
    found = {}
    for name, table in toy.evidence(folder)["surfaces"].items():
        frame, half = table.frame, (shares[table.run["name"]]) ** 0.5
        away = frame[["theta_1", "theta_2"]].abs().max(axis=1) / table.meta["edge"] > half
        right = (frame["label"] == frame["predicted"]) == ~away
        found[name] = Table(frame.assign(count=10 * right), table.meta)
    return found


def test_the_lowland_is_said_to_be_there_where_the_largest_rates_flat_area_is_the_largest(tmp_path):
    found = _compared(tmp_path, {"vgg19-optim": 0.2, "vgg19-big_lr": 0.4, "vgg19-small_lr": 0.1})
    ((_, figure),) = lowland.draw(planes.groups(found))
    said = words(figure)[1:]
    text = " ".join(said)
    assert "flat area under lr 0.1 cosine the largest of its net's set-ups?" in text
    assert (
        "in units of theta: raw 1 of 1 · step 0 of 1" in text
    )  # raw edges are 1, 0.1 and 0.01; step edges alike


def test_a_flat_area_that_an_edge_cuts_off_is_hollow_and_leaves_the_answer_open(tmp_path):
    found = _compared(
        tmp_path,
        {"vgg19-optim": 1.0, "vgg19-big_lr": 0.4, "resnet18-optim": 0.2, "resnet18-big_lr": 1.0},
    )
    ((_, figure),) = lowland.draw(planes.groups(found))
    assert "in units of theta: raw 1 of 2 (1 open) · step 1 of 2" in " ".join(words(figure))
    faces = [
        [line.get_markerfacecolor() for line in axes.lines if line.get_linestyle() == "None"]
        for axes in figure.axes[:4]
    ]
    assert [one.count("white") for one in faces] == [4, 4, 0, 0]


def test_one_set_up_is_compared_with_none(drawn):
    assert not any("In how many planes" in text for text in words(drawn["lowland"]))


def test_flat_lengths_are_drawn_by_angle_and_the_extreme_cuts_marked(found, drawn):
    axes, table = drawn["flatness-raw"].axes[0], found["surfaces"]["vgg19-cat-dog-raw"]
    plane = surfaces.from_table(table)
    lengths = flatness.flat_lengths(plane, surfaces.mistake_rate(plane), flatness.ANGLES)
    curve, dot, ring = (line for line in axes.lines if line.get_color() == style.HUES[0])
    np.testing.assert_allclose(np.hypot(*curve.get_data())[:-1], lengths)
    np.testing.assert_allclose(
        np.degrees(np.arctan2(*curve.get_data()[::-1]))[:-1], flatness.ANGLES, atol=1e-9
    )
    assert np.hypot(*dot.get_data()) == pytest.approx(lengths.min())
    assert np.hypot(*ring.get_data()) == pytest.approx(lengths.max())
    assert ring.get_markerfacecolor() == "white"
    norm = flatness.unit_steps(plane, flatness.ANGLES)[lengths.argmin()] * lengths.min()
    told = f"\N{BLACK CIRCLE} {lengths.min():.2g} ({norm:.2g}) at {lengths.argmin()}°"
    assert told in "\n".join(words(drawn["flatness-raw"]))


def test_of_many_planes_the_sharpest_have_a_colour_and_the_others_none(found):
    one = found["surfaces"]["vgg19-cat-dog-raw"]
    figure = dict(
        figures.draw(surfaces={"all": many(one, [(a, b) for a in range(4) for b in range(a)])})
    )
    assert "grey: 3 other planes" in words(figure["flatness-raw"])


def test_like_shapes_are_shown_in_the_order_of_their_clusters(found, drawn):
    similarity = surfaces.similarity(surfaces.from_table(found["surfaces"]["vgg19-horse-ship-raw"]))
    order = clustering.order(similarity)
    axes = drawn["shapes-vgg19"].axes[1]
    assert labels_of(axes.yaxis) == [toy.CIFAR.labels[label] for label in order]
    shown, off = axes.images[0].get_array(), ~np.eye(10, dtype=bool)
    np.testing.assert_array_equal(shown[off], similarity[np.ix_(order, order)][off])
    assert np.ma.getmaskarray(shown).diagonal().all()


def test_shapes_and_gradients_are_held_against_interference(found, drawn):
    figure = drawn["shapes-vgg19"]
    interference = confusion.symmetrised(
        confusion.cctm(by_epoch.test_counts(found["cctm"]["vgg19"]))
    )
    planes = [
        surfaces.from_table(found["surfaces"][f"vgg19-{pair}-raw"])
        for pair in ("cat-dog", "horse-ship")
    ]
    mean = shapes.mean_similarity([surfaces.similarity(plane) for plane in planes])
    cosine = gradients.cosines(found["grams"]["vgg19"])
    names = [
        f"shapes, {CAT_DOG}",
        f"shapes, {classes.pair('HORSE', 'SHIP')}",
        "shapes, mean of 2 planes",
        "cosine of gradients",
    ]
    assert labels_of(figure.axes[-1].yaxis) == names
    rhos = [line.get_xdata()[0] for line in figure.axes[-1].lines if line.get_marker() == "o"]
    assert rhos[2:] == [predictors.prediction(score, interference).rho for score in (mean, cosine)]
    better = predictors.advantage(mean, cosine, interference)[0]
    text = " ".join(words(figure)).replace("\n", " ")
    assert f"less |rho| of the cosines: {better:+.2f}".replace("-", style.MINUS) in text


def test_without_a_cctm_shapes_are_shown_alone_and_of_many_planes_their_mean(found):
    one = found["surfaces"]["vgg19-cat-dog-raw"]
    figure = dict(figures.draw(surfaces={"all": many(one, [(0, 1), (0, 2), (0, 3), (5, 3)])}))[
        "shapes-vgg19"
    ]
    assert [axes.get_title(loc="left") for axes in figure.axes if axes.images] == [
        "mean of 4 planes"
    ]
    assert "cosine of gradients" not in words(figure)


def test_class_losses_are_a_map_a_class_and_plane_with_the_pair_framed(drawn):
    axes = drawn["class_losses-vgg19-raw"].axes[0]
    written = [text.get_text() for text in axes.texts]
    assert all(written.count(label) == 2 for label in toy.CIFAR.labels)  # two planes
    assert [text.get_text() for text in axes.texts if text.get_weight() == "bold"] == [
        CAT_DOG,
        "CAT",
        "DOG",
        classes.pair("HORSE", "SHIP"),
        "HORSE",
        "SHIP",
    ]
    assert len(axes.images) == 2
    assert axes.images[0].get_clim() == (0, 100)


def test_class_maps_have_theta_1_across_and_theta_2_upwards():
    rates = np.zeros((3, 5, 1))
    rates[2, 4] = 100  # theta_1 and theta_2 both greatest
    strip = class_losses._strip(rates)
    assert strip[0, class_losses.FINE - 1] == 100
    assert np.nansum(strip[-1]) == np.nansum(strip[:, 0]) == 0


def test_of_many_classes_the_pair_and_the_most_sensitive_are_shown(tmp_path):
    plane = _plane(tmp_path)
    rates = np.zeros((3, 3, 40))
    rates[0, 0] = np.arange(40)
    assert class_losses._shown(plane, rates) == [0, 1, *range(32, 40)]


def test_notes_stand_on_the_lines_of_their_classes_and_none_below(found, drawn):
    table = found["counts"]["vgg19"]
    played = dance.notes(confusion.cctm(by_epoch.training_counts(table, "train_augmented")[1]), 3)
    axes = drawn["notes-vgg19"].axes[0]
    assert axes.get_title(loc="left") == "CAT is taken for"
    assert labels_of(axes.yaxis) == [*toy.CIFAR.labels, "none"]
    assert list(axes.get_yticks()) == [*range(10), dance.NONE]
    marks = np.concatenate([line.get_ydata() for line in axes.lines])
    assert sorted(marks) == sorted(played)


def test_notes_are_of_the_papers_classes_or_of_the_most_interfering_pairs(found, tmp_path):
    assert top_pairs.noted(found["counts"]["vgg19"]) == [3, 5, 1, 9]
    toy.study(tmp_path, classes=toy.DIGITS, swept=(), runs={"small": "optim"})
    (table,) = toy.evidence(tmp_path)["counts"].values()
    chosen = [label for pair in top_pairs.of_last_epoch(table, 2) for label in pair]
    assert top_pairs.noted(table) == list(dict.fromkeys(chosen))


def test_the_dance_shows_the_recalls_of_the_top_pair_and_what_each_is_taken_for(found, drawn):
    recalls, _, first, second = drawn["dance-vgg19"].axes
    _, counts = by_epoch.training_counts(found["counts"]["vgg19"], "train_augmented")
    series = by_epoch.recalls(confusion.cctm(counts))
    assert [line.get_label() for line in recalls.lines[:2]] == ["CAT", "DOG"]
    np.testing.assert_array_equal(recalls.lines[0].get_ydata(), series[:, 3])
    assert [axes.get_title(loc="left") for axes in (first, second)] == [
        "CAT taken for …, %",
        "DOG taken for …, %",
    ]
    assert "CAT" not in [line.get_label() for line in first.lines]


@pytest.mark.slow
def test_dance_and_notes_come_from_training_after_each_epoch_unless_no_run_has_it(found):
    assert {name for name, _ in dances.draw(found["counts"])} == {
        "dance-vgg19",
        "notes-vgg19",
        "dance_pairs-vgg19",
    }
    online = {
        name: Table(table.frame[table.frame["split"].isin(["train_online", "test"])], table.meta)
        for name, table in found["counts"].items()
    }
    assert len(dict(dances.draw(online))) == 6


@pytest.fixture(scope="module")
def danced(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """The counts of a run of 200 epochs."""
    folder = toy.study(
        tmp_path_factory.mktemp("long"), runs={"vgg19": "optim"}, swept=(), epochs=200, images=1000
    )
    return toy.evidence(folder)["counts"]["vgg19"]


def test_arrows_stand_at_the_moments_on_a_line_for_each_kind_and_class_that_loses(danced):
    _, counts = by_epoch.training_counts(danced, "train_augmented")
    moments = dance.moments(confusion.cctm(counts), (3, 5), size=sizes(danced, "train_augmented"))
    assert {(one.kind, one.own) for one in moments} == {
        (kind, own) for kind in ("red", "blue") for own in (3, 5)
    }
    axes = dances.dance_of(danced, "train_augmented", (3, 5)).axes[1]
    lines = [line for line in axes.lines if line.get_linestyle() == "None"][1:]
    for line, (kind, own) in zip(
        lines, [("red", 3), ("red", 5), ("blue", 3), ("blue", 5)], strict=True
    ):
        expected = [1 + one.position for one in moments if (one.kind, one.own) == (kind, own)]
        assert line.get_xdata().tolist() == expected
        assert line.get_color() == {"red": dances.RED, "blue": dances.BLUE}[kind]
        assert (
            sum(
                text.get_text().split("\n")[0].endswith(f": {len(expected)}") for text in axes.texts
            )
            >= 1
        )


def sizes(table: Table, split: str) -> np.ndarray:
    return by_epoch.training_counts(table, split)[1][0].sum(-1)


def test_no_two_arrows_of_a_line_overlap_in_200_epochs(danced):
    axes = dances.dance_of(danced, "train_augmented", (3, 5)).axes[1]
    epoch = style.place(axes)[2] * 72 / np.ptp(axes.get_xlim())  # points
    for line in axes.lines:
        if line.get_marker() is dances.ARROW:
            assert line.get_markersize() / 2 <= epoch * np.diff(line.get_xdata()).min()


def test_half_the_mistakes_are_the_same_step_upwards_at_every_recall(danced):
    axes = dances.dance_of(danced, "train_augmented", (3, 5)).axes[0]
    heights = axes.transData.transform([[1, recall] for recall in (60, 80, 90, 95)])[:, 1]
    assert np.diff(heights) == pytest.approx(np.full(3, heights[1] - heights[0]), rel=0.02)
    assert axes.get_ylim()[1] == 100


def test_pairs_are_ranked_in_the_first_panel_and_stand_in_its_order_in_the_others(found, drawn):
    played, panels = dance.pairs_by_split(found["counts"]["vgg19"]), drawn["dance_pairs-vgg19"].axes
    assert [axes.get_title(loc="left") for axes in panels] == [
        SPLITS[split].short for split in TRAINING_FIRST
    ]
    first = played[played["split"] == "train_augmented"]
    names = [
        classes.pair(toy.CIFAR.labels[a], toy.CIFAR.labels[b])
        for a, b in zip(first["class_1"], first["class_2"], strict=True)
    ]
    assert labels_of(panels[0].yaxis) == names
    for axes, mode in zip(panels, TRAINING_FIRST, strict=True):
        rows = played[played["split"] == mode].set_index(["class_1", "class_2"])
        dots = np.concatenate(
            [line.get_xydata() for line in axes.lines if line.get_marker() == "o"]
        )
        expected = rows.loc[
            list(zip(first["class_1"], first["class_2"], strict=True)), "anticorrelation"
        ]
        np.testing.assert_array_equal(dots[dots[:, 1].argsort(), 0], expected)


def test_the_numbers_beside_a_pair_are_its_moments_and_intervals_that_hold_0_are_pale(danced):
    axes = dances.dance_pairs(danced, "train_augmented").axes[0]
    played = dance.pairs_by_split(danced)
    rows = played[played["split"] == "train_augmented"]
    for kind, colour in (("red", dances.RED), ("blue", dances.BLUE)):
        shown = [text.get_text() for text in axes.texts if text.get_color() == colour]
        assert shown == [str(times or "") for times in rows[kind]]
    sure = int(((rows["high"] < 0) | (rows["low"] > 0)).sum())
    assert 0 < sure < 45
    assert [len(bars.get_segments()) for bars in axes.collections] == [sure, 45 - sure]


def test_cosines_are_dots_over_norms(found):
    table = found["grams"]["vgg19"]
    dots = table.frame.pivot(index="label_1", columns="label_2", values="dot").to_numpy()
    expected = dots / np.sqrt(np.outer(np.diag(dots), np.diag(dots)))
    off = ~np.eye(10, dtype=bool)
    shown = gradients.cosines(table)
    np.testing.assert_allclose(shown[off], expected[off])
    assert np.isnan(np.diag(shown)).all()


def test_the_scatter_has_a_dot_a_pair_and_names_the_most_interfering(drawn):
    axes = drawn["cosine_cctm"].axes[0]
    assert len(axes.lines[0].get_xdata()) == 45
    assert axes.texts[0].get_text() == CAT_DOG


@pytest.mark.slow
@pytest.mark.parametrize(
    ("classes", "pair"), [(toy.LETTERS, "a-b"), (toy.DIGITS, "digit_3-digit_8")]
)
def test_one_epoch_of_any_classes_can_be_drawn_and_saved(tmp_path, classes, pair):
    toy.study(
        tmp_path,
        classes=classes,
        runs={"small": "optim"},
        pairs=(pair,),
        epochs=1,
        points=3,
        images=12,
    )
    for name, figure in figures.draw(**toy.evidence(tmp_path)):
        assert ElementTree.fromstring(style.svg(figure)).tag.endswith("svg"), name


@pytest.mark.slow
def test_perfect_nets_can_be_drawn(found):
    """No mistakes at all: every colour range is empty."""
    tables = {
        kind: {
            name: Table(
                table.frame.assign(count=100 * (table.frame["label"] == table.frame["predicted"])),
                table.meta,
            )
            for name, table in found[kind].items()
        }
        for kind in ("cctm", "counts", "surfaces")
    }
    for _, figure in figures.draw(**tables, grams=found["grams"]):
        style.svg(figure)


def whole(name, figure) -> None:
    """Nothing of a figure is cut off."""
    figure.draw_without_rendering()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0) >= 0, name
    assert box.x1 <= width + 1e-9, name
    assert box.y1 <= height + 1e-9, name


@pytest.mark.slow
def test_nothing_of_a_figure_is_cut_off(drawn):
    for name, figure in drawn.items():
        whole(name, figure)


@pytest.mark.slow
def test_the_same_tables_give_the_same_bytes(found, saved):
    for name, figure in figures.draw(**found):
        assert style.svg(figure) == (saved / f"{name}.svg").read_bytes()
        if name.startswith("surface"):
            assert style.png(figure) == (saved / f"{name}.png").read_bytes()


def test_files_are_of_moderate_size_and_150_dots_an_inch(drawn, saved):
    assert {path.name for path in saved.iterdir()} == {
        f"{name}.{form}" for name in ALL for form in ("svg", "png")
    }
    for name, figure in drawn.items():
        assert (saved / f"{name}.svg").stat().st_size < 500_000
        assert (saved / f"{name}.png").stat().st_size < 400_000
        with Image.open(saved / f"{name}.png") as image:
            np.testing.assert_allclose(image.size, figure.get_size_inches() * 150, atol=1)


@pytest.mark.parametrize("width", [3.64, 3.7, 6.8, 6.803])
def test_a_png_is_never_a_column_too_narrow(width):
    """Inches times dots may fall just short of a whole number; a picture that is read at the wrong width is skewed."""
    figure, _ = style.sheet("", "", panel=(width - 1, 1), left=0.85, right=0.15)
    figure.add_artist(mpl.lines.Line2D([0.5, 0.5], [0, 1], color="black", lw=4))
    with Image.open(io.BytesIO(style.png(figure))) as image:
        dark = np.asarray(image.convert("L")) < 100
    assert dark[:, dark[0]].all()


def test_drawing_leaves_matplotlibs_settings_as_they_were(found):
    with mpl.rc_context({"font.size": 17, "svg.hashsalt": "mine"}):
        before = dict(mpl.rcParams)
        for _, figure in figures.draw(counts=found["counts"]):
            assert dict(mpl.rcParams) == before
            style.svg(figure)
        assert dict(mpl.rcParams) == before


def test_a_users_settings_do_not_change_a_figure(found, saved):
    with mpl.rc_context({"font.size": 17, "axes.grid": True, "svg.fonttype": "path"}):
        figure = dict(figures.draw(cctm=found["cctm"]))["cctm-optim"]
        assert style.svg(figure) == (saved / "cctm-optim.svg").read_bytes()


def test_every_figure_says_where_it_comes_from(drawn):
    for name, figure in drawn.items():
        text = " ".join(words(figure)).replace("\n", " ")
        assert "seed 0 · cifar10" in text, name
        assert "vgg19" in text or "resnet18-big_lr" in text, name
    assert "5 x 5 points" in " ".join(words(drawn["surface-vgg19-raw"]))


@pytest.mark.slow
def test_importing_and_drawing_need_neither_torch_nor_dvc(tmp_path):
    code = f"""
import sys
import interference.reporting.figures as figures
assert not any(name in sys.modules for name in ("torch", "dvc", "matplotlib")), "import"
from pathlib import Path
from tests import toy
folder = toy.study(Path({str(tmp_path)!r}), classes=toy.LETTERS, runs={{"small": "optim"}}, pairs=["a-b"], epochs=1)
for name, figure in figures.draw(**toy.evidence(folder)):
    figures.save(figure, folder / name)
assert not any(name in sys.modules for name in ("torch", "dvc", "matplotlib.pyplot")), "draw"
"""
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        check=True,
    )


def test_no_marks_hide_in_scatter_collections(drawn):
    """Dots are lines with markers: a PathCollection would be one SVG group a dot."""
    assert not any(figure.findobj(PathCollection) for figure in drawn.values())


def test_ego_models_name_the_classes_that_pay_for_a_descent(found, drawn):
    figure = drawn["ego_models-vgg19-raw"]
    table = found["surfaces"]["vgg19-egos-raw"]
    assert len(figure.axes) == len(table.classes)
    for line in map(surfaces.from_table, surfaces.lines(table)):
        own, axes = line.pair[0], figure.axes[line.pair[0]]
        rates = surfaces.class_mistake_rates(line)[0]
        paid = (rates[len(rates) // 2 + 1 :] - rates[len(rates) // 2]).mean(0)
        paid[own] = -np.inf
        assert axes.get_xlabel() == f"descend {table.classes.labels[own]} →"
        named = {text.get_text() for text in axes.texts}
        assert named == {
            table.classes.labels[label] for label in np.argsort(-paid, kind="stable")[:3]
        }
        black = next(curve for curve in axes.get_lines() if curve.get_color() == style.INK)
        np.testing.assert_allclose(black.get_ydata(), rates[:, own])


def test_random_directions_are_numbered_and_have_no_classes_of_their_own(tmp_path: Path):
    toy.study(tmp_path, runs={"vgg19": "optim"}, pairs=("cat-dog", EGOS), scales=("random",))
    drawn = dict(figures.draw(surfaces=toy.evidence(tmp_path)["surfaces"]))
    assert not [name for name in drawn if name.startswith("ego_models")]
    for name in ("surface-vgg19-random", "class_losses-vgg19-random"):
        said = " ".join(words(drawn[name]))
        assert "random 4 \N{RIGHTWARDS ARROW}" in said
        assert "descend" not in said
        assert "framed" not in said


@pytest.mark.slow
def test_a_label_is_no_formula(tmp_path: Path):
    toy.study(
        tmp_path, classes=Classes(("a", "b", "c"), ("$5", r"$10 \frac", "$x$")), pairs=("a-b",)
    )
    for name, figure in figures.draw(**toy.evidence(tmp_path)):
        figures.save(figure, tmp_path / name)
    assert r"$10 \frac" in (tmp_path / "cctm-optim.svg").read_text()
    assert "$x$" in (tmp_path / "cctm-optim.svg").read_text()
