"""Reads files of class names: lines, YAML, JSON, and tables of id and name."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from interference.classes import shortened
from interference.errors import BadInput, in_one_line
from interference.external.class_names import normalise_spaces, told_apart
from interference.external.column_names import simplified
from interference.external.labels import canonical
from interference.external.text_input import read_text

# The key of the names in a YAML or JSON file with other keys: YOLO's data.yaml, Hugging Face's
# config.json, and others.
KEYS = ("names", "id2label", "label2id", "classes", "class_names", "labels", "categories")
SIZES = ("nc", "num_classes", "num_labels")  # keys of the number of classes beside the names
IDS = ("id", "index", "idx", "classid", "labelid", "classindex", "labelindex", "number", "classidx")
NAMES = ("name", "names", "classname", "labelname", "class", "label", "category", "title")
SHOWN_COLUMNS = 12  # in an error
LARGEST_YAML = 1_000_000  # characters, which take some seconds to read
LINE = re.compile(r"([0-9]+)\s*[:,;\t ]\s*(\S.*)")  # an id and a name


@dataclass(frozen=True)
class ClassNames:
    """The class names of a file.

    Attributes:
        names: The names in label order, no two alike.
        notes: Assumptions that were made, a sentence each.
    """

    names: Sequence[str]
    notes: Sequence[str]


def read_class_names(path: Path) -> list[str]:
    """Read class names in label order.

    Args:
        path: The file, as in `read_class_file`.

    Returns:
        The names, no two alike.

    Raises:
        BadInput: The file cannot be read, or its form is not known.
    """
    return list(read_class_file(path).names)


def read_class_file(path: Path) -> ClassNames:
    """Read a file of class names.

    Args:
        path: One name a line (.txt and other suffixes); a YAML or JSON file of a list, of names by
            number, of numbers by name, or of one of these under a key such as `names`; or a CSV
            of numbers and names. Numbers count the classes from 0.

    Returns:
        The names without white space around them. The number of the class is added to names that
        several classes have.

    Raises:
        BadInput: The file cannot be read, or its form is not known, or its numbers do not count
            the names.
    """
    try:
        text = read_text(path)
    except (OSError, EOFError) as error:
        cause = getattr(error, "strerror", None) or error
        raise BadInput(f"{path}: cannot be read ({cause})") from error
    suffix = Path(path.name.lower()).suffix
    if text.lstrip()[:1] in ("{", "["):
        suffix = ".json"
    names = READERS.get(suffix, _from_lines)(text, str(path))
    if not names:
        raise BadInput(f"{path}: found no class names, allowed: at least one")
    names = [normalise_spaces(name) for name in names]
    if "" in names:
        raise BadInput(f"{path}: class {names.index('')}: empty, allowed: a name for every class")
    return _told_apart(names, str(path))


def _told_apart(names: Sequence[str], source: str) -> ClassNames:
    """Names with a number behind those that are repeated."""
    distinct = told_apart([canonical(name) for name in names])
    repeated = [new for name, new in zip(names, distinct, strict=True) if new != canonical(name)]
    if not repeated:
        return ClassNames(names, ())
    note = f"{source}: repeated class names have the number of their class: {shortened(repeated)}"
    return ClassNames(distinct, (note,))


# Lines and tables


def _from_lines(text: str, source: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    matches = [LINE.fullmatch(line) for line in lines]
    numbers = [int(match[1]) for match in matches if match]
    if len(numbers) == len(lines) and sorted(numbers) == list(range(len(lines))):
        return _in_order({match[1]: match[2] for match in matches if match}, source)
    return lines


def _from_table(text: str, source: str) -> list[str]:
    """Names from a CSV: a single column, or a column of numbers and one of names."""
    first_line = text.lstrip().split("\n", 1)[0]
    separator = max(",;\t", key=first_line.count)
    cells = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = [[cell.strip() for cell in row] for row in cells if any(row)]
    if not rows:
        return []
    header = [simplified(cell) for cell in rows[0]]
    if len(header) == 1:
        return [row[0] for row in rows[1:]] if header[0] in NAMES else [row[0] for row in rows]
    ids = [place for place, name in enumerate(header) if name in IDS]
    names = [place for place, name in enumerate(header) if name in NAMES]
    if not ids and len(names) > 1:  # `label,name`: the first is the number
        ids = names[:1]
    names = [place for place in names if place not in ids]
    if len(ids) == len(names) == 1:
        return _numbered(rows[1:], ids[0], names[0], source)
    if len(header) == 2 and rows[0][0].isdecimal():
        return _numbered(rows, 0, 1, source)
    raise BadInput(
        f"{source}: found columns {', '.join(rows[0][:SHOWN_COLUMNS])}, allowed: id and name, or "
        "names alone"
    )


def _numbered(
    rows: Sequence[Sequence[str]], id_place: int, name_place: int, source: str
) -> list[str]:
    """The names of the rows of a table, in the order of their numbers."""
    names: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        if len(row) <= max(id_place, name_place):
            raise BadInput(f"{source}: row {number}: found {len(row)} cells, allowed: id and name")
        if row[id_place] in names:
            raise BadInput(
                f"{source}: row {number}: found id {row[id_place]} a second time, allowed: once"
            )
        names[row[id_place]] = row[name_place]
    return _in_order(names, source)


def _in_order(names: Mapping[str, str], source: str) -> list[str]:
    """Names by number, as a list."""
    numbers = {
        int(number) if number.isdecimal() else number: name for number, name in names.items()
    }
    if numbers.keys() != set(range(len(names))):
        raise BadInput(
            f"{source}: found classes numbered {shortened(list(names))}, allowed: 0 to "
            f"{len(names) - 1}, each once"
        )
    return [numbers[number] for number in range(len(names))]


# YAML and JSON


def _from_json(text: str, source: str) -> list[str]:
    try:
        content = json.loads(text, parse_int=str, parse_float=str)
    except RecursionError as error:
        raise _too_deep(source) from error
    except ValueError:
        return _from_yaml(text, source)  # such as {0: 'cat'}, as Python writes a dict
    return _from_tree(content, source)


def _too_deep(source: str) -> BadInput:
    return BadInput(f"{source}: is nested too deeply, allowed: a list or a mapping of names")


def _from_yaml(text: str, source: str) -> list[str]:
    if len(text) > LARGEST_YAML:
        raise BadInput(
            f"{source}: found {len(text)} characters of YAML, allowed: {LARGEST_YAML}; save the "
            "names as JSON or as lines"
        )
    try:
        content = yaml.load(text, yaml.BaseLoader)  # every scalar stays text
    except RecursionError as error:
        raise _too_deep(source) from error
    except yaml.YAMLError as error:
        raise BadInput(f"{source}: not readable ({in_one_line(error)})") from error
    try:
        return _from_tree(content, source)
    except RecursionError as error:  # an alias may stand inside its own anchor
        raise _too_deep(source) from error


def _from_tree(content: Any, source: str) -> list[str]:
    """Names from nested lists and dicts of texts."""
    if isinstance(content, list):
        return _from_list(content, source)
    if isinstance(content, Mapping):
        keys = [key for key in KEYS if isinstance(content.get(key), list | Mapping)]
        if keys:
            names = _from_tree(content[keys[0]], source)
            _check_size(content, len(names), source)
            return names
        if all(isinstance(name, str) for name in content.values()):
            return _from_mapping(content, source)
    raise BadInput(
        f"{source}: found no class names, allowed: a list of names, names by number, or one of "
        f"them under a key such as {', '.join(KEYS[:4])}"
    )


def _from_list(content: Sequence[Any], source: str) -> list[str]:
    """Names from a list of texts, or of dicts with an id and a name, as COCO's categories."""
    if all(isinstance(name, str) for name in content):
        return list(content)
    if all(isinstance(entry, Mapping) and {"id", "name"} <= entry.keys() for entry in content):
        return _in_order({str(entry["id"]): str(entry["name"]) for entry in content}, source)
    raise BadInput(f"{source}: found a list that holds no names, allowed: a list of texts")


def _from_mapping(content: Mapping[str, str], source: str) -> list[str]:
    """Names by number, or numbers by name."""
    if all(str(key).isdecimal() for key in content):
        return _in_order({str(key): name for key, name in content.items()}, source)
    by_number = {number: name for name, number in content.items()}
    if len(by_number) < len(content):
        raise BadInput(f"{source}: found a number twice, allowed: a number for each class")
    return _in_order(by_number, source)


def _check_size(content: Mapping[str, Any], size: int, source: str) -> None:
    """Raise `BadInput` if the file states another number of classes."""
    for key in SIZES:
        if key in content and content[key] != str(size):
            raise BadInput(
                f"{source}: found {size} names beside {key}: {content[key]}, allowed: as many "
                "names as classes"
            )


READERS: dict[str, Callable[[str, str], list[str]]] = {
    ".csv": _from_table,
    ".tsv": _from_table,
    ".json": _from_json,
    ".yaml": _from_yaml,
    ".yml": _from_yaml,
}
