"""How to cite: CITATION.cff says what the package and the README say."""

import re
import subprocess

from ruamel.yaml import YAML

from interference.paper import citation
from interference.version import __version__
from tests.imports import ROOT

GROUPS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
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


def test_the_pages_cite_the_paper_as_the_readme_does():
    assert citation.PAPER in (ROOT / "README.md").read_text()


def test_each_version_that_made_tables_is_named_once():
    assert "note = {Software, versions 0.1.0, 0.2.0}" in citation.software(["0.2.0", "0.1.0"] * 2)
    assert "note = {Software, version 0.1.0}" in citation.software(["0.1.0"])
    assert "note = {Software, version unknown}" in citation.software([])


def test_the_file_has_the_fields_of_the_citation_file_format():
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION.keys() >= {"message", "title", "authors"}
    assert CITATION["type"] in ("software", "dataset")
    for entry in (CITATION, CITATION["preferred-citation"]):
        for author in entry["authors"]:
            assert set(author) in ({"name"}, {"given-names", "family-names"})
    assert CITATION["preferred-citation"]["type"] == "article"
    assert isinstance(CITATION["preferred-citation"]["year"], int)


def test_the_changes_follow_keep_a_changelog_and_the_version():
    """Releases stand below `Unreleased`, newest first; the newest one is the package's version."""
    text = (ROOT / "CHANGELOG.md").read_text()
    first, *releases = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert first == "Unreleased"
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= GROUPS
    dated = [re.fullmatch(r"\[?(\d+\.\d+\.\d+)\]? - \d{4}-\d\d-\d\d", line) for line in releases]
    assert all(dated)
    versions = [[int(part) for part in match[1].split(".")] for match in dated if match]
    assert versions == sorted(versions, reverse=True)
    if versions:
        assert versions[0] == [int(part) for part in __version__.split(".")]


def test_a_tag_of_this_commit_is_the_version():
    """A release is tagged `v` and its version; a clone without tags has nothing to compare."""
    command = ["git", "tag", "--points-at", "HEAD", "v*"]
    tags = subprocess.run(command, cwd=ROOT, text=True, capture_output=True).stdout.split()
    assert set(tags) <= {f"v{__version__}"}
