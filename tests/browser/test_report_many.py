"""The report of many classes, of long names, in a browser: all can be reached, and it stays
legible.
"""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from interference import confusion
from interference.confusion import by_epoch, clustering, dance
from interference.reporting import report
from interference.surfaces.cosines import cosines
from tests import reports, toy
from tests.browser import driver
from tests.reporting.test_report_many import LONG, PAIRS, RUNS, SIZE, SPLIT, counts


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    """Two runs of more classes than numbers are legible of, with long names."""
    return reports.many(tmp_path_factory)


def drawn(page: Page, view: str, place: int = 0) -> list[dict]:
    """The traces of a section's plot, once it is drawn."""
    plot = page.locator(f"section[data-view={view}] .plot").nth(place)
    plot.scroll_into_view_if_needed()
    plot.locator(".main-svg").first.wait_for()
    return plot.evaluate("plot => JSON.parse(JSON.stringify(plot.data))")


def cell(page: Page, a: int, b: int):
    return page.locator(f'#cctm .matrix td[data-a="{a}"][data-b="{b}"]')


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_cell_of_the_matrix_can_be_reached_and_the_page_never_overflows(
    tab, path, width, scheme
):
    with driver.page(tab, path, width=width, scheme=scheme) as page:
        box = page.locator("#cctm .matrix .wide")
        box.scroll_into_view_if_needed()
        order = reports.page_data(path.read_text(encoding="utf-8"))["order"]
        for a, b in ((order[0], order[-1]), (order[-1], order[-1]), (order[-1], order[0])):
            cell(page, a, b).focus()
            inside, mine = box.bounding_box(), cell(page, a, b).bounding_box()
            head = page.locator("#cctm .matrix thead th").first.bounding_box()
            assert inside["x"] + head["width"] <= mine["x"] + 1
            assert mine["x"] + mine["width"] <= inside["x"] + inside["width"] + 1
            assert inside["y"] + head["height"] <= mine["y"] + 1
            assert mine["y"] + mine["height"] <= inside["y"] + inside["height"] + 1
            expect(page.locator("section[data-view=cctm] .tip b")).to_contain_text(LONG.labels[a])
        cell(page, order[0], order[1]).click()
        driver.scroll_through(page)
        assert driver.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_end_of_the_scale_is_the_largest_rate_of_the_last_epoch(tab: Page, path: Path, study):
    rates = [confusion.cctm(counts(study, run)) * (1 - np.eye(SIZE)) for run in RUNS]
    with driver.page(tab, path) as page:
        expect(page.locator("#cctm .matrix .legend")).to_contain_text(
            f"{100 * np.max(rates):.1f} % or more"
        )


def test_cosines_stand_in_the_order_of_the_cctm_and_name_their_pair(tab: Page, path: Path, study):
    order = [
        label
        for group in clustering.interfering(confusion.cctm(sum(counts(study, run) for run in RUNS)))
        for label in group
    ]
    assert order != list(range(SIZE))
    with driver.page(tab, path) as page:
        drawing = drawn(page, "gradients")[0]
        heads = page.locator("#cctm .matrix tbody th").all_text_contents()
        ticks = page.evaluate(
            "document.querySelector('[data-view=gradients] .plot').layout.yaxis.ticktext"
        )
    expected = cosines(study.grams["vgg19"])[np.ix_(order, order)]
    np.testing.assert_allclose(np.array(drawing["z"], float), expected, rtol=1e-6)
    assert drawing["text"][0][1] == "\N{EN DASH}".join(LONG.labels[label] for label in order[:2])
    assert ticks == heads


