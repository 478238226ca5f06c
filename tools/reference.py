"""Writes the reference pages of commands, parameters and claims from the code.

    python -m tools.reference

The pages are docs/reference/{commands,parameters,claims}.md. A test holds them against the code.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import griffe
from pydantic import TypeAdapter

from interference.claims import CLAIMS
from interference.params import groups
from interference.reporting.reproduction.exhibits import EXHIBITS
from stages import __main__ as program

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Written by `python -m tools.reference`. -->\n"
GROUPS = {  # the key in params.yaml: the class that checks it, and what it holds
    "data": (groups.Data, "The images, and how the net sees them."),
    "optim, big_lr, ...": (
        groups.Optim,
        "A training configuration (set-up). Every group with a name of its own is one.",
    ),
    "runs.RUN": (groups.Run, "A training of a net. Each run has a name of its own."),
    "ego": (groups.Ego, "The class gradients."),
    "sweep": (groups.Sweep, "The planes."),
    "sweep.grid": (groups.Grid, "The points of each plane."),
    "claims": (groups.Claims, "What stands for the paper's nets and set-ups, and the thresholds."),
    "claims.setups.NAME": (groups.Setup, "A training configuration that stands for the paper's."),
}


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table.

    Args:
        heads: The headings.
        rows: The cells of each row.

    Returns:
        The lines of the table.
    """
    lines = [_row(heads), "|" + "---|" * len(heads)]
    lines += [_row(cells) for cells in rows]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    escaped = [re.sub(r"\s+", " ", cell).replace("|", "\\|") for cell in cells]
    return "| " + " | ".join(escaped) + " |"


def commands() -> str:
    """The page of commands: what each reads, writes and does."""
    parts = [
        MADE,
        "# Commands\n",
        "`interference COMMAND --help` shows the same on the terminal. The commands of the "
        "pipeline are the stages of `dvc.yaml`, which gives them their files.\n",
    ]
    for panel, names in program.PANELS.items():
        parts.append(f"## {panel}\n")
        for name in names:
            parts.append(_command(name))
    return "\n".join(parts)


def _command(name: str) -> str:
    """The part of the page about one command."""
    command = program.command(name)
    arguments = []
    options = []
    for parameter in command.params:
        text = getattr(parameter, "help", None) or ""
        if parameter.param_type_name == "argument":
            arguments.append((f"`{str(parameter.name).upper()}`", text))
        elif parameter.name not in ("help", "install_completion", "show_completion"):
            default = "" if parameter.default in (None, False, ()) else f"`{parameter.default}`"
            options.append((f"`{', '.join(parameter.opts)}`", text, default))
    text = f"### {name}\n\n{(command.help or '').strip()}\n"
    if arguments:
        text += "\n" + table(("argument", "meaning"), arguments)
    if options:
        text += "\n" + table(("option", "meaning", "default"), options)
    return text


def parameters() -> str:
    """The page of parameters: every key of params.yaml."""
    parts = [
        MADE,
        "# Parameters\n",
        "Every key of `params.yaml` and of the files in `studies`. A key that has no default "
        "and is not optional must be there. [Change one thing](../change.md) shows how to "
        "change them.\n",
    ]
    for key, (group, purpose) in GROUPS.items():
        parts.append(f"## {key}\n\n{purpose}\n")
        parts.append(table(("key", "meaning", "allowed", "default"), _keys(group)))
    return "\n".join(parts)


def _keys(group: type[Any]) -> list[tuple[str, str, str, str]]:
    """The keys of a group: name, meaning, allowed values and default."""
    meanings = _attributes(group)
    properties = TypeAdapter(group).json_schema()["properties"]
    rows = []
    for field in fields(group):
        default = _as_yaml(field.default)
        allowed = properties[field.name].get("description", "")
        rows.append((f"`{field.name}`", meanings.get(field.name, ""), allowed, default))
    return rows


def _attributes(group: type[Any]) -> dict[str, str]:
    """The meanings in the docstring of a class."""
    docstring = griffe.Docstring(group.__doc__ or "", parser="google")
    meanings = {}
    for section in docstring.parse(warnings=False):
        if section.kind is griffe.DocstringSectionKind.attributes:
            meanings = {attribute.name: attribute.description for attribute in section.value}
    return meanings


def _as_yaml(value: Any) -> str:
    """A default as it would stand in YAML; empty for a key that must be there."""
    if value is MISSING:
        return ""
    if value is None:
        return "optional"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{list(value) if isinstance(value, tuple) else value}`"


def claims() -> str:
    """The page of claims: the sentence that each checks, by exhibit."""
    parts = [
        MADE,
        "# Claims\n",
        "The sentences that a study checks, by the exhibit of the paper that they belong to. "
        "[How claims are judged](../claims.md) explains the verdicts.\n",
    ]
    for exhibit in EXHIBITS:
        rows = [
            (f"`{claim.id}`", claim.sentence, claim.paper)
            for claim in CLAIMS.values()
            if claim.exhibit == exhibit.id
        ]
        if rows:
            parts.append(f"## {exhibit.heading}\n")
            parts.append(table(("claim", "sentence", "in the paper"), rows))
    return "\n".join(parts)


PAGES = {"commands": commands, "parameters": parameters, "claims": claims}


def main() -> None:
    """Write all pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / f"{name}.md").write_text(page())


if __name__ == "__main__":
    main()
