"""The report's planes, ego models and flatness: the page carries what the tables say, and a browser
cuts as we do.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from interference import confusion, surfaces
from interference.confusion import by_epoch
from interference.io.tables import Table
from interference.reporting import report
from interference.surfaces import Surface, flatness
from tests import reports

CAT, DOG = 3, 5


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    return reports.small(tmp_path_factory)


def view(source: str, name: str) -> dict[str, Any]:
    return reports.page_data(source)["views"][name]


def of(study: report.Study, run: str, pair: str, scale: str) -> Surface:
    return surfaces.from_table(study.surfaces[f"{run}-{pair}-{scale}"])


def only(rows: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    (row,) = (row for row in rows if all(row[name] == value for name, value in values.items()))
    return row


# What the page carries


@pytest.mark.slow
def test_the_page_carries_the_counts_and_losses_behind_every_point(study, source):
    block, planes = reports.arrays(source), view(source, "planes")["planes"]
    assert len(planes) == 3 * 2 * 2  # runs, pairs, scales
    for run, pair, scale in (
        ("resnet18", "cat-dog", "raw"),
        ("resnet18-big_lr", "horse-ship", "step"),
    ):
        surface, plane = of(study, run, pair, scale), only(planes, run=run, pair=pair, scale=scale)
        mistakes, sizes, losses = (
            reports.array(block, plane[name]).astype(float)
            for name in ("mistakes", "sizes", "losses")
        )
        np.testing.assert_allclose(
            100 * mistakes / sizes, surfaces.class_mistake_rates(surface), rtol=1e-12, atol=1e-9
        )
        np.testing.assert_allclose(
            100 * mistakes.sum(-1) / sizes.sum(-1), surfaces.mistake_rate(surface), rtol=1e-12
        )
        np.testing.assert_allclose(losses / sizes, surfaces.class_losses(surface), rtol=1e-6)
        assert plane["edge"] == [surface.theta_1[-1], surface.theta_2[-1]]
        assert plane["ways"] == list(surface.ways)


def test_the_page_carries_flat_lengths_outline_and_directions(study, source):
    block, planes = reports.arrays(source), view(source, "planes")["planes"]
    plane = only(planes, run="vgg19", pair="cat-dog", scale="raw")
    surface = of(study, "vgg19", "cat-dog", "raw")
    rate = surfaces.mistake_rate(surface)
    np.testing.assert_allclose(
        reports.array(block, plane["lengths"]),
        flatness.flat_lengths(surface, rate, flatness.ANGLES),
        rtol=1e-6,
    )
    np.testing.assert_allclose(
        reports.array(block, plane["outline"]),
        flatness.outline(surface.theta_1, surface.theta_2, rate),
        rtol=1e-6,
    )
    assert plane["gram"] == [surface.gram[0, 0], surface.gram[0, 1], surface.gram[1, 1]]
    assert plane["flat"] == pytest.approx(100 * flatness.flat_share(rate))


def test_the_pair_that_interferes_most_comes_first(study, source):
    rates = confusion.symmetrised(
        confusion.cctm(sum(map(by_epoch.test_counts, study.cctm.values())))
    )
    assert rates[CAT, DOG] > rates[7, 8]
    assert view(source, "planes")["first"] == "cat-dog"


def joined(first: Table, second: Table) -> Table:
    """A table of two planes, as `all` and `top-K` write them."""
    frame = np.concatenate([table.frame.to_numpy() for table in (first, second)])
    grams = first.meta["grams"] | second.meta["grams"]
    return Table(
        first.frame.__class__(frame, columns=first.frame.columns).astype(first.frame.dtypes),
        first.meta | {"pair": "all", "grams": grams},
    )


def turned(table: Table) -> Table:
    """The plane of a table with its classes, and so its axes, exchanged."""
    names = {
        "class_1": "class_2",
        "class_2": "class_1",
        "i": "j",
        "j": "i",
        "theta_1": "theta_2",
        "theta_2": "theta_1",
    }
    ((pair, gram),) = table.meta["grams"].items()
    first, second = pair.split("-")
    return Table(
        table.frame.rename(columns=names)[table.frame.columns],
        table.meta | {"grams": {f"{second}-{first}": np.array(gram)[::-1, ::-1].tolist()}},
    )


def test_a_pair_is_found_among_many_and_either_way_round(study):
    tables = study.surfaces
    many = {
        "vgg19-all-raw": joined(
            tables["vgg19-horse-ship-raw"], turned(tables["vgg19-cat-dog-raw"])
        ),
        "resnet18-cat-dog-raw": tables["resnet18-cat-dog-raw"],
    }
    planes = replace(study, surfaces=many).planes
    assert [(plane.run, plane.name) for plane in planes] == [
        ("vgg19", "HORSE\N{EN DASH}SHIP"),
        ("vgg19", "DOG\N{EN DASH}CAT"),
        ("resnet18", "DOG\N{EN DASH}CAT"),
    ]
    np.testing.assert_array_equal(
        planes[2].counts, of(study, "resnet18", "cat-dog", "raw").counts.swapaxes(0, 1)
    )


def test_a_plane_that_was_swept_twice_is_shown_once(study):
    tables = {name: study.surfaces[name] for name in ("vgg19-cat-dog-raw", "vgg19-horse-ship-raw")}
    twice = tables | {"vgg19-all-raw": joined(*tables.values())}
    assert len(replace(study, surfaces=twice).planes) == 2


def test_a_random_direction_is_no_class_s_own(study):
    tables = {
        name: Table(study.surfaces[name].frame, study.surfaces[name].meta | {"scale": "random"})
        for name in ("vgg19-cat-dog-raw", "vgg19-egos-raw")
    }
    random_study = replace(study, surfaces=tables)
    assert random_study.lines == []
    assert [plane.name for plane in random_study.planes] == ["random 4 and 6"]
    assert random_study.planes[0].ways == ("random 4", "random 6")


def test_images_whose_loss_is_not_finite_are_mistakes_on_the_page_too(study):
    table = study.surfaces["vgg19-cat-dog-raw"]
    frame = table.frame.copy()
    broken = (
        (frame["i"] == 0) & (frame["j"] == 1) & (frame["label"] == 2) & (frame["predicted"] == 2)
    )
    frame.loc[broken, "loss_sum"] = np.nan
    source = report.html(replace(study, surfaces={"one": Table(frame, table.meta)}))
    block, (plane,) = reports.arrays(source), view(source, "planes")["planes"]
    mistakes, sizes, losses = (
        reports.array(block, plane[name]) for name in ("mistakes", "sizes", "losses")
    )
    assert mistakes[0, 1, 2] == sizes[0, 1, 2]
    assert np.isnan(losses).sum() == 1


def test_the_page_carries_every_class_s_mistakes_along_a_class_s_direction(study, source):
    block, lines = reports.arrays(source), view(source, "egos")["lines"]
    assert len(lines) == 3 * 2 * 10  # runs, scales, classes
    line = next(
        line
        for line in study.lines
        if (line.run, line.scale, line.pair[0]) == ("resnet18", "step", CAT)
    )
    carried = only(lines, run="resnet18", scale="step", label=CAT)
    mistakes, sizes = (
        reports.array(block, carried[name]).astype(float) for name in ("mistakes", "sizes")
    )
    np.testing.assert_allclose(
        100 * mistakes / sizes, surfaces.class_mistake_rates(line)[0], rtol=1e-12, atol=1e-12
    )
    assert carried["edge"] == line.theta_2[-1]


def test_flatness_stands_in_a_table_too(study, source):
    plane = only(view(source, "flat")["planes"], run="vgg19", name="CAT\N{EN DASH}DOG", scale="raw")
    flat = flatness.measure(of(study, "vgg19", "cat-dog", "raw"))
    for name in ("share", "area", "slope", "plateau"):
        assert plane[name] == pytest.approx(getattr(flat, name), rel=1e-12)
    figures = (100 * flat.share, flat.theta_area, flat.area, flat.slope, flat.plateau)
    cells = "".join(f"<td>{value:.3g}</td>" for value in figures)
    assert f"<td>raw</td><td>CAT\N{EN DASH}DOG</td><td>vgg19</td>{cells}" in source


def test_whether_there_is_a_lowland_is_said_in_words(study, source):
    large, small = (
        [flatness.measure(of(study, run, pair, "raw")) for pair in ("cat-dog", "horse-ship")]
        for run in ("resnet18", "resnet18-big_lr")
    )  # of vgg19 there is but one set-up
    assert not any(flat.cut_off for flat in (*large, *small))
    larger = sum(
        mine.theta_area > theirs.theta_area for mine, theirs in zip(large, small, strict=True)
    )
    assert "<b>optim</b> (learning rate 0.1, cosine) has the largest flat area" in source
    assert f"<li>in units of theta: raw {larger} of 2 \N{MIDDLE DOT} step" in source


def test_a_study_without_planes_has_no_such_sections(study):
    views = reports.page_data(report.html(replace(study, surfaces={})))["views"]
    assert not {"planes", "egos", "flat"} & set(views)
