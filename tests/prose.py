"""How plain the project's prose and names are, in numbers.

    python -m tests.prose [PATH ...]

prints them, by default for the whole project. Docstrings are those of modules, classes and
functions; pages are the Markdown files without their code blocks.
"""

import ast
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = ("src", "stages", "studies", "tools", "benchmarks")
PAGES = ("README.md", "CONTRIBUTING.md", "docs")
# Names that say nothing.
BANNED = ("asked", "found", "here", "one", "ones", "said", "some", "told", "words")
# Phrases that make a reader go back to the start of a sentence.
TURNS = (
    r"(?:^|[.:;] )(?:Of|What|Where|Which|Whose|With what)\b",
    r"\bof (?:which|whose|those|what|whom)\b",
    r"\b(?:is|are) none\b",
    r"\bas many\b",
    r"\bas much\b",
    r"\bso (?:many|much)\b",
    r"\bwhere (?:there|it|they|that)\b",
    r"\b(?:goes|go|went) by\b",
    r"\b(?:is|are|was|were) (?:had|said|asked|told|meant)\b",
    r"\bat hand\b",
    r"\b(?:is|are) no\b",
    r"\bpass(?:es|ed)? over\b",
    r"\btaken? for\b",
    r"\bwhat (?:is|was|it|they|a|the)\b",
    r"\ball that\b",
    r"\bwhich is which\b",
    r"\bby itself\b",
    r"\bnothing but\b",
    r"\bthere is but\b",
    r"\bin words\b",
)
TURN = re.compile("|".join(TURNS), re.MULTILINE)
COLUMNS = 100
WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)


def sources(paths: Iterable[str] = CODE) -> list[Path]:
    """The Python files under some paths."""
    return _files(paths, ".py")


def pages(paths: Iterable[str] = PAGES) -> list[Path]:
    """The Markdown pages under some paths."""
    return _files(paths, ".md")


def _files(paths: Iterable[str], suffix: str) -> list[Path]:
    """The files with a suffix that some paths name or hold, without those of an installation."""
    files: list[Path] = []
    for path in paths:
        place = ROOT / path
        files += sorted(place.rglob(f"*{suffix}")) if place.is_dir() else [place]
    of_suffix = [file for file in files if file.suffix == suffix]
    return [file for file in of_suffix if "egg-info" not in str(file)]


def _nodes(file: Path) -> list[ast.AST]:
    """The syntax nodes of a Python file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return list(ast.walk(tree))


def docstrings(file: Path) -> Iterator[str]:
    """The docstrings of a Python file."""
    for node in _nodes(file):
        if isinstance(node, NAMED):
            yield ast.get_docstring(node) or ""


def prose(file: Path) -> str:
    """A page without its code."""
    text = file.read_text(encoding="utf-8")
    without_blocks = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.sub(r"`[^`]*`", "x", without_blocks)


def _joined(texts: Iterable[str]) -> str:
    """Texts as paragraphs of one line each."""
    lines = [" ".join(text.split()) for text in texts]
    return "\n\n".join(lines)


def turns(texts: Iterable[str]) -> float:
    """Turns of phrase out of `TURNS` per 1,000 words."""
    joined = _joined(texts)
    count = len(TURN.findall(joined))
    words_of_texts = len(WORD.findall(joined))
    return 1000 * count / max(1, words_of_texts)


def first_turns(texts: Iterable[str]) -> list[str]:
    """The turns with the words around them, to be mended."""
    joined = _joined(texts)
    excerpts = []
    for match in TURN.finditer(joined):
        start = max(0, match.start() - 40)
        end = match.end() + 40
        excerpts.append(joined[start:end].strip())
    return excerpts


def banned_names(file: Path) -> Counter[str]:
    """How often a file assigns to, or takes as an argument, a name that says nothing."""
    names: Counter[str] = Counter()
    for node in _nodes(file):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names[node.id] += 1
        elif isinstance(node, ast.arg):
            names[node.arg] += 1
    return Counter({name: names[name] for name in BANNED if names[name]})


def nodes_per_line(file: Path) -> list[float]:
    """Syntax nodes a line of each function's body."""
    functions = [node for node in _nodes(file) if isinstance(node, ast.FunctionDef)]
    densities = [_density(function) for function in functions]
    return [density for density in densities if density is not None]


def _density(function: ast.FunctionDef) -> float | None:
    """Syntax nodes a line of a function's body; None if it holds its docstring alone."""
    has_docstring = ast.get_docstring(function) is not None
    body = function.body[1:] if has_docstring else function.body
    nodes = [node for statement in body for node in ast.walk(statement)]
    lines = set()
    for node in nodes:
        lines.add(getattr(node, "lineno", None))
        lines.add(getattr(node, "end_lineno", None))
    lines.discard(None)
    return len(nodes) / len(lines) if lines else None


def main(paths: list[str]) -> None:
    """Print the measures of some paths, by default of all."""
    code = sources(paths or CODE)
    documents = pages(paths or PAGES)
    texts = [text for file in code for text in docstrings(file)]
    texts_of_pages = [prose(file) for file in documents]
    if code:
        _print_code(code)
        print(f"turns per 1,000 words of docstrings: {turns(texts):.1f}")
    if documents:
        print(f"turns per 1,000 words of pages: {turns(texts_of_pages):.1f}")
    if paths:
        for line in first_turns([*texts, *texts_of_pages]):
            print(f"  ... {line} ...")


def _print_code(files: list[Path]) -> None:
    """Print the measures of Python files' lines and names."""
    densities: list[float] = []
    long_lines = 0
    names: Counter[str] = Counter()
    for file in files:
        densities += nodes_per_line(file)
        lines = file.read_text(encoding="utf-8").splitlines()
        long_lines += sum(len(line) > COLUMNS for line in lines)
        names += banned_names(file)
    counts = [f"{name} {count}" for name, count in names.most_common()]
    if densities:
        print(f"syntax nodes a line of code: median {statistics.median(densities):.1f}")
    print(f"lines over {COLUMNS} columns: {long_lines}")
    print(f"banned names: {names.total()} ({', '.join(counts)})")


if __name__ == "__main__":
    main(sys.argv[1:])
