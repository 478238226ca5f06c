"""The report in a browser: it opens, scrubs, shows what is behind a cell, and is fit for keyboard,
phone and dark.
"""

import re
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from interference import confusion
from interference.confusion import by_epoch, statistics
from interference.reporting import report
from tests import reports, toy
from tests.browser import driver

MEGABYTES, SECONDS = 15, 20  # what the page of a whole paper may weigh and take to build


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    small = reports.small(tmp_path_factory)
    return replace(small, images=reports.pictures(small))


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a study of the paper's size."""
    folder = tmp_path_factory.mktemp("paper")
    toy.paper(folder)
    study = reports.study(folder, list(toy.PAPER_RUNS))
    study = replace(
        study, images=np.random.default_rng(0).integers(0, 256, (10_000, 3, 32, 32), np.uint8)
    )
    started = time.monotonic()
    text = report.html(study)
    assert time.monotonic() - started < SECONDS
    (folder / "report.html").write_text(text, encoding="utf-8")
    return folder / "report.html"


def cell(page: Page, a: int, b: int):
    return page.locator(f'#cctm .matrix td[data-a="{a}"][data-b="{b}"]')


def matrix(page: Page):
    """The section of the CCTM."""
    return page.locator("section[data-view=cctm]")


def cctm(study: report.Study, run: str, epoch: int, split: str = "test") -> np.ndarray:
    """Counts (C, C) of a run after an epoch, from its table."""
    return by_epoch.training_counts(study.counts[run], split)[1][epoch - 1]


def used(chromium: Browser, report_file: Path, epochs: int) -> None:
    """A report, used as people do: scrubbed, asked about a cell, a surface turned, read to its end."""
    with driver.open_tab(chromium) as tab, driver.page(tab, report_file) as page:
        epoch = page.locator("section[data-view=cctm] output")
        expect(epoch).to_have_text(str(epochs))
        page.get_by_role("slider", name="Epoch").press("Home")
        expect(epoch).to_have_text("1")
        cell(page, 3, 5).click()
        expect(page.locator("section[data-view=cctm] .status b")).to_contain_text("predicted as")
        page.locator("#surfaces").get_by_text("3-D", exact=True).click()
        page.locator(".stage").scroll_into_view_if_needed()
        driver.wait_until(page, EYE)
        before = page.evaluate(EYE)
        page.locator(".stage").focus()
        page.keyboard.press("ArrowRight")
        driver.wait_until(page, f"{EYE}.x !== {before['x']}")
        driver.scroll_through(page)
        assert driver.violations(page) == []


EYE = "document.querySelector('.stage .plot')?._fullLayout?.scene?.camera?.eye"  # where the first surface is seen from


def test_a_study_of_the_paper_s_size_is_light_and_can_be_used(chromium: Browser, paper: Path):
    assert paper.stat().st_size < MEGABYTES * 1e6
    used(chromium, paper, epochs=200)


