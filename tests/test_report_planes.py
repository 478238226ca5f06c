"""The report's planes, ego models and flatness: the page carries what the tables say, and a browser cuts as we do."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from interference import by_epoch, confusion, flatness, report, surfaces
from interference.surfaces import Surface
from interference.tables import Table
from tests import browser, reports

CAT, DOG = 3, 5
CAMERAS = """() => [...document.querySelectorAll(".stage .plot")].map(plot => {
  const {x, y, z} = plot._fullLayout.scene._scene.getCamera().eye;
  return [Math.atan2(y, x) * 180 / Math.PI, Math.asin(z / Math.hypot(x, y, z)) * 180 / Math.PI, Math.hypot(x, y, z)];
})"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    return reports.small(tmp_path_factory.mktemp("study"))


def view(source: str, name: str) -> dict[str, Any]:
    return reports.given(source)["views"][name]


def of(study: report.Study, run: str, pair: str, scale: str) -> Surface:
    return surfaces.from_table(study.surfaces[f"{run}-{pair}-{scale}"])


def only(found: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (one,) = (one for one in found if all(one[name] == value for name, value in wanted.items()))
    return one


# What the page carries


def test_the_page_carries_the_counts_and_losses_behind_every_point(study, source):
    block, found = reports.arrays(source), view(source, "planes")["planes"]
    assert len(found) == 3 * 2 * 2  # runs, pairs, scales
    for run, pair, scale in (("resnet18", "cat-dog", "raw"), ("resnet18-big_lr", "horse-ship", "step")):
        surface, one = of(study, run, pair, scale), only(found, run=run, pair=pair, scale=scale)
        mistakes, sizes, losses = (reports.array(block, one[name]).astype(float)
                                   for name in ("mistakes", "sizes", "losses"))
        np.testing.assert_allclose(100 * mistakes / sizes, surfaces.class_mistake_rates(surface), rtol=1e-12, atol=1e-9)
        np.testing.assert_allclose(100 * mistakes.sum(-1) / sizes.sum(-1), surfaces.mistake_rate(surface), rtol=1e-12)
        np.testing.assert_allclose(losses / sizes, surfaces.class_losses(surface), rtol=1e-6)
        assert one["edge"] == [surface.theta_1[-1], surface.theta_2[-1]]
        assert one["ways"] == list(surface.ways)


def test_the_page_carries_flat_lengths_outline_and_directions(study, source):
    block, found = reports.arrays(source), view(source, "planes")["planes"]
    one = only(found, run="vgg19", pair="cat-dog", scale="raw")
    surface = of(study, "vgg19", "cat-dog", "raw")
    rate = surfaces.mistake_rate(surface)
    np.testing.assert_allclose(reports.array(block, one["lengths"]),
                               flatness.flat_lengths(surface, rate, flatness.ANGLES), rtol=1e-6)
    np.testing.assert_allclose(reports.array(block, one["outline"]),
                               flatness.outline(surface.theta_1, surface.theta_2, rate), rtol=1e-6)
    assert one["gram"] == [surface.gram[0, 0], surface.gram[0, 1], surface.gram[1, 1]]
    assert one["flat"] == pytest.approx(100 * flatness.flat_share(rate))


def test_the_pair_that_interferes_most_comes_first(study, source):
    rates = confusion.symmetrised(confusion.cctm(sum(map(by_epoch.test_counts, study.cctm.values()))))
    assert rates[CAT, DOG] > rates[7, 8]
    assert view(source, "planes")["first"] == "cat-dog"


def joined(one: Table, other: Table) -> Table:
    """A table of two planes, as `all` and `top-K` write them."""
    frame = np.concatenate([table.frame.to_numpy() for table in (one, other)])
    grams = one.meta["grams"] | other.meta["grams"]
    return Table(one.frame.__class__(frame, columns=one.frame.columns).astype(one.frame.dtypes),
                 one.meta | {"pair": "all", "grams": grams})


def turned(table: Table) -> Table:
    """The plane of a table with its classes, and so its axes, exchanged."""
    names = {"class_1": "class_2", "class_2": "class_1", "i": "j", "j": "i", "theta_1": "theta_2", "theta_2": "theta_1"}
    (pair, gram), = table.meta["grams"].items()
    first, second = pair.split("-")
    return Table(table.frame.rename(columns=names)[table.frame.columns],
                 table.meta | {"grams": {f"{second}-{first}": np.array(gram)[::-1, ::-1].tolist()}})


def test_a_pair_is_found_among_many_and_either_way_round(study):
    tables = study.surfaces
    many = {"vgg19-all-raw": joined(tables["vgg19-horse-ship-raw"], turned(tables["vgg19-cat-dog-raw"])),
            "resnet18-cat-dog-raw": tables["resnet18-cat-dog-raw"]}
    found = replace(study, surfaces=many).planes
    assert [(plane.run, plane.name) for plane in found] == [
        ("vgg19", "HORSE\N{EN DASH}SHIP"), ("vgg19", "DOG\N{EN DASH}CAT"), ("resnet18", "DOG\N{EN DASH}CAT")]
    np.testing.assert_array_equal(found[2].counts, of(study, "resnet18", "cat-dog", "raw").counts.swapaxes(0, 1))


def test_a_plane_that_was_swept_twice_is_shown_once(study):
    tables = {name: study.surfaces[name] for name in ("vgg19-cat-dog-raw", "vgg19-horse-ship-raw")}
    twice = tables | {"vgg19-all-raw": joined(*tables.values())}
    assert len(replace(study, surfaces=twice).planes) == 2


def test_a_random_direction_is_no_class_s_own(study):
    tables = {name: Table(study.surfaces[name].frame, study.surfaces[name].meta | {"scale": "random"})
              for name in ("vgg19-cat-dog-raw", "vgg19-egos-raw")}
    found = replace(study, surfaces=tables)
    assert found.lines == []
    assert [plane.name for plane in found.planes] == ["random 4 and 6"]
    assert found.planes[0].ways == ("random 4", "random 6")


def test_images_whose_loss_is_not_finite_are_mistakes_on_the_page_too(study):
    table = study.surfaces["vgg19-cat-dog-raw"]
    frame = table.frame.copy()
    broken = (frame["i"] == 0) & (frame["j"] == 1) & (frame["label"] == 2) & (frame["predicted"] == 2)
    frame.loc[broken, "loss_sum"] = np.nan
    source = report.html(replace(study, surfaces={"one": Table(frame, table.meta)}))
    block, (one,) = reports.arrays(source), view(source, "planes")["planes"]
    mistakes, sizes, losses = (reports.array(block, one[name]) for name in ("mistakes", "sizes", "losses"))
    assert mistakes[0, 1, 2] == sizes[0, 1, 2]
    assert np.isnan(losses).sum() == 1


def test_the_page_carries_every_class_s_mistakes_along_a_class_s_direction(study, source):
    block, found = reports.arrays(source), view(source, "egos")["lines"]
    assert len(found) == 3 * 2 * 10  # runs, scales, classes
    line = next(line for line in study.lines if (line.run, line.scale, line.pair[0]) == ("resnet18", "step", CAT))
    one = only(found, run="resnet18", scale="step", label=CAT)
    mistakes, sizes = (reports.array(block, one[name]).astype(float) for name in ("mistakes", "sizes"))
    np.testing.assert_allclose(100 * mistakes / sizes, surfaces.class_mistake_rates(line)[0], rtol=1e-12, atol=1e-12)
    assert one["edge"] == line.theta_2[-1]


def test_flatness_stands_in_a_table_too(study, source):
    one = only(view(source, "flat")["planes"], run="vgg19", name="CAT\N{EN DASH}DOG", scale="raw")
    flat = flatness.measure(of(study, "vgg19", "cat-dog", "raw"))
    for name in ("share", "area", "slope", "plateau"):
        assert one[name] == pytest.approx(getattr(flat, name), rel=1e-12)
    figures = (100 * flat.share, flat.theta_area, flat.area, flat.slope, flat.plateau)
    cells = "".join(f"<td>{value:.3g}</td>" for value in figures)
    assert f"<td>raw</td><td>CAT\N{EN DASH}DOG</td><td>vgg19</td>{cells}" in source


def test_whether_there_is_a_lowland_is_said_in_words(study, source):
    large, small = ([flatness.measure(of(study, run, pair, "raw")) for pair in ("cat-dog", "horse-ship")]
                    for run in ("resnet18", "resnet18-big_lr"))  # of vgg19 there is but one set-up
    assert not any(flat.cut_off for flat in (*large, *small))
    larger = sum(one.theta_area > other.theta_area for one, other in zip(large, small, strict=True))
    assert "under <b>optim</b> (learning rate 0.1, cosine) the largest" in source
    assert f"<li>in units of theta: raw {larger} of 2 \N{MIDDLE DOT} step" in source


def test_a_study_without_planes_has_no_such_sections(study):
    views = reports.given(report.html(replace(study, surfaces={})))["views"]
    assert not {"planes", "egos", "flat"} & set(views)


# What a browser makes of it


def drawn(page: Page, what: str = "contour") -> Page:
    """The page with its planes and its cuts drawn."""
    page.locator(".cuts").scroll_into_view_if_needed()
    page.wait_for_selector(".cuts .plot .main-svg")
    page.locator(".stage").scroll_into_view_if_needed()
    page.wait_for_function(f"document.querySelectorAll('.stage .{what}').length >= 3")
    return page


def eyes(page: Page) -> np.ndarray:
    """Where the camera of each surface is, once all have taken it up: degrees around, degrees up, distance."""
    page.wait_for_timeout(300)
    return np.array(page.evaluate(CAMERAS))


@pytest.fixture(scope="module")
def space(chromium: Browser, path: Path) -> Iterator[Page]:
    """A page whose surfaces are drawn in space: that takes a while, so that tests share it and leave it as it was."""
    with browser.page(chromium, path, width=800) as page:
        yield drawn(page, "gl-container canvas")


def test_surfaces_turn_together_by_hand_by_keys_and_by_buttons(space: Page):
    first = eyes(space)
    assert first.shape == (3, 3)
    box = space.locator(".stage .plot").nth(1).bounding_box()
    space.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    space.mouse.down()
    space.mouse.move(box["x"] + box["width"] / 2 + 40, box["y"] + 120, steps=2)
    space.mouse.up()
    dragged = eyes(space)
    np.testing.assert_allclose(dragged - first, [[-20, 10, 0]] * 3, atol=1e-6)
    space.locator(".stage").focus()
    for key in ("ArrowRight", "ArrowUp", "+"):
        space.keyboard.press(key)
    pressed = eyes(space)
    np.testing.assert_allclose((pressed - dragged)[:, :2], [[-10, 8]] * 3, atol=1e-6)
    np.testing.assert_allclose(pressed[:, 2], dragged[:, 2] / 1.15)
    space.get_by_role("button", name="Turn left").click()
    np.testing.assert_allclose(eyes(space) - pressed, [[10, 0, 0]] * 3, atol=1e-6)
    space.get_by_role("button", name="As at first").click()
    np.testing.assert_allclose(eyes(space), first, atol=1e-6)


def test_paper_shows_maps_where_the_screen_shows_surfaces(space: Page):
    kind = "[...document.querySelectorAll('.stage .plot')].map(plot => plot.data[0].type)"
    assert space.evaluate(kind) == ["surface"] * 3
    space.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert space.evaluate(kind) == ["contour"] * 3
    space.evaluate("dispatchEvent(new Event('afterprint'))")
    assert space.evaluate(kind) == ["surface"] * 3


def test_a_surface_that_is_put_away_gives_its_scene_back(space: Page):
    chosen = space.locator("#surfaces").get_by_role("checkbox", name="resnet18-big_lr")
    chosen.uncheck()
    expect(space.locator("canvas")).to_have_count(2)
    expect(chosen).to_be_focused()
    chosen.check()
    expect(space.locator("canvas")).to_have_count(3)


def test_a_cut_is_the_package_s_own(chromium: Browser, path: Path, study):
    with browser.page(chromium, path, webgl=False) as page:
        page.get_by_label("Pair", exact=True).select_option("horse-ship")
        for scale, angle in (("raw", 0), ("raw", 90), ("step", 63), ("step", 135)):
            page.locator("#surfaces").get_by_label("Scale", exact=True).select_option(scale)
            set_slider(drawn(page), angle)
            traces = page.evaluate("document.querySelector('.cuts .plot').data.filter(one => one.hovertemplate)")
            assert [trace["name"] for trace in traces] == ["vgg19", "resnet18", "resnet18-big_lr"]
            for trace in traces:
                surface = of(study, trace["name"], "horse-ship", scale)
                distance, values = flatness.cut(surface, surfaces.mistake_rate(surface), angle)
                step = flatness.unit_steps(surface, np.array([float(angle)]))[0]
                np.testing.assert_allclose(trace["x"], distance * step, atol=1e-9)
                np.testing.assert_allclose(trace["y"], values, atol=1e-6)


def set_slider(page: Page, angle: int) -> None:
    slider = page.get_by_label("Angle of the cut", exact=True)
    slider.evaluate("(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", angle)
    browser.redrawn(page)
    assert slider.get_attribute("aria-valuetext") == f"{angle}\N{DEGREE SIGN}"


def test_flat_lengths_at_all_angles_are_drawn_as_norms(chromium: Browser, path: Path, study):
    with browser.page(chromium, path, webgl=False) as page:
        drawn(page)
        traces = page.evaluate("document.querySelectorAll('.cuts .plot')[1].data.filter(one => one.hovertemplate)")
    surface = of(study, traces[0]["name"], "cat-dog", "raw")
    lengths = flatness.flat_lengths(surface, surfaces.mistake_rate(surface), flatness.ANGLES)
    expected = lengths * flatness.unit_steps(surface, flatness.ANGLES)
    np.testing.assert_allclose(traces[0]["r"], [*expected, expected[0]], rtol=1e-6)


def test_without_webgl_maps_are_drawn_of_the_class_that_is_chosen(chromium: Browser, path: Path, study):
    with browser.page(chromium, path, webgl=False) as page:
        expect(page.get_by_text("lacks WebGL")).to_be_visible()
        page.get_by_label("Whose loss").select_option("DOG")
        shown = drawn(page).evaluate("document.querySelector('.stage .plot').data[0].z")
        assert page.locator("canvas").count() == 0
        assert browser.violations(page) == []
    rates = surfaces.class_mistake_rates(of(study, "vgg19", "cat-dog", "raw"))[..., DOG]
    np.testing.assert_allclose(shown, rates.T, rtol=1e-12)


def test_losses_that_are_not_finite_leave_a_gap_and_the_scale_whole(chromium: Browser, study, tmp_path):
    table = study.surfaces["vgg19-cat-dog-raw"]
    frame = table.frame.copy()
    frame["loss_sum"] *= 10.0 ** frame["i"]
    surface = surfaces.from_table(Table(frame, table.meta))
    frame.loc[(frame["i"] == 0) & (frame["j"] == 1) & (frame["label"] == 2), "loss_sum"] = np.inf
    (tmp_path / "page.html").write_text(report.html(replace(study, surfaces={"one": Table(frame, table.meta)})))
    with browser.page(chromium, tmp_path / "page.html", webgl=False) as page:
        page.get_by_label("Measured as").select_option("losses")
        page.locator(".stage").scroll_into_view_if_needed()
        page.wait_for_selector(".stage .contour")
        shown = page.evaluate("document.querySelector('.stage .plot').data[0]")
        expect(page.locator(".stage figcaption")).to_contain_text("gaps at 1 of 25 points")
    losses = np.log10(surface.loss_sum.sum((-2, -1)) / surface.counts.sum((-2, -1))).T
    assert np.isnan(shown["z"][1][0])
    shown["z"][1][0] = losses[1, 0]
    np.testing.assert_allclose(shown["z"], losses, atol=1e-6)
    assert shown["zmin"] <= losses.min() < losses.max() <= shown["zmax"] < losses.max() + 1


def test_the_ego_model_of_the_chosen_class_is_drawn(chromium: Browser, path: Path, study):
    with browser.page(chromium, path, webgl=False) as page:
        egos = page.locator("section[data-view=egos]")
        egos.get_by_label("Class", exact=True).select_option("TRUCK")
        egos.locator(".egos").scroll_into_view_if_needed()
        page.wait_for_selector(".egos .main-svg")
        curves = page.evaluate("document.querySelector('.egos .plot').data")
    line = next(line for line in study.lines if (line.run, line.scale, line.pair[0]) == ("vgg19", "raw", 9))
    rates = surfaces.class_mistake_rates(line)[0]
    assert {curve["name"] for curve in curves} == set(study.classes.labels)
    for curve in curves:
        np.testing.assert_allclose(curve["y"], rates[:, study.classes.labels.index(curve["name"])], atol=1e-9)
        np.testing.assert_allclose(curve["x"], line.theta_2, atol=1e-12)
    middle = len(rates) // 2
    paid = (rates[middle + 1:] - rates[middle]).mean(0)
    paid[9] = -np.inf
    named = [curve["name"] for curve in curves if curve.get("showlegend", True)]
    assert named[-1] == "TRUCK"
    assert named[:-1] == [study.classes.labels[label] for label in np.argsort(-paid, kind="stable")[:3]]


def test_flatness_is_drawn_by_measure_with_lower_bounds_hollow(chromium: Browser, path: Path, study):
    with browser.page(chromium, path, webgl=False) as page:
        page.get_by_label("Measure", exact=True).select_option("area")
        page.locator(".measures").scroll_into_view_if_needed()
        page.wait_for_selector(".measures .main-svg")
        marks = page.evaluate("document.querySelector('.measures .plot').data")
    for mark in marks:
        for pair, value, symbol in zip(("cat-dog", "horse-ship"), mark["x"], mark["marker"]["symbol"], strict=True):
            flat = flatness.measure(of(study, mark["name"], pair, "raw"))
            assert value == pytest.approx(flat.area, rel=1e-9)
            assert symbol.endswith("-open") == flat.cut_off
