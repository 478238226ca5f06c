"""Reads a YAML file of groups of classes, or CIFAR-100's superclasses by name."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from interference.errors import BadInput, in_one_line
from interference.external.class_name_files import LARGEST_YAML
from interference.external.superclasses import CIFAR100
from interference.external.text_input import read_text

BY_NAME: Mapping[str, Mapping[str, Sequence[str]]] = {"cifar100": CIFAR100}


def read(source: str) -> dict[str, list[str]]:
    """Read groups of classes.

    Args:
        source: `cifar100` for the superclasses of CIFAR-100, or a YAML file of lists of class names
            by the name of their group.

    Returns:
        The names of the classes of each group.

    Raises:
        BadInput: The file cannot be read, or it does not have this form.
    """
    if source in BY_NAME:
        return {name: list(members) for name, members in BY_NAME[source].items()}
    try:
        text = read_text(Path(source))
    except (OSError, EOFError) as error:
        cause = getattr(error, "strerror", None) or error
        names = ", ".join(BY_NAME)
        raise BadInput(
            f"{source}: cannot be read ({cause}), allowed: a YAML file of groups, or {names}"
        ) from error
    if len(text) > LARGEST_YAML:
        raise BadInput(f"{source}: found {len(text)} characters, allowed: {LARGEST_YAML}")
    try:
        content = yaml.load(text, yaml.BaseLoader)  # every scalar stays text
    except (yaml.YAMLError, RecursionError) as error:
        raise BadInput(f"{source}: not readable ({in_one_line(error)})") from error
    if not isinstance(content, Mapping) or not content:
        raise BadInput(
            f"{source}: found no groups, allowed: lists of classes by the name of their group, "
            "such as `pets: [cat, dog]`"
        )
    return {str(name): _members(source, name, members) for name, members in content.items()}


def _members(source: str, name: object, members: object) -> list[str]:
    """The names of a group's classes."""
    if not isinstance(name, str) or not name.strip():
        raise BadInput(f"{source}: found a group {name!r}, allowed: a name for every group")
    if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
        raise BadInput(
            f"{source}: {name}: found {members!r}, allowed: a list of classes, such as [cat, dog]"
        )
    return [str(member) for member in members]
