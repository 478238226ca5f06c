"""No text that a study holds becomes markup or script of its report: checked without a browser."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import cache
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from jinja2 import meta

from interference.claims import Verdict
from interference.classes import Classes
from interference.confusion import by_epoch
from interference.reporting import report
from interference.reporting.report import rendering
from interference.reporting.report.rendering import ENVIRONMENT, json_block
from interference.study import agreement
from interference.study import comparison as comparisons
from interference.study.agreement import Reference
from interference.study.confidence import Confidence
from interference.study.groups import Groups
from interference.study.subsets import Subsets
from tests import reports, toy

ATTACKS = (
    "</script><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(2)>",
    "<!--<script>alert(3)",
    "a & b",
    "{{ 7 * 7 }}",
)
RAW = ("script", "style")  # elements whose content is no HTML


class Elements(HTMLParser):
    """The elements of a page as browsers read them, with the texts and attributes that a reader
    meets.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []  # tag, name, value
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data
        elif self.cdata_elem not in RAW:
            self.texts.append(data)


def renamed(run: dict[str, Any], text: str) -> dict[str, Any]:
    """A run's parameters with `text` before every name that a person gives."""
    names = {key: f"{text}{run[key]}" for key in ("name", "net", "optim")}
    return {**run, **names, "data": {**run["data"], "name": text}}


def hostile(study: report.Study, text: str) -> report.Study:
    """A study in which every text that a person may choose is `text`: title, runs, labels, verdicts
    and facts.
    """

    def labelled(tables):
        return {
            stem: replace(
                table,
                meta={
                    **table.meta,
                    "run": renamed(table.run, text),
                    "labels": [f"{text}{label}" for label in table.meta["labels"]],
                    "made_by": {text: text},
                },
            )
            for stem, table in tables.items()
        }

    kinds = {kind: labelled(getattr(study, kind)) for kind in reports.KINDS}
    verdict = Verdict(text, text, "holds", text, text)
    runs = [f"{text}{run}" for run in study.runs]
    labels = [f"{text}{label}" for label in study.classes.labels]
    classes = Classes(study.classes.keys, tuple(labels))
    return replace(
        study,
        title=text,
        runs=runs,
        verdicts=[verdict],
        built={text: text},
        spent={run: {text: 1.0} for run in runs},
        comparison=study.comparison
        and replace(
            study.comparison,
            before=runs[0],
            after=runs[1],
            classes=classes,
            notes=(text,),
        ),
        confidences=[
            replace(confidence, run=runs[0], classes=classes) for confidence in study.confidences
        ],
        agreements=[
            replace(agreement, run=runs[0], reference=text, classes=classes)
            for agreement in study.agreements
        ],
        groups=study.groups and replace(study.groups, names=(f"{text}0", f"{text}1")),
        subsets=[
            replace(
                subsets,
                run=runs[0],
                classes=classes,
                names={text: [f"{text}0", f"{text}1"]},
                counts={text: subsets.counts["camera"]},
            )
            for subsets in study.subsets
        ],
        **kinds,
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    small = reports.small(tmp_path_factory)
    tables = {kind: small.of_runs(kind) for kind in ("cctm", "predictions")}
    first, second = (tables["cctm"][run] for run in small.runs[:2])
    reference = Reference("person", counts=by_epoch.test_counts(second))
    images = next(iter(tables["predictions"].values())).frame
    sure = images[images["split"] == "test"].assign(confidence=0.9, second=images["label"])
    matrices = np.stack([by_epoch.test_counts(first), 9 * by_epoch.test_counts(second)])
    size = len(small.classes)
    return replace(
        small,
        comparison=comparisons.of_runs(tables, *small.runs[:2]),
        confidences=[Confidence(small.runs[0], small.classes, sure)],
        agreements=[agreement.of_run(first, None, reference)],
        groups=Groups(("first", "rest"), np.minimum(np.arange(size), 1)),
        subsets=[
            Subsets(small.runs[0], small.classes, {"camera": ["a", "b"]}, {"camera": matrices})
        ],
    )


@pytest.fixture(scope="module")
def page_of(study: report.Study) -> Callable[[str], Elements]:
    """The report in which every text is the given one; each is written once."""

    @cache
    def elements(text: str) -> Elements:
        return Elements(report.html(hostile(study, text)))

    return elements


@pytest.fixture(scope="module")
def harmless(page_of) -> Elements:
    return page_of("harmless")


@pytest.mark.slow
@pytest.mark.parametrize("text", ATTACKS)
def test_a_text_adds_no_element_and_no_attribute_wherever_it_stands(page_of, harmless, text: str):
    page = page_of(text)
    assert page.tags == harmless.tags
    assert [names[:2] for names in page.attributes] == [names[:2] for names in harmless.attributes]


@pytest.mark.parametrize("text", ATTACKS)
def test_a_text_is_read_as_it_was_written(page_of, harmless, text: str):
    page = page_of(text)
    in_json = json.dumps(text)[1:-1]  # parameters are shown as JSON

    def times(elements: Elements, wanted: str) -> tuple[int, int]:
        shown = " ".join(elements.texts).replace(in_json, text)
        values = [value for _, _, value in elements.attributes]
        return shown.count(wanted), sum(value.count(wanted) for value in values)

    expected = times(harmless, "harmless")
    assert times(page, text) == expected
    assert min(expected) > 0


@pytest.mark.parametrize("text", ATTACKS)
def test_the_scripts_of_a_page_hold_no_text_of_the_study_but_as_data(page_of, harmless, text: str):
    page = page_of(text)
    data, arrays, *code = page.scripts
    assert arrays == harmless.scripts[1]
    assert code == harmless.scripts[2:]
    assert json.loads(data)["classes"][0] == f"{text}PLANE"


@pytest.mark.parametrize("text", ATTACKS)
def test_a_block_of_json_has_no_angle_bracket_that_opens_and_says_the_same(text: str):
    values = {text: [text, {"more": text}]}
    block = json_block(values)
    assert "<" not in block
    assert json.loads(block) == values


TEMPLATES = [name for name in ENVIRONMENT.list_templates() if name != "tables.html"]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_lets_no_text_through_as_markup(template: str):
    source, _, _ = ENVIRONMENT.loader.get_source(ENVIRONMENT, template)
    assert "safe" not in source.replace("|", " ").split()
    assert "autoescape" not in source


@pytest.mark.slow
def test_a_template_names_the_fields_of_its_context_and_no_others(study, monkeypatch):
    used = {}

    def noted(template: str, context: Any = None) -> str:
        used[template] = [field.name for field in fields(context)] if is_dataclass(context) else []
        return rendering.render(template, context)

    monkeypatch.setattr(report, "render", noted)
    report.html(study)
    for template, names in used.items():
        source, _, _ = ENVIRONMENT.loader.get_source(ENVIRONMENT, template)
        part = "recalls.html"  # the part that `pairs.html` includes
        if f'"{part}"' in source:
            source += ENVIRONMENT.loader.get_source(ENVIRONMENT, part)[0]
        assert meta.find_undeclared_variables(ENVIRONMENT.parse(source)) == set(names), template
    assert set(used) == {*TEMPLATES} - {"recalls.html"}


def test_the_many_classes_of_a_study_are_inert_too(tmp_path):
    toy.study(tmp_path, classes=toy.kindred(6), runs={"vgg19": "optim"}, swept=(), epochs=2)
    study = reports.study(tmp_path, ["vgg19"])
    harmless = Elements(report.html(hostile(study, "harmless")))
    assert Elements(report.html(hostile(study, ATTACKS[0]))).tags == harmless.tags
