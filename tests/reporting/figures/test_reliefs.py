"""Reliefs of several nets in the paper's layout."""

import pytest
from matplotlib.collections import PolyCollection

from interference import classes
from interference.reporting.figures import planes, reliefs
from tests import toy
from tests.reporting.figures.artists import CAT_DOG, full_text_of

PAIRS = ("cat-dog", "automobile-truck")


def drawn_reliefs(folder, runs, pairs=PAIRS):
    """The figures of reliefs of a study, by name."""
    toy.study(folder, runs=runs, pairs=pairs, recorded=[], epochs=1, scales=("raw", "step"))
    return dict(reliefs.draw(planes.group(toy.evidence(folder)["surfaces"])))


def titles(figure):
    """The titles of the panels, row by row."""
    return [axes.get_title(loc="left").partition(", flat")[0] for axes in figure.axes[:-2]]


def test_two_nets_of_a_configuration_are_two_rows_of_the_same_pairs(tmp_path):
    figures = drawn_reliefs(
        tmp_path, {"vgg19": "big_lr", "resnet18": "big_lr", "vgg19-small_lr": "small_lr"}
    )
    assert list(figures) == ["planes-big_lr"]
    figure = figures["planes-big_lr"]
    nets = ("VGG19", "ResNet18")
    names = (classes.pair("CAR", "TRUCK"), CAT_DOG)
    assert titles(figure) == [f"{net}\n{pair}" for net in nets for pair in names]
    surfaces = [part for part in figure.findobj(PolyCollection) if len(part.get_paths()) == 16]
    assert len(surfaces) == 4
    assert "Error rate around nets under lr 0.01 constant (raw class gradients)" in full_text_of(
        figure
    )


def test_configurations_of_one_net_are_rows_where_no_two_nets_can_be(tmp_path):
    figures = drawn_reliefs(tmp_path, {"vgg19": "big_lr", "vgg19-small_lr": "small_lr"})
    assert list(figures) == ["planes-vgg19"]
    rows = [title.partition("\n")[0] for title in titles(figures["planes-vgg19"])]
    assert rows == ["lr 0.01 constant"] * 2 + ["lr 0.0001 constant"] * 2


@pytest.mark.parametrize("runs", [{"vgg19": "big_lr"}, {"vgg19": "big_lr", "resnet18": "optim"}])
def test_one_net_under_one_configuration_is_in_no_such_figure(tmp_path, runs):
    assert not drawn_reliefs(tmp_path, runs)
