"""The heat maps of the test CCTM."""

import numpy as np
from matplotlib.collections import QuadMesh

from interference import confusion
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
