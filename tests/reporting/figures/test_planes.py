"""The common parts of the exhibits of planes."""

import numpy as np

from interference.io.tables import Table
from interference.reporting.figures import planes, surface
from tests.reporting.figures.artists import empty_panel, full_text_of


def test_a_caption_says_within_what_a_plane_is_known(evidence):
    table = evidence["surfaces"]["vgg19-cat-dog-raw"]
    ((_, figure),) = surface.draw(
        planes.group({"one": Table(table.frame, table.meta | {"tolerance": 0.05})})
    )
    assert "error rates within 5 points" in full_text_of(figure)


def test_a_caption_says_that_rates_of_decided_points_are_coarse(evidence):
    table = evidence["surfaces"]["vgg19-cat-dog-raw"]
    images = int(table.frame.groupby(["i", "j"])["count"].sum().min())
    test = {"population": images, "most": images // 20, "points": 361}
    frame = Table(table.frame, table.meta | {"tolerance": 0.05, "flat_test": test})
    ((_, figure),) = surface.draw(planes.group({"one": frame}))
    text = " ".join(full_text_of(figure).split())
    assert f"rates of decided points from at least {images} of them" in text
    assert "the outline of the flat area from rates within 5 points" in text


def test_the_white_line_is_the_outline_of_the_flat_area_around_the_net_alone():
    axes, (across, up) = empty_panel(), (np.linspace(-1, 1, 9), np.linspace(-1, 1, 21))
    walls = np.broadcast_to(
        np.where(np.abs(np.abs(up) - 0.5) < 0.06, 90.0, 0.0)[:, None], (21, 9)
    )  # up is axis 0
    planes.terrain(axes, across, up, walls, np.arange(0, 91, 10))
    along, across = axes.lines[0].get_data()
    assert axes.lines[0].get_color() == "white"
    assert 0.35 < np.nanmin(np.abs(across)) < np.nanmax(np.abs(across)) < 0.45
    assert (np.nanmin(along), np.nanmax(along)) == (-1, 1)
