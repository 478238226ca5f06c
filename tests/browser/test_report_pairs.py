"""The report's ranked pairs and cosines in a browser: they follow the runs that are chosen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from interference import confusion
from interference.confusion import statistics
from interference.reporting import report
from interference.surfaces.cosines import cosines
from tests import reports
from tests.browser import driver
from tests.reporting.test_report_pairs import PAIRS, counts


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    """Three of the paper's nets, trained as long as the paper's, and another net."""
    return reports.paired(tmp_path_factory)


def drawn(page: Page, view: str, place: int = 0) -> list[dict]:
    """The traces of a section's plot, once it is drawn."""
    plot = page.locator(f"section[data-view={view}] .plot").nth(place)
    plot.scroll_into_view_if_needed()
    plot.locator(".main-svg").first.wait_for()
    return plot.evaluate("plot => JSON.parse(JSON.stringify(plot.data))")


def test_pairs_are_ranked_over_the_chosen_runs(tab: Page, path: Path, study):
    def names() -> list[str]:
        return page.evaluate(
            "document.querySelector('section[data-view=pairs] .plot').layout.yaxis.ticktext"
        )

    def expected(*runs: str) -> list[str]:
        ranked = confusion.ranked_pairs(confusion.cctm(sum(counts(study, run) for run in runs)))[
            :15
        ]
        return [
            "\N{EN DASH}".join(study.classes.labels[label] for label in pair) for *pair, _ in ranked
        ]

    with driver.page(tab, path) as page:
        assert {trace["name"] for trace in drawn(page, "pairs") if "name" in trace} == {
            "vgg19",
            "googlenet",
            "small",
        }
        assert names() == expected("vgg19", "googlenet", "small")
        for run in ("googlenet", "small"):
            page.locator("section[data-view=pairs]").get_by_role("checkbox", name=run).uncheck()
        assert names() == expected("vgg19")
        dots = next(trace for trace in drawn(page, "pairs") if trace.get("name") == "vgg19")
        ranked = confusion.ranked_pairs(confusion.cctm(counts(study, "vgg19")))
        np.testing.assert_allclose(dots["x"], [100 * both for *_, both in ranked[:15]], rtol=1e-6)


def test_the_scatter_names_pairs_and_follows_the_run(tab: Page, path: Path, study):
    with driver.page(tab, path) as page:
        page.locator("section[data-view=gradients]").get_by_label("Run").select_option(
            "resnet18-big_lr"
        )
        table, rates = (
            study.grams["resnet18-big_lr"],
            confusion.cctm(counts(study, "resnet18-big_lr")),
        )
        dots = drawn(page, "gradients", 1)[0]
        ranked = confusion.ranked_pairs(rates)
        assert sorted(trace[0] for trace in dots["customdata"][:3]) == sorted(
            "\N{EN DASH}".join(study.classes.labels[label] for label in pair)
            for *pair, _ in ranked[:3]
        )
        np.testing.assert_allclose(
            [rate for _, rate in dots["customdata"]], [50 * both for *_, both in ranked], rtol=1e-6
        )
        np.testing.assert_allclose(np.sort(dots["x"]), np.sort(cosines(table)[PAIRS]), rtol=1e-6)
        rho = statistics.spearman(cosines(table)[PAIRS], confusion.symmetrised(rates)[PAIRS])
        status = page.locator("section[data-view=gradients] .status").text_content()
        assert f"rho = {rho:.2f} ".replace("-", "\N{MINUS SIGN}") in status


def test_a_run_without_a_test_has_cosines_and_no_scatter(tab: Page, study, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(
        report.html(replace(study, cctm={run: study.cctm[run] for run in ("vgg19",)})),
        encoding="utf-8",
    )
    with driver.page(tab, path) as page:
        page.locator("section[data-view=gradients]").get_by_label("Run").select_option("small")
        assert drawn(page, "gradients")[0]["type"] == "heatmap"
        assert page.locator("section[data-view=gradients] figure:visible").count() == 1
