"""Reads the commands of dvc.yaml with a study's parameters filled in, to run them without DVC."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from interference.errors import one_of

SOURCE = Path("data", "source.json")  # in a study's folder, as in dvc.yaml
IMAGE_TABLE = Path("data", "images.parquet")
LEFT = 3  # the exit status of `interference pieces` if pieces are left
# The stages that make the tables of runs, in order; the others need tables alone.
MADE = ("source", "download", "inputs", "train", "cctm", "ego", "sweep")
REFERENCE = re.compile(r"\$\{([^}]+)\}")  # of a parameter, in a template of dvc.yaml


@dataclass(frozen=True)
class Piece:
    """A stage of dvc.yaml, or one item of a stage that loops.

    Attributes:
        name: DVC's name for it, such as `train@vgg19`.
        command: The command that makes it.
        outputs: The paths that it writes.
        of_run: The run that it belongs to; None if it belongs to no single run.
    """

    name: str
    command: tuple[str, ...]
    outputs: tuple[str, ...]
    of_run: str | None

    @property
    def stage(self) -> str:
        """The stage's name in dvc.yaml."""
        return self.name.partition("@")[0]

    def is_done(self) -> bool:
        """Whether all outputs are in the current folder, made with whichever parameters."""
        return all(_is_made(Path(path)) for path in self.outputs)


def _is_made(output: Path) -> bool:
    """Whether an output is there and not empty, as a full disk leaves files of other programs."""
    return output.is_dir() or (output.is_file() and output.stat().st_size > 0)


def pieces(pipeline: Path, params: Path) -> list[Piece]:
    """All that dvc.yaml runs for the parameters of a study.

    Args:
        pipeline: The dvc.yaml.
        params: The study's params.yaml.

    Returns:
        The stages and their items, in the order of dvc.yaml.
    """
    values = _read(params)
    stages = _read(pipeline)["stages"]
    all_pieces = []
    for stage, entry in stages.items():
        body = entry.get("do", entry)
        for suffix, item in _items(entry, values):
            all_pieces.append(_piece(f"{stage}{suffix}", body, {**values, **item}))
    return all_pieces


def runs_of(candidates: Iterable[Piece]) -> list[str]:
    """The runs that pieces belong to, in order.

    Args:
        candidates: The pieces of a study.
    """
    return list(dict.fromkeys(piece.of_run for piece in candidates if piece.of_run))


def sort_pieces(candidates: Iterable[Piece], runs: Sequence[str]) -> list[Piece]:
    """Select and sort the pieces that make the tables of some runs.

    Args:
        candidates: All pieces of the study.
        runs: The runs, in order; all runs if empty.

    Returns:
        The pieces that all runs share, then those of one run after another, so that the surfaces of
        a net are made where its weights are.

    Raises:
        BadInput: The study has no run of a name.
    """
    known = runs_of(candidates)
    unknown = [run for run in runs if run not in known]
    if unknown:
        raise one_of("run", unknown[0], known)
    order: list[str | None] = [None, *(runs or known)]
    selected = [piece for piece in candidates if piece.stage in MADE and piece.of_run in order]

    def position(piece: Piece) -> tuple[int, int]:
        return order.index(piece.of_run), MADE.index(piece.stage)

    return sorted(selected, key=position)


def tables_of(candidates: Iterable[Piece]) -> list[Path]:
    """The tables of the runs that are in the current folder.

    Args:
        candidates: The pieces of a study.

    Returns:
        The tables of the finished pieces.
    """
    tables = []
    for piece in candidates:
        if piece.of_run and piece.is_done():
            tables += [Path(path) for path in piece.outputs if path.endswith(".parquet")]
    return tables


def _read(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = YAML(typ="safe").load(path)
    return values


def _items(
    entry: Mapping[str, Any], values: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The items of a stage: the suffix of the name, and the values that only its templates know."""
    if "foreach" in entry:
        for key, item in _fill(entry["foreach"], values).items():
            yield f"@{key}", {"key": key, "item": item}
    elif "matrix" in entry:
        axes = {name: _fill(axis, values) for name, axis in entry["matrix"].items()}
        for combination in product(*axes.values()):
            item = dict(zip(axes, combination, strict=True))
            yield f"@{'-'.join(combination)}", {"item": item}
    else:
        yield "", {}


def _piece(name: str, body: Mapping[str, Any], values: Mapping[str, Any]) -> Piece:
    """A stage or item, with its templates filled."""
    paths = []
    for kind in ("outs", "metrics", "plots"):
        for output in body.get(kind, []):
            template = next(iter(output)) if isinstance(output, dict) else output
            paths.append(_fill(template, values))
    command = shlex.split(_fill(body["cmd"], values))
    of_run = values.get("key") or values.get("item", {}).get("run")
    return Piece(name, tuple(command), tuple(paths), of_run)


def _fill(template: str, values: Mapping[str, Any]) -> Any:
    """Fill in the values of a template; a template that is a single reference becomes its value."""
    single = REFERENCE.fullmatch(template)
    if single:
        return _value(single[1], values)
    return REFERENCE.sub(lambda match: str(_value(match[1], values)), template)


def _value(path: str, values: Mapping[str, Any]) -> Any:
    """The value at a path such as `runs.vgg19.net`."""
    value: Any = values
    for key in path.split("."):
        value = value[key]
    return value
