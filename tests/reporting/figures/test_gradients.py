"""Cosines of class gradients."""

import numpy as np

from interference.reporting.figures import gradients
from tests.reporting.figures.artists import CAT_DOG


def test_cosines_are_dots_over_norms(evidence):
    table = evidence["grams"]["vgg19"]
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
