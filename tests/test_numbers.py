"""Numbers that the documentation states, compared with the claims, the parameters and the published
results.
"""

import json
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from interference import claims, confusion, params, surfaces
from interference.confusion import by_epoch
from interference.io import tables
from interference.surfaces import flatness
from tests.imports import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
NUMBER = re.compile(r"\b(\d+)\s+(?:computed\s+)?(?:claims|checks)\b")
TALLY = re.compile(
    r"(\d+)\s+of\s+the\s+\d+\s+claims\s+hold,\s+(\d+)\s+fail(?:,\s+(\d+)\s+are\s+open)?"
    r"(?:,\s+(\d+)\s+hold\s+partly)?\s+and\s+(\d+)\s+(?:need|are\s+not)"
)
ROW = re.compile(r"^\| `([\w-]+)` \| (holds|fails|open|partly) \| (.*?) \| ", re.MULTILINE)
PUBLISHED = ROOT / "published" / "quick"
QUICK = pd.read_csv(PUBLISHED / "plots" / "verdicts.csv").set_index("claim")["verdict"].to_dict()
STORY = ROOT / "docs" / "quick-study.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_that_states_how_many_claims_there_are_is_right(page: Path):
    stated = {int(number) for number in NUMBER.findall(page.read_text())}
    assert stated <= {len(claims.CLAIMS)}, f"{page.name}: write {len(claims.CLAIMS)} claims"


@pytest.mark.parametrize("page", [ROOT / "README.md", STORY], ids=lambda page: page.name)
def test_the_verdicts_on_the_small_study_are_counted_as_published(page: Path):
    counts = Counter(QUICK.values())
    (stated,) = TALLY.findall(page.read_text())
    numbers = tuple(int(number or 0) for number in stated)
    published = tuple(counts[verdict] for verdict in claims.VERDICTS)
    assert numbers == published, f"{page.name}: write {dict(counts)}"


def test_the_story_of_the_small_study_lists_the_published_verdicts():
    measured = {name: verdict for name, verdict in QUICK.items() if verdict != "not measured"}
    text = STORY.read_text()
    listed = {name: verdict for name, verdict, _ in ROW.findall(text)}
    assert listed == measured, f"{STORY.name}: write a row for {measured.keys() ^ listed.keys()}"
    assert f"The {len(measured)} that were measured" in text


def test_the_story_of_the_small_study_states_what_was_measured():
    published = {verdict.id: verdict for verdict in claims.read(PUBLISHED / "data" / "claims.csv")}
    for name, _, measured in ROW.findall(STORY.read_text()):
        assert published[name].measured in (
            measured,
            f"small: {measured}",
            f"small-big_lr: {measured}",
        )


PLANES = {"CAR-TRUCK": "automobile-truck", "CAT-DOG": "cat-dog", "HORSE-SHIP": "horse-ship"}
FLAT = re.compile(rf"([\d.]+) % of the\s({'|'.join(PLANES)})\splane")
CONFUSED = re.compile(
    r"([\d.]+) % of the cats are predicted as dogs and ([\d.]+) % of the dogs as cats"
)


@pytest.mark.parametrize(
    "page",
    [ROOT / "docs" / "index.md", STORY],
    ids=lambda page: page.name,
)
def test_the_flat_areas_of_the_small_study_are_stated_as_published(page: Path):
    stated = FLAT.findall(page.read_text())
    assert len(stated) >= 2
    for percent, plane in stated:
        file = PUBLISHED / "data" / "surfaces" / f"small-{PLANES[plane]}-raw.parquet"
        surface = surfaces.from_table(tables.read(file, "surfaces"))
        flat_percent = 100 * flatness.flat_share(surfaces.mistake_rate(surface))
        decimals = 0 if flat_percent >= 10 else 1
        assert f"{flat_percent:.{decimals}f}" == percent


@pytest.mark.parametrize("page", [ROOT / "docs" / "ideas.md", STORY], ids=lambda page: page.name)
def test_the_confusion_of_cats_and_dogs_is_stated_as_published(page: Path):
    (stated,) = CONFUSED.findall(page.read_text())
    table = tables.read(PUBLISHED / "data" / "cctm" / "small.parquet", "cctm")
    cctm = confusion.cctm(by_epoch.test_counts(table))
    cat, dog = table.classes.pair("cat-dog")
    assert stated == (f"{100 * cctm[cat, dog]:.1f}", f"{100 * cctm[dog, cat]:.1f}")


def test_the_accuracies_of_the_small_study_are_stated_as_published():
    text = STORY.read_text()
    for run in ("small", "small-big_lr", "small-small_lr"):
        metrics = json.loads((PUBLISHED / "metrics" / f"{run}.json").read_text())
        assert f"{metrics['test_accuracy']:.2f} %" in text


def test_the_planes_of_the_small_study_are_counted_as_in_its_parameters():
    sweep = params.load(PUBLISHED / "params.yaml").sweep
    pairs = [pair for pair in sweep.pairs if pair != "egos"]
    planes = len(sweep.runs) * len(pairs) * len(sweep.scales)
    points = sweep.grid.points
    assert f"{planes} planes of {points} x {points} points" in STORY.read_text()


def test_the_runs_and_planes_of_the_paper_are_counted_as_in_the_parameters():
    text = " ".join((ROOT / "docs" / "reproduce.md").read_text().split())
    paper = params.load(ROOT / "params.yaml")
    (epochs,) = {paper.setups[run.optim].epochs for run in paper.runs.values()}
    pairs = [pair for pair in paper.sweep.pairs if pair != "egos"]
    planes, points = len(paper.sweep.runs) * len(pairs), paper.sweep.grid.points
    assert f"{len(paper.runs)} runs of {epochs} epochs" in text
    assert f"{planes} planes of {points} x {points} points" in text
