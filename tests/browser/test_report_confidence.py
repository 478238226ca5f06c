"""The sections on confidence and on a reference in a browser: the numbers that a reader sees.

The expected numbers follow by hand from the 100 images of `IMAGES`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from interference.api.agreement import with_reference
from interference.api.report import study_of_records
from interference.external import runs
from interference.external.prediction_columns import ColumnOptions
from interference.reporting import report
from stages import look
from tests.browser import driver

LABEL = np.repeat(["cat", "dog", "cow"], [50, 40, 10])
SCORES = np.array(  # of cat, cow and dog: label order is that of the alphabet
    [(0.8, 0.05, 0.15)] * 40  # right
    + [(0.05, 0.0, 0.95)] * 10  # confidently wrong
    + [(0.15, 0.05, 0.8)] * 36  # right
    + [(0.45, 0.05, 0.5)] * 4  # near misses
    + [(0.1, 0.8, 0.1)] * 10  # right
)
PERSON = LABEL.copy()
PERSON[:1] = "dog"  # one cat
PERSON[50:58] = "cow"  # eight dogs
IMAGES = {"index": np.arange(100), "label": LABEL}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("confidence")
    own = pd.DataFrame(IMAGES).assign(predicted=np.array(["cat", "cow", "dog"])[SCORES.argmax(1)])
    own[["p_0", "p_1", "p_2"]] = SCORES
    own.to_csv(folder / "mine.csv", index=False)
    pd.DataFrame(IMAGES).assign(predicted=PERSON).to_csv(folder / "person.csv", index=False)
    records, reference = look.read_with_reference(
        [folder / "mine.csv"],
        None,
        "pets",
        None,
        ColumnOptions(),
        str(folder / "person.csv"),
        folder,
    )
    tables = runs.tables_by_kind(records)
    agreements = with_reference(tables, reference)
    return report.html(study_of_records(records, tables, [], agreements=agreements))


@pytest.fixture(scope="module")
def page(tab: Page, path: Path) -> Iterator[Page]:
    """One open page for the tests that read it."""
    with driver.page(tab, path) as opened:
        yield opened


def unfold(section: Locator) -> None:
    """Open what is folded in a section."""
    for details in section.locator("details").all():
        if details.get_attribute("open") is None:
            details.locator("> summary").click()


def rows(table: Locator) -> list[list[str]]:
    """The visible texts of each row of a table."""
    lines = table.locator("tbody tr").all()
    return [line.locator("td").all_inner_texts() for line in lines]


def centre(dot: Locator, frame: Locator) -> tuple[float, float]:
    """The centre of a dot, from 0 to 1 to the right and upwards within its frame."""
    inner, outer = dot.bounding_box(), frame.bounding_box()
    x = inner["x"] + inner["width"] / 2 - outer["x"]
    y = inner["y"] + inner["height"] / 2 - outer["y"]
    return x / outer["width"], 1 - y / outer["height"]


def test_the_calibration_says_how_far_confidence_is_from_accuracy(page: Page):
    section = page.locator("#confidence")
    expect(section.locator("summary").first).to_have_text(
        "mine: not confident enough: confidence 80.3 % on average, 9.7 points below the "
        "accuracy (95 %: -14.2 to -2.3); expected calibration error 28.7 points."
    )
    chart = section.locator("figure").first
    expect(chart.locator("figcaption")).to_contain_text("100 images; 9.7 points too little")
    dots = chart.locator("circle").all()
    assert [dot.locator("title").text_content() for dot in dots] == [
        "confidence 50.0 %: 100.0 % right (51.0 to 100.0), 4 images",
        "confidence 80.0 %: 100.0 % right (95.7 to 100.0), 86 images",
        "confidence 95.0 %: 0.0 % right (0.0 to 27.8), 10 images",
    ]
    frame = chart.locator("rect")
    places = [centre(dot, frame) for dot in dots]
    assert np.allclose(places, [(0.5, 1), (0.8, 1), (0.95, 0)], atol=0.01)


def test_confident_errors_near_misses_and_doubtful_labels_are_listed(page: Page):
    section = page.locator("#confidence")
    wrong, near, labels = section.locator(".card").all()
    expect(wrong).to_contain_text("10 images: wrong predictions")
    expect(near).to_contain_text("4 images: right predictions with a confidence below 60 %")
    expect(labels).to_contain_text("10 images: candidates by confident learning")
    assert wrong.locator(".names > span").all_inner_texts() == [
        f"{number} cat as dog, 95.0 %" for number in range(40, 50)
    ]
    assert near.locator(".names > span").all_inner_texts() == [
        f"{number} dog, nearly cat, 50.0 %" for number in range(86, 90)
    ]
    first = labels.locator(".names > span").first
    expect(first).to_have_text("40 labelled cat, seems dog, 5.0 %")


def test_the_tables_of_confidence_open(page: Page):
    section = page.locator("#confidence")
    unfold(section)
    classes, pairs, best = (rows(table) for table in section.locator("table").all())
    assert classes[0][:4] == ["all images", "100", "80.3", "90.0"]
    assert classes[1][:4] == ["cat", "40", "80.0", "100.0"]  # furthest from calibrated
    assert classes[3][:4] == ["dog", "50", "80.6", "80.0"]
    assert pairs == [["cat\N{EN DASH}dog", "10", "10", "4"]]
    assert best == [["all errors", "10", "0"], ["cat as dog", "10", "0"]]


def test_the_reference_says_which_pairs_are_confused_more_and_less(page: Page):
    section = page.locator("#reference")
    verdict = section.locator(".verdict")
    expect(verdict).to_contain_text("mine against person")
    expect(verdict).to_contain_text("more often than by person: 1 of 2 pairs, less often: 1")
    expect(verdict).to_contain_text("on 100 images of both")
    more, less = section.locator(".card").all()
    expect(more.locator("li")).to_contain_text("cat\N{EN DASH}dog: 18.0 points more")
    expect(more.locator("li")).to_contain_text("20.0 % against 2.0 %")
    expect(less.locator("li")).to_contain_text("cow\N{EN DASH}dog: 20.0 points less")
    dots = section.locator("circle").all()
    texts = [dot.locator("title").text_content() for dot in dots]
    assert sorted(texts) == [
        "cat\N{EN DASH}dog: 20.0 %, person 2.0 %",
        "cow\N{EN DASH}dog: 0.0 %, person 20.0 %",
    ]
    frame = section.locator("rect")
    places = dict(zip(texts, (centre(dot, frame) for dot in dots), strict=True))
    assert np.allclose([places[text] for text in sorted(texts)], [(0.1, 1), (1, 0)], atol=0.01)
    unfold(section)
    assert [row[:3] for row in rows(section.locator("table"))] == [
        ["cow\N{EN DASH}dog", "0.0", "20.0"],
        ["cat\N{EN DASH}dog", "20.0", "2.0"],
    ]


def test_both_sections_are_accessible_and_fit(page: Page):
    unfold(page.locator("#confidence, #reference"))
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        driver.scroll_through(page)
        assert driver.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
