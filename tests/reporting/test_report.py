"""A claim a test: what the page says and carries, and what it never does. What it does when driven:
test_report_*.
"""

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from interference import confusion
from interference.confusion import by_epoch, shared_mistakes, statistics, top_pairs
from interference.io.tables import Table
from interference.reporting import report
from interference.reporting.report import cctm, pictures
from interference.reporting.report.packing import Arrays
from interference.reporting.report.rendering import json_values
from interference.vocabulary import SPLITS
from tests import reports, toy
from tests.imports import ROOT

DASH = "\N{EN DASH}"
PAPER = "https://arxiv.org/abs/2211.01370"
VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """The tags of a page with their attributes, its text, and whether its tags are nested well;
    scripts left out.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    return reports.small(tmp_path_factory)


@pytest.fixture(scope="module")
def page(source) -> Page:
    return Page(source)


@pytest.fixture(scope="module")
def block(source) -> bytes:
    return reports.arrays(source)


@pytest.mark.slow
def test_the_page_names_no_address_to_load_from(source, page):
    for tag, attributes in page.tags:
        for name in ("src", "href", "srcset", "data", "action", "poster"):
            if (tag, attributes.get(name)) == ("a", PAPER):
                continue  # a link that a reader may follow; the page loads nothing from it
            assert (attributes.get(name) or "#").startswith(("data:", "#")), (tag, name)
    assert not {"link", "iframe", "object", "base"} & {tag for tag, _ in page.tags}
    assert not re.search(
        r"@import|url\(", re.sub(r"<script.*?</script>", "", source, flags=re.DOTALL)
    )


def test_sections_that_are_linked_exist(page):
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    addresses = [link["href"] for link in page.all("a")]
    links = [address.removeprefix("#") for address in addresses if address != PAPER]
    assert {"overview", "cctm", "claims", "provenance"} <= set(links) <= anchors


def test_every_view_of_the_page_has_a_script(source, page):
    views = {section["data-view"] for section in page.all("section") if "data-view" in section}
    assert views == set(reports.page_data(source)["views"])
    assert all(f"views.{view} = " in source for view in views)


def test_every_recorded_split_has_its_caption_on_the_page(source):
    captions = reports.page_data(source)["splits"]
    assert captions == {split: SPLITS[split].short for split in SPLITS}
    assert next(iter(captions)) == "test"


@pytest.mark.slow
def test_the_title_and_all_else_that_is_given_is_escaped(page, study):
    assert "A <toy> study" in page.text
    nasty = [
        replace(reports.VERDICTS[0], sentence="<script>alert(1)</script>", measured='"&</script>')
    ]
    text = report.html(replace(study, verdicts=nasty))
    assert len(Page(text).all("script")) == len(page.all("script"))
    assert "<script>alert(1)</script>" in Page(text).text


def test_a_label_cannot_close_the_script_that_holds_it(study):
    tables = {
        name: replace(
            table, meta=table.meta | {"labels": ["</script><b>", *table.meta["labels"][1:]]}
        )
        for name, table in study.cctm.items()
    }
    text = report.html(report.Study("", study.runs, cctm=tables))
    assert reports.page_data(text)["classes"][0] == "</script><b>"
    Page(text)


def test_numbers_that_json_does_not_know_are_null():
    assert json_values(
        {"a": [float("nan"), np.float32(2), np.int8(3)], "b": (float("inf"), "x")}
    ) == {
        "a": [None, 2.0, 3],
        "b": [None, "x"],
    }


def test_arrays_come_back_as_they_were_and_as_small_as_they_fit():
    arrays = Arrays()
    originals = [
        np.arange(7),
        np.array([[300, 2], [3, 4]]),
        np.array([70_000]),
        np.linspace(0, 1, 5),
        np.array([True]),
    ]
    references = [arrays.add(array) for array in originals]
    assert [array["type"] for array in references] == [
        f"{kind}Array" for kind in ("Uint8", "Uint16", "Uint32", "Float32", "Uint8")
    ]
    block = reports.arrays(f'id="arrays">{arrays.text()}</script>')
    for array, reference in zip(originals, references, strict=True):
        np.testing.assert_allclose(reports.array(block, reference), array, rtol=1e-7)
        assert reference["at"] % 8 == 0


def test_the_counts_of_every_run_split_and_epoch_are_carried(source, block, study):
    runs = reports.page_data(source)["views"]["cctm"]["runs"]
    assert list(runs) == list(study.runs)
    for name, table in study.counts.items():
        for split in table.frame["split"].unique():
            epochs, counts = by_epoch.training_counts(table, split)
            assert runs[name][split]["epochs"] == epochs.tolist()
            np.testing.assert_array_equal(reports.counts(block, runs[name][split]), counts)


def test_a_split_that_was_not_recorded_has_the_counts_of_the_final_weights(source, block, study):
    final = reports.page_data(source)["views"]["cctm"]["runs"]["resnet18"]["train"]
    frame = study.cctm["resnet18"].frame
    assert final["epochs"] == [12]
    np.testing.assert_array_equal(
        reports.counts(block, final)[0],
        confusion.from_frame(frame[frame["split"] == "train"], 10),
    )


def test_classes_that_interfere_stand_side_by_side(source):
    order = reports.page_data(source)["order"]
    assert sorted(order) == list(range(10))
    assert all(abs(order.index(a) - order.index(b)) == 1 for a, b in ((3, 5), (1, 9)))


def test_every_mistake_on_the_test_set_is_carried_with_the_runs_that_make_it(source, block, study):
    carried = reports.page_data(source)["views"]["cctm"]["mistakes"]
    errors = shared_mistakes.shared(list(study.predictions.values()))
    errors = errors[errors["split"] == "test"]
    for name in ("index", "label", "predicted"):
        np.testing.assert_array_equal(reports.array(block, carried[name]), errors[name])
    by_run = reports.array(block, carried["made"])
    np.testing.assert_array_equal(by_run.sum(1), errors["runs"])
    assert carried["runs"] == list(study.runs)
    for place, run in enumerate(carried["runs"]):
        cctm = by_epoch.test_counts(study.cctm[run])
        assert by_run[:, place].sum() == cctm.sum() - np.trace(cctm)


def test_a_page_without_images_carries_none(source, block):
    carried = reports.page_data(source)["views"]["cctm"]["mistakes"]
    assert carried["sheet"] is None
    assert not reports.array(block, carried["tile"]).any()
    assert "data:image" not in re.sub(r"<script>.*?</script>", "", source, flags=re.DOTALL)


@pytest.mark.slow
def test_a_picture_of_every_mistake_until_there_are_enough_of_its_cell(study):
    shown = replace(study, images=reports.pictures(study))
    text = report.html(shown)
    carried, block = reports.page_data(text)["views"]["cctm"]["mistakes"], reports.arrays(text)
    tile, cell = reports.array(block, carried["tile"]), reports.array(block, carried["label"]) * 10
    cell = cell + reports.array(block, carried["predicted"])
    assert sorted(tile[tile > 0]) == list(range(1, (tile > 0).sum() + 1))
    for index in np.unique(cell):
        assert (tile[cell == index] > 0).sum() == min(pictures.EACH, (cell == index).sum())
    assert carried["sheet"]["uri"].startswith("data:image/webp;base64,")


def test_errors_are_listed_with_the_files_of_their_images(study):
    errors = shared_mistakes.shared(list(study.predictions.values()))
    index = errors.loc[errors["split"] == "test", "index"].tolist()
    paths = [f"test/{number}.png" for number in range(max(index) + 1)]
    given = pictures.gather(replace(study, image_paths=paths), Arrays())
    assert given["names"] == [paths[number] for number in index]
    assert given["numbered"]
    assert pictures.gather(study, Arrays())["names"] == []


def test_the_names_that_predictions_carry_are_listed_up_to_a_bound(study, monkeypatch):
    errors = shared_mistakes.shared(list(study.predictions.values()))
    index = errors.loc[errors["split"] == "test", "index"].tolist()
    tables = {}
    for run, table in study.predictions.items():
        frame = table.frame.assign(image=[f"{number}.jpg" for number in table.frame["index"]])
        tables[run] = Table(frame, {**table.meta, "numbered": False})
    monkeypatch.setattr(pictures, "NAMED", 5)
    named = replace(study, predictions=tables)
    given = pictures.gather(named, Arrays())
    assert given["names"] == [f"{number}.jpg" for number in index[:5]]
    assert not given["numbered"]
    assert cctm.section(named, Arrays()).context.named == 5


@pytest.mark.slow
def test_pictures_are_first_the_first_of_every_cell(study, monkeypatch):
    monkeypatch.setattr(pictures, "TILES", 20)
    text = report.html(replace(study, images=reports.pictures(study)))
    carried, block = reports.page_data(text)["views"]["cctm"]["mistakes"], reports.arrays(text)
    shown = reports.array(block, carried["tile"]) > 0
    cells = list(
        zip(
            reports.array(block, carried["label"])[shown],
            reports.array(block, carried["predicted"])[shown],
            strict=True,
        )
    )
    assert len(cells) == len(set(cells)) == 20


@pytest.mark.parametrize(
    ("shape", "size"), [((1, 28, 28), (28, 28)), ((3, 96, 48), (32, 64)), ((3, 300, 200), (43, 64))]
)
def test_grey_and_large_images_become_small_pictures_in_colour(shape, size):
    picture = pictures.thumbnail(np.zeros(shape, np.uint8))
    assert (picture.size, picture.mode) == (size, "RGB")


def test_the_overview_names_data_set_runs_and_accuracies(page, study):
    assert "Data: cifar10, 10 classes, 3 runs" in page.text
    epochs = confusion.accuracy(by_epoch.training_counts(study.counts["resnet18"], "test")[1])
    assert (
        f"resnet18 resnet18 0.1 cosine 12 0 {epochs[-1]:.2f} resnet18-big_lr" in page.text
    )  # no late mean


@pytest.mark.slow
def test_claims_of_which_none_is_measured_are_folded_away(study):
    unmeasured = [replace(verdict, verdict="not measured") for verdict in study.verdicts]
    source = report.html(replace(study, verdicts=unmeasured))
    assert "<summary>The claims that are not measured</summary>" in source
    assert "The 3 claims" not in Page(source).text
    assert "The claims that are not measured" not in report.html(study)
    assert "The 3 claims" in Page(report.html(study)).text


@pytest.mark.slow
def test_the_page_says_at_its_top_that_runs_are_left_out(study):
    sentence = "The study has 1,000 runs."
    text = Page(report.html(replace(study, left_out=sentence))).text
    assert text.index("Overview") < text.index(sentence) < text.index("How often?")
    assert sentence not in Page(report.html(study)).text


def test_weights_that_were_not_trained_show_no_training_settings(study):
    table = study.cctm["vgg19"]
    setup = table.run["setup"] | {"epochs": 0}
    meta = table.meta | {"run": table.run | {"setup": setup, "init": "mine.pt"}}
    shown = report.Study("", ["vgg19"], cctm={"vgg19": replace(table, meta=meta)})
    text = Page(report.html(shown)).text
    assert "Taken as given, not trained: vgg19." in text
    assert "learning rate" not in text.split("Taken as given")[0]
    assert "schedule" not in text.split("Taken as given")[0]
    random = table.meta | {"run": table.run | {"setup": setup}}
    shown = report.Study("", ["vgg19"], cctm={"vgg19": replace(table, meta=random)})
    assert "Taken as given" not in Page(report.html(shown)).text


@pytest.mark.slow
def test_the_mean_of_the_last_epochs_is_said_of_long_trainings_alone(tmp_path):
    toy.study(tmp_path, runs={"vgg19": "optim"}, swept=(), epochs=50)
    study = reports.study(tmp_path, ["vgg19"])
    epochs = confusion.accuracy(by_epoch.training_counts(study.counts["vgg19"], "test")[1])
    assert f"50 0 {epochs[-1]:.2f} {epochs[-10:].mean():.2f}" in Page(report.html(study)).text


def test_the_overview_says_which_pair_interferes_most_and_how_surely(page, study):
    assert (
        f"CAT{DASH}DOG interferes most in 3 of 3 runs, surely (95 %) ahead of the next pair in 3."
        in page.text
    )
    counts = by_epoch.test_counts(study.cctm["vgg19"])
    low, high = (100 * limit[3, 5] for limit in statistics.pair_intervals(counts))
    either = 100 * (confusion.cctm(counts)[3, 5] + confusion.cctm(counts)[5, 3])
    assert f"CAT{DASH}DOG: {either:.1f} ({low:.1f}{DASH}{high:.1f})" in page.text


def test_a_pair_that_leads_by_an_image_does_not_lead_beyond_chance(study):
    counts = np.array([[90, 6, 4], [5, 95, 0], [4, 2, 94]])
    assert not top_pairs.is_clear(counts)
    assert top_pairs.is_clear(100 * counts)


@pytest.mark.slow
def test_runs_stand_in_their_order_and_those_not_named_are_left_out(study):
    text = report.html(replace(study, runs=["resnet18", "vgg19"]))
    assert list(reports.page_data(text)["runs"]) == ["resnet18", "vgg19"]
    assert "resnet18-big_lr" not in Page(text).text


def test_a_verdict_is_a_word_and_not_a_colour_alone(page):
    assert "1 hold, 1 fail, 0 open, 0 hold partly, 1 not measured" in page.text
    for verdict in reports.VERDICTS[:2]:
        mark, word, *_ = page.text.split(f" {verdict.id} ")[1].split()
        assert word == verdict.verdict, mark
    unmeasured = page.text.split("1 not measured")[-1]
    assert reports.VERDICTS[2].id in unmeasured


def test_what_a_claim_lacks_is_a_dash(page):
    assert f"DOG lowest {DASH}" in page.text
    assert not re.search(r"\b(nan|None)\b", page.text)


def test_provenance_holds_versions_device_and_parameters(page):
    assert "torch 2.9.0, numpy 2.4.6, device toy" in page.text
    assert '"weight_decay": 0.0005' in page.text


@pytest.mark.slow
def test_what_built_the_page_is_said(study):
    assert (
        "This page: commit abc123, package 0.1.0"
        in Page(report.html(replace(study, built={"commit": "abc123", "package": "0.1.0"}))).text
    )


def test_an_empty_study_is_a_page_too():
    text = Page(report.html(report.Study("Nothing", []))).text
    assert "No run has been trained yet." in text
    assert "Claims" not in text


@pytest.mark.slow
def test_the_page_is_a_function_of_what_it_is_given(source, study):
    assert report.html(study) == source


@pytest.mark.slow
def test_the_report_needs_neither_torch_nor_matplotlib():
    code = (
        "import interference.reporting.report, sys; "
        "sys.exit(any(name in sys.modules for name in ('torch', 'matplotlib')))"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT / "src")}
        ).returncode
        == 0
    )


def of_counts(study: report.Study, counts: np.ndarray) -> report.Study:
    """A study of one run whose test counts are these, of the first of CIFAR-10's classes."""
    table = study.cctm["vgg19"]
    number = len(counts)
    meta = table.meta | {name: table.meta[name][:number] for name in ("classes", "labels")}
    frame = pd.DataFrame(confusion.columns(counts, 0.0 * counts, split="test"))
    return report.Study("", ["vgg19"], cctm={"vgg19": replace(table, frame=frame, meta=meta)})


