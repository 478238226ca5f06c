"""The report's planes, ego models and flatness in a browser, which cuts as the package does."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from interference import surfaces
from interference.io.tables import Table
from interference.reporting import report
from interference.surfaces import flatness
from tests import reports
from tests.browser import driver
from tests.reporting.test_report_planes import DOG, of

CAMERAS = """() => [...document.querySelectorAll(".stage .plot")].map(plot => {
  const {x, y, z} = plot._fullLayout.scene._scene.getCamera().eye;
  return [Math.atan2(y, x) * 180 / Math.PI, Math.asin(z / Math.hypot(x, y, z)) * 180 / Math.PI, Math.hypot(x, y, z)];
})"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    return reports.small(tmp_path_factory)


@pytest.fixture(scope="module")
def flat_tab(chromium: Browser) -> Page:
    """A tab without WebGL, in which planes are drawn as maps."""
    return driver.open_tab(chromium, webgl=False)


def drawn(page: Page, what: str = "contour") -> Page:
    """The page with its planes and its cuts drawn."""
    page.locator(".cuts").scroll_into_view_if_needed()
    page.wait_for_selector(".cuts .plot .main-svg")
    page.locator(".stage").scroll_into_view_if_needed()
    driver.wait_until(page, f"document.querySelectorAll('.stage .{what}').length >= 3")
    return page


def eyes(page: Page) -> np.ndarray:
    """Where the camera of each surface is, once all have taken it up: degrees around, degrees up,
    distance.
    """
    page.wait_for_timeout(300)
    return np.array(page.evaluate(CAMERAS))


@pytest.fixture(scope="module")
def space(chromium: Browser, path: Path) -> Iterator[Page]:
    """A page whose surfaces are drawn in space: that takes a while, so that tests share it and
    leave it as it was.
    """
    with driver.open_tab(chromium) as tab, driver.page(tab, path, width=800) as page:
        page.locator("#surfaces").get_by_text("3-D", exact=True).click()
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
    space.get_by_role("button", name="Reset the view").click()
    np.testing.assert_allclose(eyes(space), first, atol=1e-6)


def test_the_mouse_wheel_over_a_surface_scrolls_the_page(space: Page):
    before = eyes(space)
    space.mouse.wheel(0, -10_000)
    space.wait_for_timeout(300)
    space.locator(".stage .plot").first.scroll_into_view_if_needed()
    box = space.locator(".stage .plot canvas").first.bounding_box()
    space.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    height = space.evaluate("scrollY")
    space.mouse.wheel(0, 120)
    space.wait_for_function("height => scrollY > height", arg=height)
    assert space.evaluate("scrollY") - height == pytest.approx(120, abs=30)
    np.testing.assert_array_equal(eyes(space), before)


def test_ctrl_and_the_mouse_wheel_zoom(space: Page):
    before = eyes(space)
    box = space.locator(".stage .plot canvas").first.bounding_box()
    space.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    space.keyboard.down("Control")
    space.mouse.wheel(0, -100)
    space.keyboard.up("Control")
    np.testing.assert_allclose(eyes(space)[:, 2], before[:, 2] / np.exp(0.2))
    space.get_by_role("button", name="Reset the view").click()
    np.testing.assert_allclose(eyes(space), before, atol=1e-6)


def test_equal_steps_and_maps_come_first(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        expect(page.locator("#surfaces").get_by_label("Scale", exact=True)).to_have_value("step")
        kind = "[...document.querySelectorAll('.stage .plot')].map(plot => plot.data[0].type)"
        assert drawn(page).evaluate(kind) == ["contour"] * 3
        expect(page.locator(".stage figcaption").first).to_contain_text(
            "theta to \N{PLUS-MINUS SIGN}"
        )


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


def test_a_cut_is_the_package_s_own(flat_tab: Page, path: Path, study):
    with driver.page(flat_tab, path) as page:
        page.get_by_label("Pair", exact=True).select_option("horse-ship")
        for scale, angle in (("raw", 0), ("raw", 90), ("step", 63), ("step", 135)):
            page.locator("#surfaces").get_by_label("Scale", exact=True).select_option(scale)
            set_slider(drawn(page), angle)
            traces = page.evaluate(
                "document.querySelector('.cuts .plot').data.filter(trace => trace.hovertemplate)"
            )
            assert [trace["name"] for trace in traces] == ["vgg19", "resnet18", "resnet18-big_lr"]
            for trace in traces:
                surface = of(study, trace["name"], "horse-ship", scale)
                distance, values = flatness.cut(surface, surfaces.mistake_rate(surface), angle)
                step = flatness.unit_steps(surface, np.array([float(angle)]))[0]
                np.testing.assert_allclose(trace["x"], distance * step, atol=1e-9)
                np.testing.assert_allclose(trace["y"], values, atol=1e-6)


def set_slider(page: Page, angle: int) -> None:
    slider = page.get_by_label("Angle of the cut", exact=True)
    slider.evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", angle
    )
    driver.redrawn(page)
    assert slider.get_attribute("aria-valuetext") == f"{angle}\N{DEGREE SIGN}"


