"""The league of scores as a figure."""

import numpy as np

from interference.confusion.league import Standing
from interference.confusion.predictors import Prediction
from interference.reporting.figures import league
from interference.reporting.figures.labels import MINUS
from tests.reporting.figures.artists import texts_of, tick_labels

FIGURES = {"league": {"cctm", "grams"}}  # of the made-up study, and the tables that it needs


def test_scores_are_drawn_from_the_best_down_with_their_distance_to_it(evidence):
    standings = [
        Standing("good", Prediction(-0.9, 0.001, -0.95, -0.8), 0.0, np.nan, np.nan),
        Standing("poor", Prediction(0.2, 0.3, -0.1, 0.5), -0.7, -0.9, -0.5),
    ]
    figure = league.scores_by_run([evidence["cctm"]["vgg19"]], [standings])
    axes = figure.axes[0]
    assert tick_labels(axes.yaxis) == ["good", "poor"]
    assert axes.lines[1].get_xdata() == [-0.9]
    texts = texts_of(figure)
    assert "best" in texts
    assert f"{MINUS}0.70 ({MINUS}0.90 to {MINUS}0.50) *" in texts
