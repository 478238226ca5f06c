"""Similar shapes of losses."""

import numpy as np

from interference import classes, confusion, surfaces
from interference.confusion import by_epoch, clustering, predictors
from interference.reporting import figures
from interference.reporting.figures import gradients, labels
from interference.surfaces import shapes
from tests import toy
from tests.reporting.figures.artists import (
    CAT_DOG,
    full_text_of,
    repeat_plane,
    texts_of,
    tick_labels,
)

FIGURES = {
    "shapes-vgg19": {"surfaces"},
}  # of the made-up study, and the tables that each needs


def test_like_shapes_are_shown_in_the_order_of_their_clusters(evidence, drawn):
    similarity = surfaces.similarity(
        surfaces.from_table(evidence["surfaces"]["vgg19-horse-ship-raw"])
    )
    order = clustering.order(similarity)
    axes = drawn["shapes-vgg19"].axes[1]
    assert tick_labels(axes.yaxis) == [toy.CIFAR.labels[label] for label in order]
    shown, off = axes.images[0].get_array(), ~np.eye(10, dtype=bool)
    np.testing.assert_array_equal(shown[off], similarity[np.ix_(order, order)][off])
    assert np.ma.getmaskarray(shown).diagonal().all()


def test_shapes_and_gradients_are_held_against_interference(evidence, drawn):
    figure = drawn["shapes-vgg19"]
    interference = confusion.symmetrised(
        confusion.cctm(by_epoch.test_counts(evidence["cctm"]["vgg19"]))
    )
    planes = [
        surfaces.from_table(evidence["surfaces"][f"vgg19-{pair}-raw"])
        for pair in ("cat-dog", "horse-ship")
    ]
    mean = shapes.mean_similarity([surfaces.similarity(plane) for plane in planes])
    cosine = gradients.cosines(evidence["grams"]["vgg19"])
    names = [
        f"shapes, {CAT_DOG}",
        f"shapes, {classes.pair('HORSE', 'SHIP')}",
        "shapes, mean of 2 planes",
        "cosine of gradients",
    ]
    assert tick_labels(figure.axes[-1].yaxis) == names
    rhos = [line.get_xdata()[0] for line in figure.axes[-1].lines if line.get_marker() == "o"]
    assert rhos[2:] == [predictors.prediction(score, interference).rho for score in (mean, cosine)]
    better = predictors.advantage(mean, cosine, interference)[0]
    text = full_text_of(figure)
    assert f"less |rho| of the cosines: {better:+.2f}".replace("-", labels.MINUS) in text


def test_without_a_cctm_shapes_are_shown_alone_and_of_many_planes_their_mean(evidence):
    table = evidence["surfaces"]["vgg19-cat-dog-raw"]
    figure = dict(
        figures.draw(surfaces={"all": repeat_plane(table, [(0, 1), (0, 2), (0, 3), (5, 3)])})
    )["shapes-vgg19"]
    assert [axes.get_title(loc="left") for axes in figure.axes if axes.images] == [
        "mean of 4 planes"
    ]
    assert "cosine of gradients" not in texts_of(figure)
