"""What dvc.yaml runs with a study's parameters put in: its commands, for where there is no DVC."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Piece:
    """A stage, or one of its items: DVC's name for it, its command, what it writes, and whose it is."""

    name: str
    words: tuple[str, ...]
    outputs: tuple[str, ...]
    of_run: str | None  # None for what no run has to itself

    @property
    def stage(self) -> str:
        """The stage's name in dvc.yaml."""
        return self.name.partition("@")[0]

    def is_done(self) -> bool:
        """Whether all that it writes is in this folder; with which parameters it was written is not asked."""
        return all(Path(path).exists() for path in self.outputs)


def pieces(params: Path) -> list[Piece]:
    """Everything that dvc.yaml runs with the parameters of a file, in the order in which it stands there."""
    values = _read(params)
    stages = _read(ROOT / "dvc.yaml")["stages"]
    return [
        _piece(stage, suffix, entry.get("do", entry), {**values, **item})
        for stage, entry in stages.items()
        for suffix, item in _items(entry, values)
    ]


def _read(path: Path) -> dict[str, Any]:
    return YAML(typ="safe").load(path)


def _items(
    entry: Mapping[str, Any], values: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The items of a stage: what follows the @ of their names, and what their templates may name besides."""
    if "foreach" in entry:
        for key, item in _filled(entry["foreach"], values).items():
            yield f"@{key}", {"key": key, "item": item}
    elif "matrix" in entry:
        axes = {name: _filled(axis, values) for name, axis in entry["matrix"].items()}
        for chosen in product(*axes.values()):
            yield f"@{'-'.join(chosen)}", {"item": dict(zip(axes, chosen, strict=True))}
    else:
        yield "", {}


def _piece(stage: str, suffix: str, body: Mapping[str, Any], values: Mapping[str, Any]) -> Piece:
    listed = [out for kind in ("outs", "metrics", "plots") for out in body.get(kind, [])]
    paths = [next(iter(out)) if isinstance(out, dict) else out for out in listed]
    return Piece(
        f"{stage}{suffix}",
        tuple(shlex.split(_filled(body["cmd"], values))),
        tuple(_filled(path, values) for path in paths),
        values.get("key") or values.get("item", {}).get("run"),
    )


def _filled(text: str, values: Mapping[str, Any]) -> Any:
    """A template with its values; one that is nothing but a name is that value itself."""

    def value(name: str) -> Any:
        return reduce(lambda found, key: found[key], name.split("."), values)

    alone = re.fullmatch(r"\$\{([^}]+)\}", text)
    return (
        value(alone[1])
        if alone
        else re.sub(r"\$\{([^}]+)\}", lambda match: str(value(match[1])), text)
    )
