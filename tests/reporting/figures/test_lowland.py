"""The page of flat areas."""

from pathlib import Path

import numpy as np
import pytest

from interference import classes, surfaces
from interference.classes import EGOS
from interference.io.tables import Table
from interference.reporting.figures import lowland, planes
from interference.surfaces import flatness
from tests import toy
from tests.reporting.figures.artists import full_text_of, repeat_plane, texts_of, tick_labels

FIGURES = {
    "lowland": {"surfaces"},
}  # of the made-up study, and the tables that each needs


def marks(axes, ordinate: int = 0) -> list[float]:
    """Where the dots of axes lie, in order."""
    return sorted(
        value
        for line in axes.lines
        if line.get_linestyle() == "None"
        for value in np.atleast_1d(line.get_data()[ordinate])
    )


def rows(axes) -> list[str]:
    return [label for label in tick_labels(axes.yaxis) if label]


def test_the_lowland_has_a_row_a_scale_and_pair_and_a_dot_a_run(evidence, drawn):
    area, weights, rise, far = drawn["lowland"].axes
    assert rows(area) == [
        f"{scale}, {classes.pair(*pair)}"
        for scale in ("raw", "step")
        for pair in (("CAT", "DOG"), ("HORSE", "SHIP"))
    ]
    flat = [
        flatness.measure(surfaces.from_table(table))
        for table in evidence["surfaces"].values()
        if table.meta["pair"] != EGOS
    ]
    assert marks(area) == sorted(100 * plane.share for plane in flat)
    assert marks(weights) == sorted(plane.area for plane in flat)
    assert marks(rise) == sorted(plane.slope for plane in flat)
    assert marks(far) == sorted(plane.plateau for plane in flat)


def test_random_planes_and_planes_of_many_pairs_share_a_row(evidence):
    table = evidence["surfaces"]["vgg19-cat-dog-raw"]
    pairs = [(a, b) for a in range(5) for b in range(a)]
    tables = {
        "all": repeat_plane(table, pairs),
        "random": Table(table.frame, table.meta | {"scale": "random"}),
    }
    ((_, figure),) = lowland.draw(planes.group(tables))
    assert rows(figure.axes[0]) == [f"raw, {len(pairs)} planes", "random, 1 planes"]
    assert len(marks(figure.axes[0])) == len(pairs) + 1


def _compared(folder: Path, shares: dict[str, float]) -> dict[str, Table]:
    """The raw and the step plane of runs of one net.

    The flat area is a square of about the given fraction of the plane.
    """
    toy.study(
        folder,
        classes=toy.LETTERS,
        runs={name: name.partition("-")[2] for name in shares},
        points=21,
        pairs=("a-b",),
        scales=("raw", "step"),
        epochs=1,
        images=10,
    )
    compared = {}
    for name, table in toy.evidence(folder)["surfaces"].items():
        frame, half = table.frame, (shares[table.run["name"]]) ** 0.5
        away = frame[["theta_1", "theta_2"]].abs().max(axis=1) / table.meta["edge"] > half
        right = (frame["label"] == frame["predicted"]) == ~away
        compared[name] = Table(frame.assign(count=10 * right), table.meta)
    return compared


def test_the_lowland_is_said_to_be_there_where_the_largest_rates_flat_area_is_the_largest(tmp_path):
    tables = _compared(tmp_path, {"vgg19-optim": 0.2, "vgg19-big_lr": 0.4, "vgg19-small_lr": 0.1})
    ((_, figure),) = lowland.draw(planes.group(tables))
    text = " ".join(texts_of(figure)[1:])
    assert "does lr 0.1 cosine have the largest flat area of its net?" in text
    assert (
        "in units of theta: raw 1 of 1 · step 0 of 1" in text
    )  # raw edges are 1, 0.1 and 0.01; step edges alike


@pytest.mark.slow
def test_a_flat_area_that_an_edge_cuts_off_is_hollow_and_leaves_the_answer_open(tmp_path):
    tables = _compared(
        tmp_path,
        {"vgg19-optim": 1.0, "vgg19-big_lr": 0.4, "resnet18-optim": 0.2, "resnet18-big_lr": 1.0},
    )
    ((_, figure),) = lowland.draw(planes.group(tables))
    assert "in units of theta: raw 1 of 2 (1 open) · step 1 of 2" in full_text_of(figure)
    faces = [
        [line.get_markerfacecolor() for line in axes.lines if line.get_linestyle() == "None"]
        for axes in figure.axes[:4]
    ]
    assert [colours.count("white") for colours in faces] == [4, 4, 0, 0]


def test_one_set_up_is_compared_with_none(drawn):
    assert not any("In how many planes" in text for text in texts_of(drawn["lowland"]))


def test_a_legend_of_nets_is_there_where_they_differ(evidence, drawn):
    assert "VGG19" not in texts_of(drawn["lowland"])
    surfaces = evidence["surfaces"]
    (plane, *_) = [table for table in surfaces.values() if table.meta["scale"] == "raw"]
    other = Table(plane.frame, plane.meta | {"run": plane.run | {"name": "dla", "net": "dla"}})
    groups = planes.group({**surfaces, "dla": other})
    assert {"VGG19", "DLA"} <= set(texts_of(dict(lowland.draw(groups))["lowland"]))
