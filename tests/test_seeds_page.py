"""The page "Data or training?" states the numbers of the published seeds."""

import re
from pathlib import Path

import yaml

from interference.io import tables
from interference.study import overlap as overlaps
from interference.study import overlap_sentences as sentences
from interference.study.overlap import Overlap
from tests.imports import ROOT

PAGE = ROOT / "docs" / "data-or-training.md"
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}


def overlap_of(study: str) -> Overlap:
    folder = ROOT / "published" / study / "data" / "predictions"
    read = {path.stem: tables.read(path, "predictions") for path in sorted(folder.glob("*"))}
    overlap = overlaps.of_runs(read)
    assert overlap is not None
    return overlap


def text() -> str:
    return re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8"))


def test_the_page_has_the_sentences_on_the_published_seeds():
    overlap = overlap_of("seeds")
    for line in sentences.lines(overlap):
        assert line in text()
    assert f"The tables of {NUMBERS[len(overlap.runs)]} seeds are in `published/seeds`" in text()
    assert (
        f"The part of the training, {overlap.parts.training.percent:.0f} % of the variance"
        in text()
    )


def test_the_page_states_the_shared_part_of_the_pair_with_the_most_errors():
    overlap = overlap_of("seeds")
    pair = overlap.kinds[overlap.kinds["level"] == "pair"].iloc[0]
    assert overlap.name(pair.to_dict()) == "CAT\N{EN DASH}DOG"
    share = f"{pair['share']:.0f} % (95 %: {pair['low']:.0f} to {pair['high']:.0f})"
    assert f"{share} of a run's errors between them are made by every run" in text()


def test_the_page_states_the_part_of_the_images_in_the_small_study():
    percent = overlap_of("quick").parts.images.percent
    assert f"{percent:.0f} % of the variance lies in the images there" in text()


def test_the_published_runs_are_seeds_of_one_training():
    overlap = overlap_of("seeds")
    number = len(overlap.runs)
    assert overlap.repeats.sum() == number * (number - 1)
    runs = yaml.safe_load(Path(ROOT / "studies" / "seeds.yaml").read_text())["runs"]
    assert set(overlap.runs) <= set(runs)
