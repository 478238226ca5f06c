"""Flat lengths by angle."""

import numpy as np
import pytest

from interference import surfaces
from interference.reporting import figures
from interference.reporting.figures import flatness as flatness_figure
from interference.reporting.figures import theme
from interference.surfaces import flatness
from tests.reporting.figures.artists import full_text_of, repeat_plane, texts_of

FIGURES = {
    "flatness-raw": {"surfaces"},
    "flatness-step": {"surfaces"},
}  # of the made-up study, and the tables that each needs


def test_flat_lengths_are_drawn_by_angle_and_the_extreme_cuts_marked(evidence, drawn):
    axes, table = drawn["flatness-raw"].axes[0], evidence["surfaces"]["vgg19-cat-dog-raw"]
    plane = surfaces.from_table(table)
    lengths = flatness.flat_lengths(plane, surfaces.mistake_rate(plane), flatness.ANGLES)
    curve, dot, ring = (line for line in axes.lines if line.get_color() == theme.HUES[0])
    np.testing.assert_allclose(np.hypot(*curve.get_data())[:-1], lengths)
    np.testing.assert_allclose(
        np.degrees(np.arctan2(*curve.get_data()[::-1]))[:-1], flatness.ANGLES, atol=1e-9
    )
    assert np.hypot(*dot.get_data()) == pytest.approx(lengths.min())
    assert np.hypot(*ring.get_data()) == pytest.approx(lengths.max())
    assert ring.get_markerfacecolor() == "white"
    norm = flatness.unit_steps(plane, flatness.ANGLES)[lengths.argmin()] * lengths.min()
    numbers = f"\N{BLACK CIRCLE} {lengths.min():.2g} ({norm:.2g}) at {lengths.argmin()}°"
    assert numbers in "\n".join(texts_of(drawn["flatness-raw"]))


def test_of_many_planes_the_sharpest_have_a_colour_and_the_others_none(evidence):
    table = evidence["surfaces"]["vgg19-cat-dog-raw"]
    figure = dict(
        figures.draw(
            surfaces={"all": repeat_plane(table, [(a, b) for a in range(4) for b in range(a)])}
        )
    )
    assert "grey: 3 other planes" in texts_of(figure["flatness-raw"])


def test_the_edge_of_a_plane_is_explained_where_it_is_drawn_inside_the_disc():
    assert flatness_figure._reach(1.2, 1) == pytest.approx(2.1)  # the edge, at 2, is visible
    assert flatness_figure._reach(0.5, 1) == pytest.approx(0.56)  # the cuts fill the disc


def test_a_dashed_edge_is_visible_if_the_caption_names_it(drawn):
    figure = drawn["flatness-raw"]
    for axes in figure.axes:
        edges = [line for line in axes.lines if line.is_dashed() and len(line.get_xdata()) == 4]
        inside = [line for line in edges if line.get_xdata().max() < axes.get_xlim()[1]]
        assert bool(inside) == ("dashed: the plane's edge" in full_text_of(figure))
