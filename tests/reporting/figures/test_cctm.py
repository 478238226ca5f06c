"""The heat maps of the test CCTM."""

import numpy as np
from matplotlib.collections import QuadMesh

from interference import Record, confusion
from interference.classes import Classes
from interference.reporting.figures import cctm as heat_maps
from tests import toy
from tests.reporting.figures.artists import texts_of, tick_labels

FIGURES = {
    "cctm-optim": {"cctm"},
    "cctm-big_lr": {"cctm"},
}  # of the made-up study, and the tables that each needs


def test_a_heat_map_shows_the_test_cctm_without_its_diagonal(evidence, drawn):
    table = evidence["cctm"]["vgg19"]
    counts = confusion.from_frame(table.frame[table.frame["split"] == "test"], 10)
    expected = 100 * counts / counts.sum(1, keepdims=True)
    (mesh,) = drawn["cctm-optim"].axes[0].findobj(QuadMesh)
    shown = mesh.get_array()
    assert np.ma.getmaskarray(shown).reshape(10, 10).tolist() == np.eye(10, dtype=bool).tolist()
    off = ~np.eye(10, dtype=bool)
    np.testing.assert_allclose(np.asarray(shown).reshape(10, 10)[off], expected[off])
    assert f"{expected[3, 5]:.1f}" in texts_of(drawn["cctm-optim"])


def test_heat_map_rows_are_true_classes_in_label_order_from_above(drawn):
    axes = drawn["cctm-optim"].axes[0]
    assert tick_labels(axes.yaxis) == tick_labels(axes.xaxis) == list(toy.CIFAR.labels)
    assert axes.yaxis_inverted()
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true class", "predicted")


def test_all_heat_maps_of_a_figure_share_one_colour_range(evidence):
    tables = list(evidence["cctm"].values())
    panels = heat_maps.heat_maps(tables).axes[: len(tables)]
    tops = [mesh.norm.vmax for axes in panels for mesh in axes.findobj(QuadMesh)]
    assert tops == [max(np.nanmax(heat_maps.errors(table)) for table in tables)] * 2


def test_recalls_stand_on_the_diagonal_and_rare_errors_are_not_blank():
    counts = np.array([[99_970, 30], [2, 98]])
    record = Record("run", Classes.from_labels(["good", "bad"]))
    record.add("test", counts, np.zeros((2, 2)), 1)
    figure = heat_maps.heat_maps([record.tables()["cctm"]])
    assert {">99.9", "98.0", "0.03", "2.0"} <= set(texts_of(figure))