def test_two_classes_are_a_study_too(study):
    text = Page(report.html(of_counts(study, np.array([[90, 10], [3, 97]])))).text
    assert "PLANE and CAR are confused most: 100 % of all errors (13 of 13)" in text
    assert "Not surely" not in text
    assert (
        "sum of two rates, each in percent of the test images of one class, so at most 200" in text
    )


def test_predictions_of_a_class_without_images_make_the_headline(study):
    counts = np.array([[2, 0, 3], [0, 1, 0], [0, 0, 0]])
    text = Page(report.html(of_counts(study, counts))).text
    assert "PLANE and BIRD are confused most" in text
    assert "Not surely more than every other pair" in text
    assert f"PLANE{DASH}BIRD: 60.0 (" in text


def test_names_from_right_to_left_are_isolated_from_what_follows(study):
    told = of_counts(study, np.array([[2, 0, 3], [0, 1, 0], [1, 0, 5]]))
    table = told.cctm["vgg19"]
    named = replace(table, meta=table.meta | {"labels": ["כלב", "חתול גדול", "<b>"]})
    text = report.html(replace(told, cctm={"vgg19": named}))
    assert "<b><bdi>כלב</bdi></b>" in text
    assert f"<td><bdi>כלב</bdi>{DASH}&lt;b&gt;: 76.7 (" in text
    assert '<th scope="col"><bdi>חתול גדול</bdi></th><th scope="col">&lt;b&gt;</th>' in text


def test_what_was_read_is_part_of_the_provenance(study):
    told = replace(of_counts(study, np.diag([9, 8, 7])), notes=["mine: passed over 4 <rows>"])
    assert "<li>mine: passed over 4 &lt;rows&gt;</li>" in report.html(told)


def test_where_no_class_is_taken_for_another_no_pair_is_named(study):
    assert (
        "No class is predicted as another."
        in Page(report.html(of_counts(study, np.diag([9, 8, 7])))).text
    )
