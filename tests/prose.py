"""How plain the project's prose and names are, in numbers: `python -m tests.prose [PATH ...]` prints them.

Docstrings are those of modules, classes and functions; docs are the Markdown pages without their code blocks.
"""

import ast
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = ("src", "stages", "studies")
PAGES = ("README.md", "CONTRIBUTING.md", "docs")
BANNED = (
    "asked",
    "found",
    "here",
    "one",
    "ones",
    "said",
    "some",
    "told",
    "words",
)  # as names: they say nothing
TURNS = (  # phrases that make a reader go back to the start of a sentence
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
WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)


def sources(paths: Iterable[str] = CODE) -> list[Path]:
    """The Python files under some paths."""
    return _files(paths, ".py")


def pages(paths: Iterable[str] = PAGES) -> list[Path]:
    """The Markdown pages under some paths."""
    return _files(paths, ".md")


def _files(paths: Iterable[str], suffix: str) -> list[Path]:
    places = [ROOT / path for path in paths]
    trees = [sorted(place.rglob(f"*{suffix}")) if place.is_dir() else [place] for place in places]
    return [
        file
        for tree in trees
        for file in tree
        if file.suffix == suffix and "egg-info" not in str(file)
    ]


def docstrings(file: Path) -> Iterator[str]:
    """The docstrings of a Python file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, NAMED):
            yield ast.get_docstring(node) or ""


def prose(file: Path) -> str:
    """A page without its code."""
    text = re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"`[^`]*`", "x", text)


def turns(texts: Iterable[str]) -> float:
    """Turns of phrase out of `TURNS` per 1,000 words."""
    joined = "\n\n".join(" ".join(text.split()) for text in texts)
    return 1000 * len(TURN.findall(joined)) / max(1, len(WORD.findall(joined)))


def first_turns(texts: Iterable[str]) -> list[str]:
    """The turns with the words around them, to be mended."""
    joined = "\n\n".join(" ".join(text.split()) for text in texts)
    return [
        joined[max(0, match.start() - 40) : match.end() + 40].strip()
        for match in TURN.finditer(joined)
    ]


def banned_names(file: Path) -> Counter[str]:
    """How often a file assigns to, or takes as an argument, a name that says nothing."""
    names: Counter[str] = Counter()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names[node.id] += 1
        elif isinstance(node, ast.arg):
            names[node.arg] += 1
    return Counter({name: names[name] for name in BANNED if names[name]})


def nodes_per_line(file: Path) -> list[float]:
    """Syntax nodes a line of each function's body."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [rate for function in functions if (rate := _density(function)) is not None]


def _density(function: ast.FunctionDef) -> float | None:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    nodes = [node for statement in body for node in ast.walk(statement)]
    lines = {node.lineno for node in nodes if hasattr(node, "lineno")}
    lines |= {node.end_lineno for node in nodes if getattr(node, "end_lineno", None) is not None}
    return len(nodes) / len(lines) if lines else None


def main(paths: list[str]) -> None:
    """Print the measures of some paths, by default of all."""
    code, docs = sources(paths or CODE), pages(paths or PAGES)
    names = sum((banned_names(file) for file in code), Counter())
    lines = [line for file in code for line in file.read_text(encoding="utf-8").splitlines()]
    densities = [density for file in code for density in nodes_per_line(file)]
    texts = [text for file in code for text in docstrings(file)]
    if code:
        if densities:
            print(f"syntax nodes a line of code: median {statistics.median(densities):.1f}")
        print(f"lines over 100 columns: {sum(len(line) > 100 for line in lines)}")
        print(
            f"banned names: {sum(names.values())} ({', '.join(f'{name} {count}' for name, count in names.most_common())})"
        )
        print(f"turns per 1,000 words of docstrings: {turns(texts):.1f}")
    if docs:
        print(f"turns per 1,000 words of pages: {turns(map(prose, docs)):.1f}")
    if paths:
        for line in first_turns([*texts, *map(prose, docs)]):
            print(f"  ... {line} ...")


if __name__ == "__main__":
    main(sys.argv[1:])
