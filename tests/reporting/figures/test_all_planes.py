"""The triangle of maps."""

import numpy as np
import pytest

from interference import surfaces
from interference.reporting.figures import labels, planes, surface
from interference.surfaces import flatness
from tests.reporting.figures.artists import repeat_plane, texts_of


@pytest.mark.slow
def test_many_planes_form_a_triangle_of_maps_with_the_flat_shares_below(evidence):
    numbers = range(6)
    pairs = [(a, b) for a in numbers for b in numbers if a < b]
    swapped = [(b, a) if (a, b) == (1, 4) else (a, b) for a, b in pairs]
    table = evidence["surfaces"]["vgg19-cat-dog-raw"]
    ((name, figure),) = surface.draw(planes.group({"vgg19-all-raw": repeat_plane(table, swapped)}))
    assert name == "surface-vgg19-raw"
    maps = figure.axes[:36]
    filled = [place for place, axes in enumerate(maps) if axes.collections]
    assert filled == [6 * a + b for a, b in pairs]
    share = labels.format_percentage(
        100 * flatness.flat_share(surfaces.mistake_rate(surfaces.from_table(table)))
    )
    assert texts_of(figure).count(share) == len(pairs)
    plane = surfaces.from_table(table)
    low, high = flatness.flat_share_interval(plane, surfaces.mistake_rate(plane))
    interval = f"{labels.format_percentage(100 * low)} to {labels.format_percentage(100 * high)}"
    assert texts_of(figure).count(interval) == len(pairs)
    upright, turned = (maps[6 * a + b].collections[0].get_paths() for a, b in ((0, 1), (1, 4)))
    assert not all(
        np.array_equal(x.vertices, y.vertices) for x, y in zip(upright, turned, strict=True)
    )
