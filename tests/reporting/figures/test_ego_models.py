"""Ego models."""

import numpy as np

from interference import surfaces
from interference.reporting.figures import theme

FIGURES = {
    "ego_models-vgg19-raw": {"surfaces"},
    "ego_models-vgg19-step": {"surfaces"},
}  # of the made-up study, and the tables that each needs


def test_ego_models_name_the_classes_that_pay_for_a_descent(evidence, drawn):
    figure = drawn["ego_models-vgg19-raw"]
    table = evidence["surfaces"]["vgg19-egos-raw"]
    assert len(figure.axes) == len(table.classes)
    for line in map(surfaces.from_table, surfaces.lines(table)):
        own, axes = line.pair[0], figure.axes[line.pair[0]]
        rates = surfaces.class_mistake_rates(line)[0]
        paid = (rates[len(rates) // 2 + 1 :] - rates[len(rates) // 2]).mean(0)
        paid[own] = -np.inf
        assert axes.get_xlabel() == f"descend {table.classes.labels[own]} →"
        named = {text.get_text() for text in axes.texts}
        assert named == {
            table.classes.labels[label] for label in np.argsort(-paid, kind="stable")[:3]
        }
        black = next(curve for curve in axes.get_lines() if curve.get_color() == theme.INK)
        np.testing.assert_allclose(black.get_ydata(), rates[:, own])


def test_the_classes_of_a_panel_differ_by_the_dashes_of_their_lines_too(drawn):
    axes = drawn["ego_models-vgg19-raw"].axes[0]
    looks = {(line.get_color(), str(line._dash_pattern)) for line in axes.lines}
    coloured = [look for look in looks if look[0] in theme.HUES]
    assert len(coloured) == len({dashes for _, dashes in coloured}) == 3
