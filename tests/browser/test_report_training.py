"""The report's trainings in a browser: what is drawn is held against the package's functions."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from interference import confusion
from interference.confusion import by_epoch, dance
from interference.reporting import report
from tests import reports
from tests.browser import driver
from tests.reporting.test_report_training import CAT, DOG, RUN, SHIP, SPLIT, counts


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    """Two runs of 40 epochs, of which one recorded training after each epoch."""
    return reports.trained(tmp_path_factory)


def drawn(page: Page, view: str, place: int = 0) -> list[dict]:
    """The traces of a section's plot, once it is drawn."""
    plot = page.locator(f"section[data-view={view}] .plot").nth(place)
    plot.scroll_into_view_if_needed()
    plot.locator(".main-svg").first.wait_for()
    return plot.evaluate("plot => plot.data")


def control(page: Page, view: str, label: str):
    return page.locator(f"section[data-view={view}]").get_by_label(label, exact=True)


def test_the_curves_are_accuracies_and_on_the_logarithmic_scale_mistakes(
    tab: Page, path: Path, study
):
    expected = {run: confusion.accuracy(counts(study, run, "test")) for run in study.runs}
    with driver.page(tab, path) as page:
        curves = {trace["name"]: trace["y"] for trace in drawn(page, "curves")}
        assert list(curves) == [f"{run}, test" for run in study.runs]
        for run, accuracy in expected.items():
            np.testing.assert_allclose(curves[f"{run}, test"], accuracy, rtol=1e-12)
        control(page, "curves", "error rate, logarithmic").check()
        control(page, "curves", "training, augmented").check()
        curves = {trace["name"]: trace["y"] for trace in drawn(page, "curves")}
        np.testing.assert_allclose(curves[f"{RUN}, test"], 100 - expected[RUN], rtol=1e-12)
        assert len(curves) == 3  # one run recorded no augmented images
        page.locator("section[data-view=curves]").get_by_role(
            "checkbox", name=RUN, exact=True
        ).uncheck()
        assert [trace["name"] for trace in drawn(page, "curves")] == ["resnet18-big_lr, test"]


def test_the_dance_shows_recalls_takers_and_moments_of_the_chosen_pair(
    tab: Page, path: Path, study
):
    cctm, size = confusion.cctm(counts(study)), counts(study)[0].sum(-1)
    with driver.page(tab, path) as page:
        control(page, "dances", "Class").select_option("CAT")
        control(page, "dances", "and").select_option("SHIP")
        traces = drawn(page, "dances")
        recalls = [
            trace for trace in traces if trace.get("yaxis") == "y" and trace.get("customdata")
        ]
        np.testing.assert_allclose(
            [trace["customdata"] for trace in recalls],
            by_epoch.recalls(cctm)[:, [CAT, SHIP]].T,
            rtol=1e-12,
        )
        taken = {
            trace["name"]: trace["customdata"]
            for trace in traces
            if trace.get("yaxis") == "y4" and trace.get("customdata")
        }
        assert len(taken) == 4
        np.testing.assert_allclose(taken["CAT"], 100 * cctm[:, SHIP, CAT], rtol=1e-12)
        lines = [
            np.flatnonzero(trace["marker"]["size"]).tolist()
            for trace in traces
            if trace.get("yaxis") == "y2"
        ]
    moments = dance.moments(cctm, (CAT, SHIP), size=size)
    expected = [
        [moment.position for moment in moments if (moment.own, moment.kind) == (own, kind)]
        for kind in ("red", "blue")
        for own in (CAT, SHIP)
    ]
    assert lines == [
        dance.dance_epochs(*by_epoch.recalls(cctm)[:, [CAT, SHIP]].T).tolist(),
        *expected,
    ]
    assert all(expected)


