"""A league of scores: which score of pairs of classes tells best which classes interfere."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from interference.confusion.predictors import Prediction, advantage, prediction
from interference.vocabulary import Array


@dataclass(frozen=True)
class Standing:
    """The place of a score in the league.

    Attributes:
        name: The score.
        prediction: Its rank correlation with interference, with p and interval.
        behind: |rho| of the score less |rho| of the best score; 0 for the best.
        low: The lower end of this difference's 95 % interval, by leaving out a class at a time; nan
            for the best.
        high: The upper end.
    """

    name: str
    prediction: Prediction
    behind: float
    low: float
    high: float

    @property
    def is_behind(self) -> bool:
        """Whether the score is worse than the best, beyond chance."""
        return bool(self.high < 0)


def league(scores: Mapping[str, Array], interference: Array, seed: int = 0) -> list[Standing]:
    """Rank scores by how well they tell which classes interfere.

    The sign of a correlation does not count: opposed gradients tell as much as similar shapes.

    Args:
        scores: Symmetric matrices (C, C) by name.
        interference: The symmetrised CCTM (C, C) of the test set.
        seed: The seed of the relabellings behind the p-values.

    Returns:
        The scores by |rho|, the best first; those without a correlation are left out.
    """
    predictions: dict[str, Prediction] = {}
    for name, score in scores.items():
        own = prediction(score, interference, seed)
        if np.isfinite(own.rho):
            predictions[name] = own
    ranked = sorted(predictions, key=lambda name: -abs(predictions[name].rho))
    standings = []
    for place, name in enumerate(ranked):
        behind, low, high = 0.0, np.nan, np.nan
        if place:
            behind, low, high = advantage(scores[name], scores[ranked[0]], interference)
        standings.append(Standing(name, predictions[name], behind, low, high))
    return standings
