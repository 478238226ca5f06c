"""Losses of each class over planes."""

import numpy as np

from interference import classes
from interference.reporting.figures import class_losses, labels
from tests import toy
from tests.reporting.figures.artists import CAT_DOG, small_plane, texts_of

FIGURES = {
    "class_losses-vgg19-raw": {"surfaces"},
    "class_losses-vgg19-step": {"surfaces"},
}  # of the made-up study, and the tables that each needs


def test_class_losses_are_a_map_a_class_and_plane_with_the_pair_framed(drawn):
    axes = drawn["class_losses-vgg19-raw"].axes[0]
    written = [text.get_text() for text in axes.texts]
    assert all(written.count(label) == 2 for label in toy.CIFAR.labels)  # two planes
    assert [text.get_text() for text in axes.texts if text.get_weight() == "bold"] == [
        CAT_DOG,
        "CAT",
        "DOG",
        classes.pair("HORSE", "SHIP"),
        "HORSE",
        "SHIP",
    ]
    assert len(axes.images) == 2
    assert axes.images[0].get_clim() == (0, 100)


def test_class_maps_have_theta_1_across_and_theta_2_upwards():
    rates = np.zeros((3, 5, 1))
    rates[2, 4] = 100  # theta_1 and theta_2 both greatest
    strip = class_losses.strip(rates)
    assert strip[0, class_losses.SAMPLES - 1] == 100
    assert np.nansum(strip[-1]) == np.nansum(strip[:, 0]) == 0


def test_of_many_classes_the_pair_and_the_most_sensitive_are_shown(tmp_path):
    plane = small_plane(tmp_path)
    rates = np.zeros((3, 3, 40))
    rates[0, 0] = np.arange(40)
    assert class_losses.shown_classes(plane, rates) == [0, 1, *range(32, 40)]


def test_the_direction_of_theta_2_has_an_arrow_upwards_and_theta_has_numbers(drawn):
    texts = texts_of(drawn["class_losses-vgg19-raw"])
    assert "descend CAT →\ndescend DOG ↑" in texts
    assert texts.count("1") == texts.count(f"{labels.MINUS}1") == 2 * 2  # across and up, two planes