def test_the_words_of_a_moment_name_who_loses_images_to_whom(tab: Page, path: Path, study):
    cctm, size = confusion.cctm(counts(study)), counts(study)[0].sum(-1)
    moments = dance.moments(cctm, (CAT, DOG), size=size)
    with driver.page(tab, path) as page:
        _, *lines = [trace["text"] for trace in drawn(page, "dances") if trace.get("yaxis") == "y2"]
    kinds = {(moment.own, moment.kind) for moment in moments}
    assert len(lines) == len(kinds)  # a line without moments is left out
    labels = study.classes.labels
    for moment in filter(lambda moment: moment.own == CAT, moments):
        recall, taken = (100 * cctm[moment.position, CAT, label] for label in (CAT, moment.taker))
        start = f"{labels[CAT]} loses" if moment.kind == "red" else f"the recalls of {labels[CAT]}"
        (text,) = [
            line[moment.position].replace("<br>", " ")
            for line in lines
            if line[moment.position].startswith(start)
        ]
        assert labels[moment.taker] in text
        assert f"{recall:.2f} %" in text
        assert f"{taken:.2f} %" in text


def test_a_click_on_a_pair_chooses_it(tab: Page, path: Path, study):
    ranked = (
        dance.pairs_by_split(study.counts[RUN]).query(f"split == {SPLIT!r}").reset_index(drop=True)
    )
    row = int(ranked.index[(ranked["class_1"] == 1) & (ranked["class_2"] == 9)][0])
    with driver.page(tab, path) as page:
        drawn(page, "dances", 1)
        plot = page.locator("section[data-view=dances] .all .plot")
        x, y = plot.evaluate(
            """(plot, row) => [plot._fullLayout.xaxis._offset + 20,
            plot._fullLayout.yaxis._offset + plot._fullLayout.yaxis.l2p(row)]""",
            row,
        )
        plot.hover(position={"x": x + 5, "y": y})
        page.wait_for_timeout(200)
        plot.click(position={"x": x, "y": y})
        expect(page.locator("section[data-view=dances] .status b")).to_have_text(
            f"CAR{chr(0x2013)}TRUCK, {RUN}, training, augmented"
        )
        expect(control(page, "dances", "and")).to_have_value("9")


def test_the_pair_stays_where_the_run_changes_and_the_split_is_one_that_it_has(
    tab: Page, path: Path, study
):
    with driver.page(tab, path) as page:
        control(page, "dances", "and").select_option("SHIP")
        control(page, "dances", "Run").select_option("resnet18-big_lr")
        expect(control(page, "dances", "Images")).to_have_value("train_online")
        expect(control(page, "dances", "and")).to_have_value(str(SHIP))
        recalls = next(
            trace["customdata"] for trace in drawn(page, "dances") if trace.get("customdata")
        )
    cctm = confusion.cctm(counts(study, "resnet18-big_lr", "train_online"))
    np.testing.assert_allclose(recalls, by_epoch.recalls(cctm)[:, CAT], rtol=1e-12)


def test_the_notes_of_all_classes_are_strips_and_those_of_one_are_lines(
    tab: Page, path: Path, study
):
    cctm = confusion.cctm(counts(study))
    with driver.page(tab, path) as page:
        strips = drawn(page, "notes")[0]["z"]
        for row in range(10):
            expected = [
                None if note == dance.NONE else note for note in dance.notes(cctm, row).tolist()
            ]
            assert strips[row] == expected
        control(page, "notes", "Class").select_option("FROG")
        lines = drawn(page, "notes")[0]
        note = dance.notes(cctm, 6)
        assert lines["y"] == np.where(note == dance.NONE, 10, note).tolist()
        assert (
            f"FROG is predicted as {study.classes.labels[note[0]]}: {100 * cctm[0, 6, note[0]]:.2f} %"
            in lines["text"][0]
        )


def test_zooming_into_the_notes_names_shorter_stretches(tab: Page, path: Path):
    with driver.page(tab, path, width=390) as page:
        before = len(drawn(page, "notes")[1]["text"])
        zoom = "axis => Plotly.relayout(document.querySelector('[data-view=notes] .plot'), axis)"
        page.evaluate(zoom, {"xaxis.range[0]": 1, "xaxis.range[1]": 6})
        driver.redrawn(page)
        names = drawn(page, "notes")[1]
        assert len([x for x in names["x"] if x < 7]) > 5
        page.evaluate(zoom, {"xaxis.autorange": True})
        driver.redrawn(page)
        assert len(drawn(page, "notes")[1]["text"]) == before