def test_flat_lengths_at_all_angles_are_drawn_as_norms(flat_tab: Page, path: Path, study):
    with driver.page(flat_tab, path) as page:
        page.locator("#surfaces").get_by_label("Scale", exact=True).select_option("raw")
        drawn(page)
        traces = page.evaluate(
            "document.querySelectorAll('.cuts .plot')[1].data.filter(trace => trace.hovertemplate)"
        )
    surface = of(study, traces[0]["name"], "cat-dog", "raw")
    lengths = flatness.flat_lengths(surface, surfaces.mistake_rate(surface), flatness.ANGLES)
    expected = lengths * flatness.unit_steps(surface, flatness.ANGLES)
    np.testing.assert_allclose(traces[0]["r"], [*expected, expected[0]], rtol=1e-6)


def test_without_webgl_maps_are_drawn_of_the_class_that_is_chosen(
    flat_tab: Page, path: Path, study
):
    with driver.page(flat_tab, path) as page:
        expect(page.get_by_text("lacks WebGL")).to_be_visible()
        page.locator("#surfaces").get_by_label("Scale", exact=True).select_option("raw")
        page.get_by_label("Loss of").select_option("DOG")
        shown = drawn(page).evaluate("document.querySelector('.stage .plot').data[0].z")
        assert page.locator("canvas").count() == 0
        assert driver.violations(page) == []
    rates = surfaces.class_mistake_rates(of(study, "vgg19", "cat-dog", "raw"))[..., DOG]
    np.testing.assert_allclose(shown, rates.T, rtol=1e-12)


def test_losses_that_are_not_finite_leave_a_gap_and_the_scale_whole(
    flat_tab: Page, study, tmp_path
):
    table = study.surfaces["vgg19-cat-dog-raw"]
    frame = table.frame.copy()
    frame["loss_sum"] *= 10.0 ** frame["i"]
    surface = surfaces.from_table(Table(frame, table.meta))
    frame.loc[(frame["i"] == 0) & (frame["j"] == 1) & (frame["label"] == 2), "loss_sum"] = np.inf
    (tmp_path / "page.html").write_text(
        report.html(replace(study, surfaces={"one": Table(frame, table.meta)}))
    )
    with driver.page(flat_tab, tmp_path / "page.html") as page:
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


def test_the_ego_model_of_the_chosen_class_is_drawn(flat_tab: Page, path: Path, study):
    with driver.page(flat_tab, path) as page:
        egos = page.locator("section[data-view=egos]")
        egos.get_by_label("Scale", exact=True).select_option("raw")
        egos.get_by_label("Class", exact=True).select_option("TRUCK")
        egos.locator(".egos").scroll_into_view_if_needed()
        page.wait_for_selector(".egos .main-svg")
        curves = page.evaluate("document.querySelector('.egos .plot').data")
    line = next(
        line for line in study.lines if (line.run, line.scale, line.pair[0]) == ("vgg19", "raw", 9)
    )
    rates = surfaces.class_mistake_rates(line)[0]
    assert {curve["name"] for curve in curves} == set(study.classes.labels)
    for curve in curves:
        np.testing.assert_allclose(
            curve["y"], rates[:, study.classes.labels.index(curve["name"])], atol=1e-9
        )
        np.testing.assert_allclose(curve["x"], line.theta_2, atol=1e-12)
    middle = len(rates) // 2
    paid = (rates[middle + 1 :] - rates[middle]).mean(0)
    paid[9] = -np.inf
    named = [curve["name"] for curve in curves if curve.get("showlegend", True)]
    assert named[-1] == "TRUCK"
    assert named[:-1] == [
        study.classes.labels[label] for label in np.argsort(-paid, kind="stable")[:3]
    ]


def test_flatness_is_drawn_by_measure_with_lower_bounds_hollow(flat_tab: Page, path: Path, study):
    with driver.page(flat_tab, path) as page:
        page.get_by_label("Measure", exact=True).select_option("area")
        page.locator(".measures").scroll_into_view_if_needed()
        page.wait_for_selector(".measures .main-svg")
        marks = page.evaluate("document.querySelector('.measures .plot').data")
    for mark in marks:
        for pair, value, symbol in zip(
            ("cat-dog", "horse-ship"), mark["x"], mark["marker"]["symbol"], strict=True
        ):
            flat = flatness.measure(of(study, mark["name"], pair, "raw"))
            assert value == pytest.approx(flat.area, rel=1e-9)
            assert symbol.endswith("-open") == flat.cut_off
