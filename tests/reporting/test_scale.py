"""Exhibits of many classes: they show all classes in groups, or those that interfere most."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.patches import Rectangle

from interference import classes, confusion, surfaces
from interference.classes import EGOS
from interference.confusion import by_epoch, clustering, dance, top_pairs
from interference.io import tables
from interference.io.tables import Table
from interference.reporting import figures
from interference.reporting.figures import cctm as heat_maps
from interference.reporting.figures import (
    class_losses,
    gradients,
    labels,
    layout,
    pairs,
    planes,
    recall,
    selection,
    shapes,
    surface,
    theme,
)
from interference.reporting.figures import dance as dances
from interference.study import runs
from tests import toy
from tests.reporting.figures.artists import assert_expected, expected_figures, tick_labels

pytestmark = pytest.mark.slow  # a study of sixty classes is drawn

SIXTY = toy.kindred(12)
PAIRS = 60 * 59 // 2


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Table]]:
    """Two runs of sixty classes, one with planes of its twenty most interfering pairs and egos."""
    folder = tmp_path_factory.mktemp("sixty")
    toy.study(
        folder,
        classes=SIXTY,
        runs={"vgg19": "optim", "resnet18-big_lr": "big_lr"},
        swept=["vgg19"],
        pairs=("top-20", EGOS),
        recorded=["vgg19"],
        epochs=20,
        points=5,
        images=400,
    )
    return toy.evidence(folder)


@pytest.fixture(scope="module")
def drawn(evidence) -> dict[str, mpl.figure.Figure]:
    return dict(figures.draw(**evidence))


def cctm(evidence, *runs: str) -> np.ndarray:
    """The test CCTM (C, C) of runs, their counts added."""
    return confusion.cctm(sum(by_epoch.test_counts(evidence["cctm"][run]) for run in runs))


def text(figure) -> str:
    """All that is written in a figure, line breaks aside."""
    return " ".join(artist.get_text() for artist in figure.findobj(mpl.text.Text)).replace(
        "\n", " "
    )


def named(labels: list[int]) -> list[str]:
    return [SIXTY.labels[label] for label in labels]


def test_every_exhibit_is_whole_and_small_enough_to_look_at(drawn):
    of_raw_planes = [name for name in expected_figures() if not name.endswith("-step")]
    assert_expected(drawn, of_raw_planes)
    for name, figure in drawn.items():
        figure.draw_without_rendering()
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert min(box.x0, box.y0) >= 0, name
        assert (box.x1, box.y1) <= (width + 1e-9, height + 1e-9), name
        assert width < 12, name
        assert len(theme.to_svg(figure)) < 500_000, name


@pytest.mark.parametrize("name", ["cctm-optim", "cosines-optim", "shapes-vgg19"])
def test_every_class_of_a_matrix_is_named_and_no_name_touches_the_next(drawn, name):
    axes = drawn[name].axes[0]
    assert set(tick_labels(axes.yaxis)) == set(SIXTY.labels)
    apart = 72 * layout.box_of(axes).height / len(SIXTY)  # points
    assert all(6.9 < label.get_fontsize() < apart for label in axes.get_yticklabels())


def test_a_hundred_classes_have_labels_that_fit_and_a_thousand_fewer_of_them():
    for number in (100, 1000):
        figure, (axes,) = layout.matrix_sheet("", "", 1, ["x"] * number)
        layout.label_axis(axes, "y", [str(label) for label in range(number)])
        shown = axes.get_yticklabels()
        assert (
            72 * layout.box_of(axes).height / len(shown) >= shown[0].get_fontsize() >= labels.SMALL
        )
        assert figure.get_figwidth() < 8


def test_classes_that_interfere_stand_side_by_side_in_frames_and_cells_hold_no_numbers(
    evidence, drawn
):
    groups, axes = clustering.interfering(cctm(evidence, "vgg19")), drawn["cctm-optim"].axes[0]
    order = [label for group in groups for label in group]
    assert tick_labels(axes.yaxis) == tick_labels(axes.xaxis) == named(order)
    expected = heat_maps.errors(evidence["cctm"]["vgg19"])[np.ix_(order, order)]
    (mesh,) = axes.findobj(QuadMesh)
    np.testing.assert_array_equal(np.ma.filled(mesh.get_array().reshape(60, 60), np.nan), expected)
    frames = [
        (patch.get_x(), patch.get_y(), patch.get_width(), patch.get_height())
        for patch in axes.patches
        if isinstance(patch, Rectangle)
    ]
    ends = np.cumsum([len(group) for group in groups])
    assert frames == [
        (end - len(group),) * 2 + (len(group),) * 2
        for end, group in zip(ends, groups, strict=True)
        if len(group) > 1
    ]
    assert {tuple(sorted(named(group))) for group in groups} == {
        tuple(sorted(kin.split())) for kin in toy.KIN[:12]
    }
    assert not axes.texts


def test_runs_of_a_set_up_share_an_order(evidence):
    tables = [evidence["cctm"][name] for name in ("vgg19", "resnet18-big_lr")]
    order = [
        label
        for group in clustering.interfering(cctm(evidence, "vgg19", "resnet18-big_lr"))
        for label in group
    ]
    panels = heat_maps.heat_maps(tables).axes[:2]
    assert [tick_labels(axes.yaxis) for axes in panels] == [named(order)] * 2


def test_cosines_stand_in_the_order_of_the_cctm_else_opposed_ones_side_by_side(evidence, drawn):
    assert tick_labels(drawn["cosines-optim"].axes[0].yaxis) == tick_labels(
        drawn["cctm-optim"].axes[0].yaxis
    )
    alone = dict(figures.draw(grams=evidence["grams"]))["cosines-optim"].axes[0]
    assert tick_labels(alone.yaxis) == named(
        clustering.order(-gradients.cosines(evidence["grams"]["vgg19"]))
    )
    assert not alone.patches


def test_the_lowest_recalls_have_a_column_and_every_class_a_tick(evidence, drawn):
    recalls = np.array(
        [confusion.recall(by_epoch.test_counts(table)) for table in runs.ordered(evidence["cctm"])]
    )
    cells, ticks = drawn["recall"].axes
    assert tick_labels(cells.xaxis) == named(
        np.argsort(recalls.mean(0), kind="stable")[:10].tolist()
    )
    drawn_recalls = [line.get_xdata() for line in ticks.lines]
    np.testing.assert_array_equal(drawn_recalls[::2], recalls)
    np.testing.assert_allclose(np.ravel(drawn_recalls[1::2]), np.median(recalls, axis=1))
    assert "10 of 60 classes: those of the lowest mean recall" in text(drawn["recall"])


def test_a_recall_that_is_bold_is_the_lowest_of_all_classes_not_of_those_shown(evidence):
    table = evidence["cctm"]["vgg19"]
    higher = table.frame.assign(
        count=table.frame["count"].where(
            (table.frame["label"] == table.frame["predicted"]) | (table.frame["label"] != 7), 0
        )
    )
    lowest = int(np.argmin(confusion.recall(by_epoch.test_counts(table))))
    bold = [
        [
            artist.get_text()
            for artist in recall.recall([each]).axes[0].texts
            if artist.get_weight() == "bold"
        ]
        for each in (table, Table(higher, table.meta))
    ]
    assert lowest != 7
    assert bold == [[f"{confusion.recall(by_epoch.test_counts(table)).min():.1f}"]] * 2


def test_a_class_without_images_is_not_the_lowest(evidence):
    table = evidence["cctm"]["vgg19"]
    absent = Table(
        table.frame.assign(count=table.frame["count"].where(table.frame["label"] != 4, 0)),
        table.meta,
    )
    figure = recall.recall([absent])
    assert SIXTY.labels[4] not in tick_labels(figure.axes[0].xaxis)
    assert "nan" not in text(figure)


def test_thirty_pairs_are_ranked_of_all(evidence, drawn):
    ranked = confusion.ranked_pairs(cctm(evidence, "vgg19"))[: 2 * pairs.SHOWN]
    assert tick_labels(drawn["pairs-optim"].axes[0].yaxis) == [
        classes.pair(*named([a, b])) for a, b, _ in ranked
    ]
    assert f"the first 30 of {PAIRS} pairs" in text(drawn["pairs-optim"])


def test_interferers_are_those_of_the_four_most_interfering_pairs(evidence, drawn):
    best = selection.interferers_run(runs.ordered(evidence["cctm"]))
    rows = {
        label
        for *pair, _ in confusion.ranked_pairs(cctm(evidence, best.run["name"]))[:4]
        for label in pair
    }
    assert tick_labels(drawn["interferers"].axes[0].yaxis) == named(sorted(rows))
    assert "12 of 60 classes have a column" in text(drawn["interferers"])


def test_notes_that_have_no_line_share_one_and_every_epoch_has_its_note(evidence):
    played = np.r_[np.repeat(np.arange(14), 3), [3, 3, 30, 40, dance.NONE, dance.NONE]]
    counts = np.zeros((len(played), 60, 60), int) + 1000 * np.eye(60, dtype=int)
    own = 50
    for epoch, note in enumerate(played):
        counts[epoch, own, note if note != dance.NONE else own] += 100
    frame = pd.DataFrame(
        confusion.columns(counts, 0.0 * counts, epoch=1 + np.arange(len(played)), split="train")
    )
    (axes,) = dances.notes(Table(frame, evidence["counts"]["vgg19"].meta), "train", [own]).axes
    assert tick_labels(axes.yaxis) == [*named(range(10)), "none", "6 others"]
    numbers = [int(text.get_text() or 0) for text in axes.texts]
    assert numbers == [3, 3, 3, 5, 3, 3, 3, 3, 3, 3, 2, 4 * 3 + 2]
    assert sum(numbers) == len(played)


def test_notes_are_of_the_classes_of_the_four_most_interfering_pairs(evidence, drawn):
    table = evidence["counts"]["vgg19"]
    chosen = list(
        dict.fromkeys(label for pair in top_pairs.of_last_epoch(table, 4) for label in pair)
    )
    titles = [axes.get_title(loc="left") for axes in drawn["notes-vgg19"].axes]
    assert titles == [f"{label} is predicted as" for label in named(chosen)]


def test_the_pairs_that_interfere_most_are_ranked_by_how_they_dance(evidence, drawn):
    table = evidence["counts"]["vgg19"]
    top, played = top_pairs.of_last_epoch(table, 45), dance.pairs_by_split(table)
    first = played[played["split"] == "train_augmented"].set_index(["class_1", "class_2"])
    axes = drawn["dance_pairs-vgg19"].axes[0]
    expected = first.loc[top].sort_values("anticorrelation", kind="stable")
    assert tick_labels(axes.yaxis) == [classes.pair(*named(pair)) for pair in expected.index]
    assert f"45 of {PAIRS} pairs: those that interfere most" in text(drawn["dance_pairs-vgg19"])


def test_a_scatter_of_many_pairs_holds_them_all_as_one_image(drawn):
    dots = drawn["cosine_cctm"].axes[0].lines[0]
    assert len(dots.get_xdata()) == PAIRS
    assert dots.get_rasterized()


def test_planes_of_many_classes_are_a_list_of_maps_the_first_of_them(evidence, drawn):
    assert len([axes for axes in drawn["surface-vgg19-raw"].axes if axes.get_xlabel()]) == 20
    (group,) = planes.group({"top": evidence["surfaces"]["vgg19-top-20-raw"]}).values()
    many = dict(surface.draw({"vgg19-raw": 3 * group}))["surface-vgg19-raw"]
    assert len([axes for axes in many.axes if axes.get_xlabel()]) == 45
    assert "45 of 60 planes" in text(many)
    assert "planes" not in text(drawn["surface-vgg19-raw"])


def test_class_losses_are_the_pairs_own_and_those_that_change_most(evidence, drawn):
    figure = drawn["class_losses-vgg19-raw"]
    assert "10 of 60 classes: the pair's and those that change most · 12 of 20 planes" in text(
        figure
    )
    plane = surfaces.from_table(surfaces.planes(evidence["surfaces"]["vgg19-top-20-raw"])[0])
    rates = surfaces.class_mistake_rates(plane)
    spread = np.ptp(rates, axis=(0, 1))
    spread[list(plane.pair)] = np.inf
    assert class_losses.shown_classes(plane, rates) == sorted(
        np.argsort(-spread, kind="stable")[:10]
    )


def test_ego_models_are_of_the_classes_whose_descent_costs_the_others_most(evidence, drawn):
    costs = {}
    for line in map(surfaces.from_table, surfaces.lines(evidence["surfaces"]["vgg19-egos-raw"])):
        rates, own = surfaces.class_mistake_rates(line)[0], line.pair[0]
        costs[own] = np.delete((rates[3:] - rates[2]).mean(0), own).sum()
    expected = sorted(sorted(costs, key=costs.get)[-10:])
    shown = [axes.get_xlabel() for axes in drawn["ego_models-vgg19-raw"].axes]
    assert shown == [f"descend {label} →" for label in named(expected)]
    assert "10 of 60 classes: those whose descent costs the others most" in text(
        drawn["ego_models-vgg19-raw"]
    )


def test_of_many_classes_the_shapes_over_all_planes_are_shown_together(evidence):
    group = planes.group({"top": evidence["surfaces"]["vgg19-top-20-raw"]})["vgg19-raw"]
    for planes_shown, title in (
        (group[:2], "mean of 2 planes"),
        (group[:1], group[0].surface.name),
    ):
        figure = shapes.similarities(planes_shown, None, None)
        assert [axes.get_title(loc="left") for axes in figure.axes if axes.images] == [title]


@pytest.mark.parametrize("label", ["x" * 15, "W" * 15])
def test_long_labels_take_no_more_than_their_room(label):
    size = labels.fit_size(7.5, label, 0.87)
    assert labels.text_width([label], size) <= 0.87 + 1e-9
    assert labels.fit_size(7.5, "CAT", 0.87) == 7.5


def test_tables_of_many_classes_are_small(tmp_path: Path):
    toy.study(
        tmp_path,
        classes=SIXTY,
        runs={"vgg19": "optim"},
        recorded=(),
        pairs=("top-2",),
        epochs=20,
        points=5,
        images=400,
    )
    leading = {"counts": ["epoch", "split"], "surfaces": ["class_1", "class_2", "i", "j"]}
    for kind, columns in leading.items():
        for path in (tmp_path / kind).iterdir():
            frame = tables.read(path, kind).frame
            cells = len(SIXTY) ** 2 * len(frame[columns].drop_duplicates())
            assert len(frame) < cells
            assert path.stat().st_size < 8 * cells, path  # bytes a cell, also those without a row
