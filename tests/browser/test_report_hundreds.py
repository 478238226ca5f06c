"""The report of hundreds of classes in a browser: its size follows what is shown, and every cell of
the matrix, which is a canvas, can be reached.
"""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from interference import record_predictions
from interference.external import runs
from interference.reporting import report
from tests import reports
from tests.browser import driver

SIZE = 400
IMAGES = 10  # of each class
EPOCHS = 3
NODES = 12_000  # a table of the matrix alone would have 160,000


def predictions() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Epochs, indices, labels and predictions: class a is at times taken for one of the next two."""
    rng = np.random.default_rng(0)
    label = np.tile(np.arange(SIZE).repeat(IMAGES), EPOCHS)
    epoch = np.arange(1, EPOCHS + 1).repeat(SIZE * IMAGES)
    index = np.tile(np.arange(SIZE * IMAGES), EPOCHS)
    wrong = (label + rng.integers(1, 3, len(label))) % SIZE
    predicted = np.where(rng.random(len(label)) < 0.7, label, wrong)
    return epoch, index, label, predicted


@pytest.fixture(scope="module")
def study() -> report.Study:
    """A run of many classes."""
    epoch, index, label, predicted = predictions()
    record = record_predictions(
        label, predicted, name="many", epoch=epoch, index=index, classes=list(range(SIZE))
    )
    tables = runs.tables_by_kind([record])
    return report.Study("Many classes", ["many"], **tables)


@pytest.fixture(scope="module")
def path(study: report.Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the study."""
    path = tmp_path_factory.mktemp("hundreds") / "page.html"
    path.write_text(report.html(study), encoding="utf-8")
    return path


def cell(page: Page):
    return page.locator("#cctm .matrix [role=gridcell]")


def status(page: Page):
    return page.locator("section[data-view=cctm] .status")


def tip(page: Page):
    return page.locator("section[data-view=cctm] .tip")


def count_text(a: int, b: int) -> str:
    """How many images of class a are predicted as b after the last epoch."""
    epoch, _, label, predicted = predictions()
    chosen = (epoch == EPOCHS) & (label == a)
    return f"{(predicted[chosen] == b).sum()} of {IMAGES} images"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_page_of_hundreds_of_classes_is_small_and_accessible(tab: Page, path, width, scheme):
    with driver.page(tab, path, width=width, scheme=scheme) as page:
        driver.scroll_through(page)
        assert page.evaluate("document.querySelectorAll('*').length") < NODES
        assert driver.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_every_cell_and_says_its_counts(tab: Page, path):
    order = reports.page_data(path.read_text(encoding="utf-8"))["order"]
    with driver.page(tab, path) as page:
        cell(page).focus()
        cell(page).press("Home")
        for _ in range(len(order) // 10):
            cell(page).press("PageUp")
        expect(tip(page)).to_contain_text(count_text(order[0], order[0]))
        cell(page).press("ArrowRight")
        assert cell(page).get_attribute("aria-label") == f"{order[0]} predicted as {order[1]}"
        expect(tip(page)).to_contain_text(count_text(order[0], order[1]))
        cell(page).press("End")
        cell(page).press("PageDown")
        assert cell(page).get_attribute("aria-label") == f"{order[10]} predicted as {order[-1]}"
        cell(page).press("Enter")
        assert cell(page).get_attribute("aria-selected") == "true"
        expect(page.locator(".cell h3")).to_contain_text(f"{order[10]} predicted as {order[-1]}")


def test_a_click_chooses_the_cell_at_the_pointer_in_any_order_and_size(tab: Page, path):
    with driver.page(tab, path) as page:
        page.get_by_label("Order of classes").select_option("label")
        page.get_by_label("Size").select_option("named")
        box = page.locator("#cctm .matrix .wide")
        box.evaluate("box => box.scrollTo(14 * 100, 14 * 100)")
        head = page.evaluate("document.querySelector('.sheet').clientWidth") - 14 * SIZE
        box.click(position={"x": head + 14 * 23 + 7, "y": head + 14 * 22 + 7})
        assert cell(page).get_attribute("aria-label") == "122 predicted as 123"
        expect(status(page)).to_contain_text(count_text(122, 123))


def test_the_most_frequent_errors_are_listed_and_choose_their_cells(tab: Page, path):
    epoch, _, label, predicted = predictions()
    is_error = (epoch == EPOCHS) & (label != predicted)
    cells, counts = np.unique(
        np.stack([label[is_error], predicted[is_error]]), axis=1, return_counts=True
    )
    percents = np.sort(100 * counts / IMAGES)[::-1][:10]
    with driver.page(tab, path, width=390) as page:
        buttons = page.locator("#cctm .worst button")
        texts = buttons.all_inner_texts()
        assert [text.rpartition(": ")[2] for text in texts] == [
            f"{percent:.1f}\N{NO-BREAK SPACE}%" for percent in percents
        ]
        a, b = map(int, texts[3].partition(":")[0].split(" as "))
        assert counts[(cells[0] == a) & (cells[1] == b)] == IMAGES * percents[3] / 100
        buttons.nth(3).click()
        expect(buttons.nth(3)).to_have_attribute("aria-pressed", "true")
        expect(buttons.nth(3)).to_be_focused()
        expect(status(page)).to_contain_text(count_text(a, b))


def test_cells_with_images_are_coloured_and_others_are_not(tab: Page, path):
    epoch, _, label, predicted = predictions()
    last = epoch == EPOCHS
    cells = {pair for pair in zip(label[last], predicted[last], strict=True) if pair[0] != pair[1]}
    full = next(pair for pair in sorted(cells) if pair[0] < 20 and pair[1] < 20)
    with driver.page(tab, path) as page:
        page.get_by_label("Order of classes").select_option("label")
        page.get_by_label("Size").select_option("named")
        page.locator("#cctm .matrix .wide").evaluate(
            "box => box.scrollTo(0, 0)"
        )  # from the worst pair
        page.wait_for_timeout(200)
        head = page.evaluate("document.querySelector('.sheet').clientWidth") - 14 * SIZE

        def colour(a: int, b: int) -> list[int]:
            x, y = head + 14 * b + 7, head + 14 * a + 7
            return page.evaluate(
                "([x, y]) => [...document.querySelector('#cctm .matrix canvas').getContext('2d')"
                ".getImageData(x, y, 1, 1).data]",
                [x, y],
            )

        empty = colour(0, 10)
        assert colour(10, 0) == empty
        assert colour(*map(int, full)) != empty


def test_lists_show_the_lowest_recalls_and_say_how_many_are_left_out(path):
    source = path.read_text(encoding="utf-8")
    section = source.split('id="pairs-and-classes"')[1].split("</section>")[0]
    recalls = section.split('class="heat"')[1].split("</table>")[0]
    assert recalls.count('<th scope="row"') == 1 + 100
    assert "The 300 classes of the highest recalls are left out." in section
    assert "the other\n300 are left out" in section
