"""Reliefs."""

import matplotlib as mpl
import numpy as np
from matplotlib.collections import PolyCollection

from interference.reporting.figures import labels
from interference.reporting.figures.relief import Relief
from tests.reporting.figures.artists import empty_panel


def test_the_far_side_of_a_relief_is_painted_first():
    axes = empty_panel()
    values = np.arange(12.0).reshape(4, 3)
    Relief(axes, (0, 0), 1).draw_surface(
        np.zeros((4, 3)), values, mpl.cm.ScalarMappable(mpl.colors.Normalize(0, 11))
    )
    (relief,) = axes.findobj(PolyCollection)
    heights = [path.get_extents().y0 for path in relief.get_paths()]
    assert heights[0] > heights[-1]  # on a flat floor the far quadrilaterals lie higher on the page


def test_the_dot_of_a_relief_lies_on_the_surface():
    axes = empty_panel()
    relief = Relief(axes, (2, 3), 1.5)
    np.testing.assert_allclose(relief.project(0.5, 0.5, 0), (2, 3))
    relief.draw_pin(0.4)
    np.testing.assert_allclose(axes.lines[-1].get_xydata()[0], relief.project(0.5, 0.5, 0.4))


def test_theta_stands_at_the_ends_of_the_floor_and_heights_have_a_label():
    axes = empty_panel()
    relief = Relief(axes, (0, 0), 1)
    relief.draw_box([0, 30], 90, "error rate, %")
    relief.label_floor("CAT", "DOG", (-1, 2), (-3, 4))
    texts = [text.get_text().replace(labels.MINUS, "-") for text in axes.texts]
    assert texts == ["0", "30", "error rate, %", "CAT →", "DOG →", "-1", "2", "-3", "4"]
