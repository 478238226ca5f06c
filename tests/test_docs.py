"""The documentation: every code block of it works, and the site builds without a warning and stands
alone.
"""

import contextlib
import io
import re
import runpy
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import markdown
import pytest
from ruamel.yaml import YAML
from sybil import Document, Example, Region, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

from interference import datasets
from interference.io import tables
from interference.reporting.reproduction.exhibits import EXHIBITS
from interference.vocabulary import SCALES, SPLITS
from stages.__main__ import PANELS
from tests import clone, toy
from tests.imports import ROOT, SRC
from tests.terminal import Terminal

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "published" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
BLOCKS = RawFencedCodeBlockLexer(
    re.compile(r'(?P<kind>\w*)(?: title="(?P<title>[^"]*)")?(?P<rest>[^\n]*)\n')
)


class Reader:
    """Somebody who works through a page, in a checkout."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.said = ""

    def read(self, page: Path) -> int:
        """Try every block of a page in its order; how many there are."""
        examples = list(Sybil([self.blocks]).parse(page).examples())
        for example in examples:
            example.evaluate()
        return len(examples)

    def blocks(self, document: Document) -> Iterator[Region]:
        """The blocks of a page, each to be tried in the way of its kind."""
        for region in BLOCKS(document):
            lexemes = region.lexemes
            yield Region(region.start, region.end, lexemes["source"], self.way(lexemes), lexemes)

    def way(self, lexemes: dict):
        """How a block is tried; raises `AssertionError` for a kind that nobody checks."""
        ways = {
            "python": self.file if lexemes["title"] else self.python,
            "shell": self.shell,
            "console": self.shell,
            "bash": self.script,
            "yaml": self.yaml,
            "text": self.text,
            "bibtex": self.bibtex,
            "latex": self.latex,
        }
        assert lexemes["kind"] in ways, f"a block of kind {lexemes['kind']!r}, which nobody checks"
        assert not lexemes["rest"].strip(), f"a block with {lexemes['rest']!r}, which nobody knows"
        return ways[lexemes["kind"]]

    def python(self, example: Example) -> None:
        """Run Python on top of the page's earlier blocks."""
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            PythonEvaluator()(example)
        self.said = printed.getvalue()

    def file(self, example: Example) -> None:
        """Python with a title is a file of that name in the checkout."""
        path = self.terminal.checkout / example.region.lexemes["title"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(example.parsed)
        runpy.run_path(str(path))

    def shell(self, example: Example) -> None:
        """Type commands."""
        self.terminal.type(example.parsed)
        self.said = self.terminal.said

    def script(self, example: Example) -> None:
        """A script for another machine can be parsed, and its job options come first."""
        subprocess.run(["bash", "-n"], input=example.parsed, text=True, check=True)
        first, second, *_ = example.parsed.splitlines()
        assert first == "#!/bin/bash"
        assert second.startswith("#SBATCH ")

    def yaml(self, example: Example) -> None:
        """Lay parameters over those of the checkout."""
        assert example.region.lexemes["title"] in (None, "params.yaml")
        self.terminal.set_parameters(YAML(typ="safe").load(example.parsed))

    def text(self, example: Example) -> None:
        """Text is what the block before it printed."""
        assert example.parsed.split() == self.said.split()

    def latex(self, example: Example) -> None:
        """A line of LaTeX has balanced braces and includes figures as PDF."""
        lines = example.parsed
        assert lines.count("{") == lines.count("}") > 0
        pictures = re.findall(r"\\includegraphics(?:\[[^]]*\])?{([^}]*)}", lines)
        assert pictures
        assert all(picture.endswith(".pdf") for picture in pictures)

    def bibtex(self, example: Example) -> None:
        """A citation is one entry with balanced braces and the fields of a bibliography."""
        entry = example.parsed
        fields = dict(re.findall(r"^ +(\w+) = \{(.+)\},?$", entry, re.MULTILINE))
        assert re.match(r"@\w+\{\w+,\n", entry)
        assert entry.count("{") == entry.count("}")
        assert fields.keys() >= {"title", "author", "year"}


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with the tables of a made-up study in it: to be copied, never changed."""
    path = clone.checkout(tmp_path_factory.mktemp("paper"))
    clone.commit(path, "the paper")
    toy.study(path / "data")
    return path


@pytest.fixture
def terminal(paper: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Terminal:
    """A terminal in a fresh checkout; a demo is there for whom goes to it."""

    def demo(path: Path) -> None:
        shutil.copytree(request.getfixturevalue("reproduced"), path)
        clone.git("checkout", "-qb", "study", at=path)
        clone.git("remote", "add", "origin", str(tmp_path / "checkout"), at=path)

    return Terminal(shutil.copytree(paper, tmp_path / "checkout"), demo)


@pytest.mark.pipeline
@pytest.mark.filterwarnings(
    "ignore:.*LeafSpec.* is deprecated:FutureWarning"
)  # Lightning's own call of torch
@pytest.mark.filterwarnings(
    "ignore:.*does not have many workers"
)  # Lightning's advice for larger data
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_a_page_works(
    page: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(terminal.checkout)
    shown = markdown.markdown(page.read_text(), extensions=["pymdownx.superfences"]).count("<pre")
    assert Reader(terminal).read(page) == shown  # none is hidden, as by indentation


@pytest.mark.slow
@pytest.mark.parametrize(
    "block",
    [
        "```\nplain\n```",
        "```toml\na = 1\n```",
        "```python linenums=1\n```",
        "```bibtex\n@misc{a,\n  title = {A}\n}\n```",
        "```latex\n\\includegraphics{a.png}\n```",
        "```python\n1 / 0\n```",
        "```python\nprint(1)\n```\n\n```text\n2\n```",
        '```yaml title="params.yaml"\noptim: {lr: -1}\n```',
        '```yaml title="dvc.yaml"\nstages: {}\n```',
    ],
)
def test_a_block_that_does_not_work_fails_its_page(block: str, terminal: Terminal, tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n{block}\n")
    with pytest.raises((AssertionError, ZeroDivisionError, subprocess.CalledProcessError)):
        Reader(terminal).read(page)


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "make dema",
        "make study STUDY=slow",
        "dvc repo",
        "dvc repro --al",
        "dvc repro trian@vgg19",
        "dvc repro train@vgg16",
        "dvc exp run -S optim.rate=1",
        "dvc exp run -S optim.lr=fast",
        "git chekout",
        "cd nowhere",
        "ls",
        "python -m stages.swep",
        "python -m stages.sweep a b",
        "python -m stages.cctm --engine ray",
        "python -m pip",
        "INTERFERENCE_DEVISE=cpu dvc dag",
        "pip install numpy",
        "pip install '.[rays]'",
        "ray start --heed",
        "dvc dag | cat",
    ],
)
def test_a_command_that_does_not_work_fails_its_page(line: str, terminal: Terminal):
    with pytest.raises((Exception, SystemExit)):
        terminal.type(line)


def test_the_page_of_tables_names_their_columns():
    page = (ROOT / "docs" / "tables.md").read_text()
    for kind, columns in tables.COLUMNS.items():
        (row,) = re.findall(rf"^\| `data/{kind}/.*$", page, re.MULTILINE)
        assert re.findall(r"`(\w+)`", row) == list(columns)


def test_contributing_names_three_files_that_exist_for_each_change():
    page = (ROOT / "CONTRIBUTING.md").read_text()
    rows = re.findall(r"^\| an? ([\w ]+) \| (.*) \| .* \|$", page, re.MULTILINE)
    changes = ["net", "data set", "figure", "claim", "scale of directions", "recorded split"]
    assert [change for change, _ in rows] == changes
    for _, cell in rows:
        files = cell.split(", ")
        assert len(files) <= 3
        for file in files:
            path, *names = re.findall(r"`([^`]+)`", file)
            places = [folder / path.replace("NAME.py", "") for folder in (SRC, ROOT)]
            (place,) = [place for place in places if place.exists()]
            if place.is_dir():
                assert all(name in file.read_text() for name in names for file in figure_tests())
            else:
                assert all(name in place.read_text() for name in names)


def figure_tests() -> list[Path]:
    """The tests of single exhibits, each with the names of its figures."""
    folder = ROOT / "tests" / "reporting" / "figures"
    return [path for path in folder.glob("test_*.py") if "FIGURES" in path.read_text()]


def test_the_design_lists_every_stage_and_every_other_command():
    page = (ROOT / "docs" / "design.md").read_text()
    pipeline = YAML(typ="safe").load(ROOT / "dvc.yaml")
    stages = re.findall(r"^\| `([a-z]+)(?:@[A-Z-]+)?` \| .* \| .* \| .* \|$", page, re.MULTILINE)
    commands = re.findall(r"^\| `([a-z-]+)` \| [^|]* \| [^|]* \|$", page, re.MULTILINE)
    assert stages == list(pipeline["stages"])
    assert commands == list(PANELS["Beside the pipeline"])


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("own-data.md", datasets.DATASETS),
        ("ideas.md", SCALES),
        ("change.md", SPLITS),
        ("counts.md", SPLITS),
        ("extend.md", [exhibit.id for exhibit in EXHIBITS if exhibit.id]),
    ],
)
def test_a_page_names_every_item_that_the_code_knows(page: str, names: Iterable[str]):
    text = (ROOT / "docs" / page).read_text()
    missing = [name for name in names if f"`{name}`" not in text]
    assert not missing, f"describe {', '.join(missing)} in docs/{page}"


LOADED = re.compile(
    r"""<(?:script|img|iframe)\b[^>]*\bsrc=["']?([^"' >]+)|<link\b[^>]*\bhref=["']?([^"' >]+)|"""
    r"""\burl\(["']?([^"')]+)"""
)


@pytest.mark.slow
def test_no_page_of_the_site_asks_another_host_for_anything(site: Path):
    files = [*site.rglob("*.html"), *site.rglob("*.css")]
    asked = {"".join(found) for file in files for found in LOADED.findall(file.read_text())}
    assert len(files) > 20
    assert not [address for address in asked if re.match(r"(\w+:)?//", address)]


def changed_keys() -> set[str]:
    """The parameters that the pages change with `-S`."""
    keys: set[str] = set()
    for page in PAGES:
        keys |= set(re.findall(r"-S ([\w.-]+)=", page.read_text()))
    return keys


@pytest.mark.parametrize("study", ["params.yaml", "studies/quick.yaml", "studies/digits.yaml"])
@pytest.mark.parametrize("key", sorted(changed_keys()))
def test_every_study_has_the_parameters_that_the_pages_change(key: str, study: str):
    """DVC changes a key only where a file has it."""
    content = YAML(typ="safe").load(ROOT / study)
    for part in key.split("."):
        assert part in content, f"{study} lacks {key}"
        content = content[part]