@pytest.mark.pipeline
def test_the_report_of_the_pipeline_can_be_used(chromium: Browser, reproduced: Path):
    used(chromium, reproduced / "data" / "report.html", epochs=2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_accessible_and_fits(tab: Page, path: Path, scheme: str, width: int):
    with driver.page(tab, path, scheme=scheme, width=width) as page:
        cell(page, 3, 5).click()
        driver.scroll_through(page)
        assert driver.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_cells_say_the_rates_of_the_last_epoch_first(tab: Page, path: Path, study):
    rates = 100 * confusion.cctm(cctm(study, "vgg19", 12))
    with driver.page(tab, path) as page:
        for a, b in ((3, 5), (5, 3), (9, 1), (4, 4)):
            expect(cell(page, a, b)).to_have_text(f"{rates[a, b]:.1f}")


def test_scrubbing_shows_another_epoch(tab: Page, path: Path, study):
    with driver.page(tab, path) as page:
        slider = page.get_by_role("slider", name="Epoch")
        slider.press("Home")
        expect(cell(page, 3, 5)).to_have_text(
            f"{100 * confusion.cctm(cctm(study, 'vgg19', 1))[3, 5]:.1f}"
        )
        slider.press("ArrowRight")
        slider.press("ArrowRight")
        expect(cell(page, 3, 5)).to_have_text(
            f"{100 * confusion.cctm(cctm(study, 'vgg19', 3))[3, 5]:.1f}"
        )
        assert slider.get_attribute("aria-valuetext") == "3"


def test_a_cell_can_hold_the_line_of_its_rate_over_the_epochs(tab: Page, path: Path, study):
    with driver.page(tab, path) as page:
        run = matrix(page).get_by_label("Run", exact=True).input_value()
        rates = confusion.cctm(by_epoch.training_counts(study.counts[run], "test")[1])
        is_error = ~np.eye(rates.shape[-1], dtype=bool)
        in_cells = page.get_by_label("In the cells", exact=True)
        number = cell(page, 3, 5).text_content()
        in_cells.select_option("lines")
        heights = {}
        for a, b in ((3, 5), (3, 3)):
            points = cell(page, a, b).locator("polyline").get_attribute("points")
            heights[a, b] = [100 - float(point.split(",")[1]) for point in points.split()]
        np.testing.assert_allclose(heights[3, 3], 100 * rates[:, 3, 3], atol=0.06)
        highest = rates[:, is_error].max()
        np.testing.assert_allclose(heights[3, 5], 100 * rates[:, 3, 5] / highest, atol=0.06)
        expect(cell(page, 3, 5)).to_have_attribute("aria-label", number)
        expect(matrix(page).locator("div.legend")).to_contain_text(f"0 to {100 * highest:.1f} %")
        assert driver.violations(page) == []
        assert "cctm.marks=lines" in page.url
        page.get_by_label("Compare with").select_option(index=1)
        expect(matrix(page).locator("td polyline")).to_have_count(0)
        expect(in_cells).to_be_hidden()


def test_play_runs_to_the_last_epoch(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        page.get_by_role("slider", name="Epoch").press("Home")
        page.get_by_role("button", name="Play: Epoch").click()
        expect(page.locator("section[data-view=cctm] output")).to_have_text("12")


def test_another_split_and_another_run_are_shown(tab: Page, path: Path, study):
    with driver.page(tab, path) as page:
        matrix(page).get_by_label("Images").select_option("train_augmented")
        expect(cell(page, 3, 5)).to_have_text(
            f"{100 * confusion.cctm(cctm(study, 'vgg19', 12, 'train_augmented'))[3, 5]:.1f}"
        )
        matrix(page).get_by_label("Run", exact=True).select_option("resnet18-big_lr")
        expect(matrix(page).get_by_label("Images")).to_have_value(
            "test"
        )  # it recorded no augmented images
        expect(cell(page, 3, 5)).to_have_text(
            f"{100 * confusion.cctm(cctm(study, 'resnet18-big_lr', 12))[3, 5]:.1f}"
        )


def test_two_runs_are_compared_and_what_differs_beyond_chance_is_framed(
    tab: Page, path: Path, study
):
    mine, theirs = (cctm(study, run, 12) for run in ("vgg19", "resnet18-big_lr"))
    points = 100 * (confusion.cctm(mine) - confusion.cctm(theirs))
    low, high = statistics.difference_interval(
        mine, mine.sum(1, keepdims=True), theirs, theirs.sum(1, keepdims=True)
    )
    with driver.page(tab, path) as page:
        matrix(page).get_by_label("Order of classes").select_option("label")
        matrix(page).get_by_label("Compare with").select_option("resnet18-big_lr")
        texts = page.evaluate(
            "[...document.querySelectorAll('#cctm .matrix td')].map(td => td.textContent)"
        )
        framed = page.evaluate(
            "[...document.querySelectorAll('#cctm .matrix td')].map(td => td.matches('.beyond'))"
        )
    for text, value in zip(texts, points.ravel(), strict=True):
        assert float(text.replace("\N{MINUS SIGN}", "-") or 0) == pytest.approx(value, abs=0.0501)
    np.testing.assert_array_equal(np.reshape(framed, (10, 10)), (low > 0) | (high < 0))
    assert any(framed)
    assert not all(framed)


def test_pointing_at_a_cell_says_its_counts_and_interval(tab: Page, path: Path, study):
    counts = cctm(study, "vgg19", 12)
    low, high = (100 * float(limit) for limit in statistics.wilson(counts[5, 3], counts[5].sum()))
    with driver.page(tab, path) as page:
        cell(page, 5, 3).hover()
        expect(matrix(page).locator(".tip")).to_have_text(
            f"DOG predicted as CATvgg19: {counts[5, 3]} of {counts[5].sum()} images, "
            f"{100 * counts[5, 3] / counts[5].sum():.2f} % (95 %: {low:.2f} to {high:.2f} %)"
        )


def test_choosing_a_cell_shows_the_images_behind_it(tab: Page, path: Path, study):
    final = by_epoch.test_counts(study.cctm["vgg19"])[3, 5]
    with driver.page(tab, path) as page:
        cell(page, 3, 5).click()
        pictures = page.locator("#cctm .pictures li")
        others = page.locator(".cell details p")
        listed = len(others.text_content().split(", ")) if others.count() else 0
        assert pictures.count() + listed == final
        first = pictures.first.get_by_role("img")
        index = int(first.get_attribute("aria-label").split()[2].rstrip(":"))
        prediction = (
            study.predictions["vgg19"].frame.query("split == 'test' and index == @index").iloc[0]
        )
        assert (prediction["label"], prediction["predicted"]) == (3, 5)
        assert shade_of(page, first) == pytest.approx([index % 256] * 3, abs=6)  # WebP rounds


def shade_of(page: Page, picture) -> list[int]:
    """The colour in the middle of a picture, as a screenshot has it."""
    import io

    from PIL import Image

    shot = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
    return list(shot.getpixel((shot.width // 2, shot.height // 2)))


def test_a_chosen_cell_is_followed_through_the_training(tab: Page, path: Path, study):
    rates = [100 * confusion.cctm(cctm(study, "vgg19", epoch))[3, 5] for epoch in range(1, 13)]
    with driver.page(tab, path) as page:
        cell(page, 3, 5).click()
        page.wait_for_selector(".cell .plot .main-svg")
        drawn = page.evaluate(
            "document.querySelector('.cell .plot').data.find(trace => trace.hovertemplate).y"
        )
    np.testing.assert_allclose(drawn, rates, rtol=1e-12)


def test_the_matrix_is_walked_with_arrow_keys(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        matrix(page).get_by_label("Order of classes").select_option("label")
        cell(page, 0, 0).focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"):
            page.keyboard.press(key)
        expect(matrix(page).locator(".tip b")).to_have_text("CAT predicted as CAR")
        page.keyboard.press("Enter")
        expect(cell(page, 3, 1)).to_have_attribute("aria-selected", "true")
        assert (
            page.evaluate(
                "[...document.querySelectorAll('#cctm .matrix td')].filter(td => td.tabIndex === 0).length"
            )
            == 1
        )


def test_classes_can_be_ordered_by_interference(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        order = matrix(page).get_by_label("Order of classes")
        expect(order).to_have_value("near")
        order.select_option("label")
        assert page.locator("#cctm .matrix tbody th").all_text_contents() == list(toy.CIFAR.labels)
        order.select_option("near")
        heads = page.locator("#cctm .matrix tbody th").all_text_contents()
        assert abs(heads.index("CAT") - heads.index("DOG")) == 1
        assert page.locator("#cctm .matrix thead th").all_text_contents()[1:] == heads


def test_the_worst_pair_is_chosen_and_the_tip_alone_follows_the_pointer(
    tab: Page, path: Path, study
):
    rates = confusion.cctm(by_epoch.test_counts(study.cctm["vgg19"]))
    a, b = (3, 5) if rates[3, 5] >= rates[5, 3] else (5, 3)
    with driver.page(tab, path) as page:
        expect(cell(page, a, b)).to_have_attribute("aria-selected", "true")
        chosen = matrix(page).locator(".status b").text_content()
        cell(page, 9, 1).hover()
        expect(matrix(page).locator(".tip b")).to_have_text("TRUCK predicted as CAR")
        expect(matrix(page).locator(".status b")).to_have_text(chosen)


def test_red_is_worse_on_the_diagonal_too(tab: Page, path: Path, study):
    mine, theirs = (confusion.cctm(cctm(study, run, 12)) for run in ("vgg19", "resnet18-big_lr"))
    with driver.page(tab, path) as page:
        matrix(page).get_by_label("Compare with").select_option("resnet18-big_lr")
        for a, b in [(label, label) for label in range(10)] + [(3, 5), (9, 1)]:
            worse = (theirs - mine if a == b else mine - theirs)[a, b]
            if abs(worse) < 0.001:
                continue
            shade = cell(page, a, b).evaluate("td => getComputedStyle(td).backgroundColor")
            red, _, blue = map(int, re.findall(r"\d+", shade)[:3])
            assert (red > blue) == (worse > 0), (a, b)


def test_a_link_shows_the_same_cell_epoch_and_run(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        matrix(page).get_by_label("Run", exact=True).select_option("resnet18-big_lr")
        cell(page, 9, 1).click()
        page.get_by_role("slider", name="Epoch").press("Home")
        driver.wait_until(page, "location.hash.includes('cctm.epoch=1&')")
        link = page.url
        page.goto("about:blank")
        page.goto(link)
        page.wait_for_selector("html[data-ready]")
        expect(matrix(page).get_by_label("Run", exact=True)).to_have_value("resnet18-big_lr")
        expect(page.locator("section[data-view=cctm] output")).to_have_text("1")
        expect(cell(page, 9, 1)).to_have_attribute("aria-selected", "true")


def test_the_numbers_of_the_matrix_are_downloaded(tab: Page, path: Path, study):
    with driver.page(tab, path) as page:
        matrix(page).get_by_label("Order of classes").select_option("label")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV: CCTM").click()
        rows = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert rows[0] == ",".join(["true \\ predicted", *toy.CIFAR.labels])
    body = np.array([row.split(",")[1:] for row in rows[1:]], int)
    np.testing.assert_array_equal(body, cctm(study, "vgg19", 12))


def test_the_picture_of_the_matrix_is_downloaded(tab: Page, path: Path, study):
    with driver.page(tab, path) as page:
        matrix(page).get_by_label("Numbers").select_option("count")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download SVG: CCTM").click()
        picture = Path(download.value.path()).read_text(encoding="utf-8")
    root = ElementTree.fromstring(picture)
    texts = [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert all(texts.count(label) == 2 for label in toy.CIFAR.labels)  # above a column and at a row
    counts = cctm(study, "vgg19", 12)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}rect"))) == counts.size
    shown = sorted(int(text.replace(",", "")) for text in texts if text.replace(",", "").isdigit())
    assert shown == sorted(counts[counts > 0].tolist())


def test_claims_are_shown_by_verdict(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        page.locator("section[data-view=claims]").get_by_text("fails", exact=True).first.click()
        rows = page.locator("section[data-view=claims] tbody tr:visible")
        expect(rows).to_have_count(1)
        expect(rows.first).to_contain_text("recall-rank")


def test_a_page_without_images_and_epochs_says_how_to_get_them(tab: Page, study, tmp_path):
    path = tmp_path / "counts.html"
    counts = report.Study("Counts", ["vgg19"], cctm={"vgg19": study.cctm["vgg19"]})
    path.write_text(report.html(counts), encoding="utf-8")
    with driver.page(tab, path) as page:
        expect(matrix(page)).to_contain_text("A column index of the predictions")
        expect(page.locator("#overview")).to_contain_text("add a column index")


def test_a_page_of_one_run_does_not_count_runs(tab: Page, study, tmp_path):
    path = tmp_path / "alone.html"
    alone = replace(study, runs=["vgg19"], images=None, surfaces={})
    path.write_text(report.html(alone), encoding="utf-8")
    with driver.page(tab, path) as page:
        cell(page, 3, 5).click()
        expect(page.locator(".cell .how").first).not_to_contain_text("In brackets")
        listed = page.locator(".cell details p").text_content().split(", ")
        assert listed
        assert all(text.isdecimal() for text in listed)


def test_a_published_page_names_images_and_shows_none(tab: Page, study, tmp_path):
    path = tmp_path / "published.html"
    published = replace(study, images=None, surfaces={})
    path.write_text(report.html(published), encoding="utf-8")
    with driver.page(tab, path) as page:
        cell(page, 3, 5).click()
        assert page.locator("#cctm .pictures li").count() == 0
        listed = page.locator(".cell details p").text_content().split(", ")
        assert len(listed) == by_epoch.test_counts(study.cctm["vgg19"])[3, 5]


def test_an_empty_study_opens(tab: Page, tmp_path):
    path = tmp_path / "empty.html"
    path.write_text(report.html(report.Study("Nothing", [])), encoding="utf-8")
    with driver.page(tab, path) as page:
        expect(page.locator("h1")).to_have_text("Nothing")
        assert driver.violations(page) == []


def test_plots_take_the_colours_of_the_dark(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        cell(page, 3, 5).click()
        page.wait_for_selector(".cell .plot .main-svg")
        colours = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            driver.redrawn(page)
            colours.append(
                page.evaluate("document.querySelector('.cell .plot').layout.paper_bgcolor")
            )
    assert colours == ["#fff", "#15171b"]


def test_no_button_of_a_plot_sends_it_to_a_server(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        driver.scroll_through(page)
        buttons = page.locator(".modebar-btn").evaluate_all(
            "all => all.map(button => button.getAttribute('data-title'))"
        )
    assert "Zoom in" in buttons
    assert not [title for title in buttons if "Share" in title or "Cloud" in title]


def test_a_label_is_no_markup_in_a_plot(tab: Page, study, tmp_path):
    labels = ["<b>x</b>" if label == "CAT" else label for label in toy.CIFAR.labels]
    tables = {
        name: replace(table, meta=table.meta | {"labels": labels})
        for name, table in study.cctm.items()
    }
    path = tmp_path / "marked.html"
    path.write_text(report.html(report.Study("", study.runs, cctm=tables)), encoding="utf-8")
    with driver.page(tab, path) as page:
        pairs = page.locator("section[data-view=pairs]")
        pairs.scroll_into_view_if_needed()
        expect(pairs.locator(".plot text", has_text="<b>x</b>\N{EN DASH}DOG").first).to_be_visible()


def test_markup_that_gets_into_a_page_runs_no_script_and_reaches_nothing(
    chromium: Browser, path: Path, tmp_path: Path
):
    attacks = (
        "<script>document.title = 'PWN'</script>"
        "<img src=x onerror=\"document.title = 'PWN'\">"
        '<img src="https://example.com/x.png">'
        '<form action="https://example.com"><button id="send">send</button></form>'
    )
    page = path.read_text(encoding="utf-8")
    spoilt = tmp_path / "report.html"
    spoilt.write_text(page.replace("</main>", f"{attacks}</main>"), encoding="utf-8")
    with chromium.new_context(offline=True) as context:
        opened = context.new_page()
        refused: list[tuple[str, str | None]] = []
        opened.on("requestfailed", lambda request: refused.append((request.url, request.failure)))
        opened.goto(spoilt.as_uri())
        opened.wait_for_selector("html[data-ready]")
        opened.evaluate("document.querySelector('#send').click()")
        opened.wait_for_timeout(500)
        assert "PWN" not in opened.title()
        assert ("https://example.com/x.png", "csp") in refused
        assert {failure for _, failure in refused} == {"csp"}


@pytest.mark.parametrize("unit", ["row", "column", "count"])
def test_a_switch_shows_percent_of_rows_or_columns_or_images(
    tab: Page, path: Path, study, unit: str
):
    counts = cctm(study, "vgg19", 12)
    numbers = {
        "row": 100 * counts / counts.sum(1, keepdims=True),
        "column": 100 * counts / counts.sum(0, keepdims=True),
        "count": counts,
    }[unit]
    with driver.page(tab, path) as page:
        matrix(page).get_by_label("Numbers").select_option(unit)
        for a, b in ((3, 5), (5, 3), (4, 4)):
            text = f"{numbers[a, b]:,}" if unit == "count" else f"{numbers[a, b]:.1f}"
            expect(cell(page, a, b)).to_have_text(text)
        matrix(page).get_by_label("Compare with").select_option("resnet18-big_lr")
        other = cctm(study, "resnet18-big_lr", 12)
        if unit == "count":
            change = counts[3, 5] - other[3, 5]
            sign = "+" if change > 0 else "\N{MINUS SIGN}"
            expect(cell(page, 3, 5)).to_have_text(f"{sign}{abs(change)}")
        assert driver.violations(page) == []
