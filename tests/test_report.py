"""A claim a test: what the page says, and what it never does."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from interference import confusion, report
from interference.tables import Table
from tests import toy
from tests.imports import ROOT

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
PNG = b"\x89PNG\r\n\x1a\n"
FIGURES = {"recall": SVG, "cctm-big_lr": SVG, "cctm-optim": PNG, "surface-resnet18-big_lr-raw": SVG,
           "surface-resnet18-raw": SVG, "surface-vgg19-step": SVG, "dance-vgg19": SVG, "mine": SVG}
RUNS = ["vgg19", "resnet18", "resnet18-big_lr"]
NAN = float("nan")
VERDICTS = [
    {"id": "acc-order", "sentence": "small-lr < big-lr", "verdict": "holds", "measured": "80 < 90", "paper": "85 < 89"},
    {"id": "recall-rank", "sentence": "CAT lowest", "verdict": "fails", "measured": "DOG lowest", "paper": NAN},
    {"id": "plateau", "sentence": "a plateau", "verdict": "not measured", "measured": "no run", "paper": None},
]
VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """The tags of a page with their attributes, its text, and whether its tags are nested well."""

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
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Table]]:
    folder = tmp_path_factory.mktemp("study")
    toy.study(folder, runs={name: "big_lr" if "big" in name else "optim" for name in RUNS}, swept=(), epochs=12)
    return toy.evidence(folder)


@pytest.fixture(scope="module")
def source(found) -> str:
    return report.html("A <toy> study", FIGURES, found, VERDICTS, RUNS)


@pytest.fixture(scope="module")
def page(source) -> Page:
    return Page(source)


def test_the_page_asks_nothing_of_the_network(source, page):
    for tag, attributes in page.tags:
        for name in ("src", "href", "srcset", "data", "action", "poster"):
            assert (attributes.get(name) or "#").startswith(("data:", "#")), (tag, name)
    assert not {"link", "script", "iframe", "object", "base"} & {tag for tag, _ in page.tags}
    assert not re.search(r"https?:|url\(|@import", source)


def test_every_figure_is_embedded_once_with_alt_text_and_name(page):
    images = page.all("img")
    assert len(images) == len(FIGURES)
    assert all(len(image["alt"]) > 2 for image in images)
    assert sum(image["src"].startswith("data:image/png;base64,") for image in images) == 1
    assert sum(image["src"].startswith("data:image/svg+xml;base64,") for image in images) == len(FIGURES) - 1
    assert all(name in page.text for name in FIGURES)


def test_figures_may_be_files(tmp_path, found):
    path = tmp_path / "recall.svg"
    path.write_bytes(SVG)
    given = [report.html("", {"recall": content}, found, [], RUNS) for content in (path, SVG)]
    assert given[0] == given[1]


def test_sections_that_are_linked_exist(page):
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = [link["href"].removeprefix("#") for link in page.all("a")]
    assert links == ["overview", "confusion", "training", "loss-surface", "other-exhibits", "claims", "provenance"]
    assert set(links) <= anchors


def test_the_title_and_all_else_that_is_given_is_escaped(source, found):
    assert "A &lt;toy&gt; study" in source
    nasty = [VERDICTS[0] | {"sentence": "<script>alert(1)</script>", "measured": '"&<'}]
    text = report.html("", {'surface-"><img src=x>': SVG}, found, nasty, RUNS)
    assert not Page(text).all("script")
    assert len(Page(text).all("img")) == 1


def test_the_overview_names_data_set_runs_and_accuracies(page, found):
    assert "Data set cifar10 , 10 classes (PLANE, CAR," in page.text
    assert "3 runs" in page.text
    frame = found["counts"]["resnet18"].frame
    epochs = confusion.accuracy(confusion.from_frame(frame[frame["split"] == "test"], 10, "epoch"))
    assert f"resnet18 resnet18 0.1 cosine 12 0 {epochs[-1]:.2f} {epochs[-10:].mean():.2f}" in page.text


def test_the_overview_says_which_pair_interferes_most(page, found):
    assert f"interferes most is CAT{report.DASH}DOG in 3 of 3 runs" in page.text
    frame = found["cctm"]["vgg19"].frame
    cctm = 100 * confusion.cctm(confusion.from_frame(frame[frame["split"] == "test"], 10))
    assert f"CAT for DOG {cctm[3, 5]:.1f}, DOG for CAT {cctm[5, 3]:.1f}" in page.text


def test_runs_stand_in_their_order_and_those_not_named_are_left_out(found):
    text = Page(report.html("", {}, found, [], ["resnet18", "vgg19"])).text
    assert text.index("resnet18 resnet18 0.1") < text.index("vgg19 vgg19 0.1")
    assert "resnet18-big_lr" not in text


def test_figures_of_a_kind_are_ordered_by_run_and_set_up(page):
    named = [summary for summary in page.words if summary in
             {"vgg19-step", "resnet18-raw", "resnet18-big_lr-raw", "optim", "big_lr"}]
    assert named[:5] == ["optim", "big_lr", "vgg19-step", "resnet18-raw", "resnet18-big_lr-raw"]


def test_every_kind_of_figure_is_explained(page):
    for kind in {name.partition("-")[0] for name in FIGURES} - {"mine"}:
        assert report.EXHIBITS[kind].shows in page.text
        assert report.EXHIBITS[kind].read in page.text


def test_the_figures_that_are_drawn_are_known_to_the_report(found):
    from interference import figures

    names = {name.partition("-")[0] for name, _ in figures.draw(counts=found["counts"], grams=found["grams"])}
    assert names <= set(report.EXHIBITS)


def test_a_verdict_is_a_word_and_not_a_colour_alone(page):
    assert "1 hold, 1 fail, 1 are not measured" in page.text
    rows = " ".join(page.words).split("acc-order")[1]
    assert [rows.index(word) for word in ("holds", "fails", "not measured")] == sorted(
        rows.index(word) for word in ("holds", "fails", "not measured"))
    classes = [span.get("class") for span in page.all("span")]
    assert [name for name in classes if name != "how"] == ["holds", "fails", "not-measured"]


def test_what_a_claim_lacks_is_a_dash(page):
    assert f"DOG lowest {report.DASH}" in page.text
    assert not re.search(r"\b(nan|None)\b", page.text)


def test_provenance_holds_versions_device_and_parameters(page):
    assert "torch 2.9.0, numpy 2.4.6, device toy" in page.text
    assert '"weight_decay": 0.0005' in page.text


def test_the_page_is_for_light_and_dark_and_for_phones(source, page):
    assert "prefers-color-scheme: dark" in source
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")


def test_an_empty_study_is_a_page_too():
    text = Page(report.html("Nothing", {}, {}, [], [])).text
    assert "No run has been trained yet." in text
    assert "No claim has been checked yet." in text


def test_the_page_is_a_function_of_what_it_is_given(source, found):
    assert report.html("A <toy> study", FIGURES, found, VERDICTS, RUNS) == source


def test_the_report_needs_neither_torch_nor_matplotlib():
    code = "import interference.report, sys; sys.exit(any(name in sys.modules for name in ('torch', 'matplotlib')))"
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT / "src")}).returncode == 0
