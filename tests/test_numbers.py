"""Numbers about claims that the documentation states, held against the claims and the published verdicts."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from interference import claims
from tests.imports import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
NUMBER = re.compile(r"\b(\d+)\s+(?:computed\s+)?(?:claims|checks)\b")
TALLY = re.compile(
    r"(\d+)\s+of\s+the\s+\d+\s+claims\s+hold,\s+(\d+)\s+fail\s+and\s+(\d+)\s+(?:need|are\s+not)"
)
ROW = re.compile(r"^\| `([\w-]+)` \| (holds|fails) \| (.*?) \| ", re.MULTILINE)
QUICK = json.loads((ROOT / "published" / "quick" / "metrics" / "claims.json").read_text())
STORY = ROOT / "docs" / "quick-study.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_that_states_how_many_claims_there_are_is_right(page: Path):
    assert {int(number) for number in NUMBER.findall(page.read_text())} <= {len(claims.CLAIMS)}


@pytest.mark.parametrize("page", [ROOT / "README.md", STORY], ids=lambda page: page.name)
def test_the_verdicts_on_the_small_study_are_counted_as_published(page: Path):
    counts = Counter(claim["verdict"] for claim in QUICK.values())
    (stated,) = TALLY.findall(page.read_text())
    assert tuple(map(int, stated)) == tuple(counts[verdict] for verdict in claims.VERDICTS)


def test_the_story_of_the_small_study_lists_the_published_verdicts():
    measured = {
        name: claim["verdict"]
        for name, claim in QUICK.items()
        if claim["verdict"] != "not measured"
    }
    text = STORY.read_text()
    assert {name: verdict for name, verdict, _ in ROW.findall(text)} == measured
    assert f"The {len(measured)} that were measured" in text


def test_the_story_of_the_small_study_states_what_was_measured():
    published = {
        verdict.id: verdict
        for verdict in claims.read(ROOT / "published" / "quick" / "data" / "claims.csv")
    }
    for name, _, measured in ROW.findall(STORY.read_text()):
        assert published[name].measured in (
            measured,
            f"small: {measured}",
            f"small-big_lr: {measured}",
        )
