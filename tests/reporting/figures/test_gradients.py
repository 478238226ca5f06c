"""Cosines of class gradients."""

import re
from dataclasses import replace

import numpy as np
import pytest

from interference.reporting.figures import gradients
from tests.reporting.figures.artists import CAT_DOG

FIGURES = {
    "cosines-optim": {"grams"},
    "cosines-big_lr": {"grams"},
    "cosine_cctm": {"grams", "cctm"},
}  # of the made-up study, and the tables that each needs


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


def test_where_one_class_is_tested_the_cosines_are_drawn_without_a_scatter(evidence):
    cctm = evidence["cctm"]["vgg19"]
    frame = cctm.frame.copy()
    untested = (frame["split"] == "test") & (frame["label"] != 3)
    frame.loc[untested, "count"] = 0
    tables = {"vgg19": replace(cctm, frame=frame)}
    figures = dict(gradients.draw({"vgg19": evidence["grams"]["vgg19"]}, tables))
    assert [name for name in figures if not name.startswith("cosines-")] == []
    assert len(figures) == 1


def test_each_scatter_has_its_p_and_a_range_of_its_own(evidence):
    evidence = {kind: dict(evidence[kind]) for kind in ("grams", "cctm")}
    figure = dict(gradients.draw(**evidence))["cosine_cctm"]
    for axes in figure.axes:
        widest = np.abs(axes.lines[0].get_xdata()).max()
        assert axes.get_xlim() == pytest.approx((-1.15 * widest, 1.15 * widest))
        assert re.search(r"rho = .*, p = 0\.\d{3}", axes.get_title(loc="left"))


def test_a_name_stays_in_its_panel_wherever_its_dot_is():
    assert gradients._shift(10, 30, 100) == 4  # to the right
    assert gradients._shift(90, 30, 100) == -34  # to the left
    assert gradients._shift(50, 80, 100) == -30  # as far to the right as it fits
    assert gradients._shift(50, 120, 100) == -50
