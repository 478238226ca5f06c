"""How to cite: CITATION.cff says what the package and the README say."""

import re

from ruamel.yaml import YAML

from interference.version import __version__
from tests.imports import ROOT

CITATION = YAML(typ="safe").load(ROOT / "CITATION.cff")


def test_the_version_is_that_of_the_package():
    assert CITATION["version"] == __version__


def test_the_paper_is_that_of_the_readme():
    entry = (ROOT / "README.md").read_text()
    paper = CITATION["preferred-citation"]
    assert re.search(r"title = {(.*)}", entry)[1] == paper["title"]
    names = [f"{author['family-names']}, {author['given-names']}" for author in paper["authors"]]
    assert re.search(r"author = {(.*)}", entry)[1] == " and ".join(names)
    assert re.search(r"eprint = {(.*)}", entry)[1] in paper["url"]