def test_a_long_name_is_cut_in_its_middle_alike_everywhere(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        heads = page.locator("#cctm .matrix tbody th")
        titles = heads.evaluate_all("all => all.map(head => head.title)")
        assert sorted(titles) == sorted(LONG.labels)
        for title, head in zip(titles, heads.all_text_contents(), strict=True):
            start, end = head.split("\N{HORIZONTAL ELLIPSIS}")
            assert len(head) <= 16
            assert title.startswith(start)
            assert title.endswith(end)


def test_of_many_pairs_few_are_named_and_no_name_lies_on_another(tab: Page, path: Path, study):
    with driver.page(tab, path) as page:
        (dots,) = drawn(page, "gradients", 1)
        scatter = page.locator("section[data-view=gradients] .plot").nth(1)
        names = scatter.evaluate("plot => plot.layout.annotations")
        boxes = scatter.locator(".annotation-text").evaluate_all(
            "all => all.map(name => name.getBoundingClientRect()).map(({top, bottom}) => [top, bottom])"
        )
    assert len(dots["x"]) == len(PAIRS[0])
    assert 1 <= len(names) == len(boxes) <= 3
    assert names[0]["y"] == max(dots["y"])
    for (_, bottom), (top, _) in pairwise(boxes):
        assert bottom <= top + 2


def test_a_class_has_its_own_colour_in_the_notes_of_every_class(tab: Page, path: Path, study):
    cctm = confusion.cctm(by_epoch.training_counts(study.counts["vgg19"], SPLIT)[1])
    with driver.page(tab, path) as page:
        strips = drawn(page, "notes")[0]["z"]
        for row in range(SIZE):
            played = dance.notes(cctm, row).tolist()
            assert strips[row] == [None if note == dance.NONE else note for note in played]
        page.locator("section[data-view=notes]").get_by_label("Class", exact=True).select_option(
            "0"
        )
        lines = page.evaluate(
            "document.querySelector('[data-view=notes] .plot').layout.yaxis.ticktext"
        )
    assert len(lines) == len(set(dance.notes(cctm, 0).tolist()) - {dance.NONE}) + 1


def test_the_pairs_that_dance_are_drawn_with_the_chosen_one(tab: Page, path: Path, study):
    dances = (
        dance.pairs_by_split(study.counts["vgg19"])
        .query("split == @SPLIT")
        .set_index(["class_1", "class_2"])
    )
    ranked = confusion.ranked_pairs(
        confusion.cctm(by_epoch.training_counts(study.counts["vgg19"], "test")[1][-1])
    )
    expected = [pair[:2] for pair in ranked[:45]]
    with driver.page(tab, path) as page:
        dots = next(trace for trace in drawn(page, "dances", 1) if trace.get("mode") == "markers")
        np.testing.assert_allclose(
            dots["x"], np.sort(dances.loc[expected, "anticorrelation"]), rtol=1e-6
        )
        last = ranked[-1][:2]
        section = page.locator("section[data-view=dances]")
        section.get_by_label("Class", exact=True).select_option(str(last[0]))
        section.get_by_label("and", exact=True).select_option(str(last[1]))
        dots = next(trace for trace in drawn(page, "dances", 1) if trace.get("mode") == "markers")
    assert len(dots["x"]) == 46


# Of few classes, and short trainings


def test_ticks_stand_at_whole_epochs_also_where_one_zooms(tab: Page, tmp_path):
    toy.study(tmp_path, classes=toy.LETTERS, runs={"vgg19": "optim"}, swept=(), pairs=(), epochs=3)
    (tmp_path / "page.html").write_text(
        report.html(reports.study(tmp_path, ["vgg19"])), encoding="utf-8"
    )
    with driver.page(tab, tmp_path / "page.html") as page:
        for view in ("curves", "dances", "notes"):
            drawn(page, view)
            plot = page.locator(f"section[data-view={view}] .plot").first
            plot.evaluate(
                "plot => Plotly.relayout(plot, {'xaxis.range[0]': 0.9, 'xaxis.range[1]': 2.2})"
            )
            driver.redrawn(page)
            ticks = plot.locator(".xtick text").all_text_contents()
            assert ticks == ["1", "2"]


def test_a_label_between_dollars_is_no_formula(tab: Page, study, tmp_path):
    labels = ["$5$", "<i>$x$</i> & others of its kind", *LONG.labels[2:]]
    tables = {
        name: replace(table, meta=table.meta | {"labels": labels})
        for name, table in study.grams.items()
    }
    tested = {
        name: replace(table, meta=table.meta | {"labels": labels})
        for name, table in study.cctm.items()
    }
    (tmp_path / "page.html").write_text(
        report.html(report.Study("", study.runs, cctm=tested, grams=tables))
    )
    messages = []
    with driver.page(tab, tmp_path / "page.html") as page:
        page.on("console", lambda message: messages.append(message.text))
        drawn(page, "gradients")
        ticks = (
            page.locator("section[data-view=gradients] .plot")
            .first.locator(".ytick text")
            .all_text_contents()
        )
    assert {"$5$", "<i>$x$</\N{HORIZONTAL ELLIPSIS}ts kind"} <= set(ticks)
    assert not [message for message in messages if "MathJax" in message]
