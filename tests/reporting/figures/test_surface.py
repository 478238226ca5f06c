"""Maps and reliefs of planes."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from interference import surfaces
from interference.reporting.figures import labels, planes, surface
from interference.surfaces import flatness
from tests.reporting.figures.artists import empty_panel, full_text_of, repeat_plane, small_plane

FIGURES = {
    "surface-vgg19-raw": {"surfaces"},
    "surface-vgg19-step": {"surfaces"},
}  # of the made-up study, and the tables that each needs


def test_surface_maps_run_from_minus_edge_to_edge_with_the_first_class_across(evidence, drawn):
    for scale, edge in (("raw", 1), ("step", 2)):
        first = drawn[f"surface-vgg19-{scale}"].axes[0]
        assert (first.get_xlabel(), first.get_ylabel()) == ("descend CAT →", "descend DOG →")
        assert first.get_xlim() == first.get_ylim() == (-edge, edge)


def test_a_map_has_theta_1_across(tmp_path):
    plane = small_plane(tmp_path)
    first = plane.theta_1
    rate = np.broadcast_to(np.linspace(0, 80, len(first))[:, None], plane.counts.shape[:2])
    axes = empty_panel()
    surface.draw_map(axes, planes.Plane(None, plane, rate), np.arange(0, 91, 10))
    band = axes.collections[0].get_paths()[0].get_extents()  # the lowest tenth
    assert band.x0 == first[0]
    assert band.x1 == pytest.approx(first[0] + np.ptp(first) / 8)
    assert (band.y0, band.y1) == (plane.theta_2[0], plane.theta_2[-1])


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


def test_the_flat_share_of_every_plane_is_written(evidence, drawn):
    text = full_text_of(drawn["surface-vgg19-raw"])
    for name in ("vgg19-cat-dog-raw", "vgg19-horse-ship-raw"):
        rate = surfaces.mistake_rate(surfaces.from_table(evidence["surfaces"][name]))
        assert (
            f"flat area: {labels.format_percentage(100 * flatness.flat_share(rate))} % of the plane"
            in text
        )


def test_a_zoom_has_a_figure_of_its_own(evidence):
    table = evidence["surfaces"]["vgg19-cat-dog-raw"]
    plane = surfaces.from_table(table)
    zoom = replace(plane, theta_1=plane.theta_1 / 10, theta_2=plane.theta_2 / 10)
    both = surfaces.to_table(replace(plane, zoom=zoom), table.run)
    both.meta.update(split=table.meta["split"])
    figures = dict(surface.draw(planes.group({"both": both})))
    assert list(figures) == ["surface-vgg19-raw", "surface-vgg19-raw-zoom"]
    axes = figures["surface-vgg19-raw-zoom"].axes[0]
    assert axes.get_xlim() == axes.get_ylim() == (-0.1, 0.1)
    assert "Error rate close to VGG19" in full_text_of(figures["surface-vgg19-raw-zoom"])


def test_the_trained_net_is_marked_in_the_middle(drawn):
    for axes in drawn["surface-vgg19-raw"].axes[:2]:
        dot = axes.lines[-1]
        assert dot.get_xydata().tolist() == [[0, 0]]


def test_a_plane_that_is_flat_all_over_draws_no_contour_and_warns_of_nothing(tmp_path):
    plane = small_plane(tmp_path)
    axes = empty_panel()
    surface.draw_map(
        axes, planes.Plane(None, plane, np.full(plane.counts.shape[:2], 3.0)), np.arange(0, 91, 10)
    )
    assert "flat area: 100 % of the plane" in axes.get_title()


def test_a_table_of_many_planes_is_drawn_as_maps_alone(evidence):
    kinds = [(a, b) for a in range(5) for b in range(a)]
    (group,) = planes.group(
        {"many": repeat_plane(evidence["surfaces"]["vgg19-cat-dog-raw"], kinds)}
    ).values()
    figure = surface.surface(group)
    assert len([axes for axes in figure.axes if axes.get_xlabel()]) == len(kinds)
    assert not figure.findobj(PolyCollection)
