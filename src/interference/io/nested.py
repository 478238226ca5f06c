"""Nested settings as one level."""

from collections.abc import Mapping
from typing import Any


def flat(group: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The values of nested groups by their path, such as `setup.epochs`; a list is one value.

    Args:
        group: The group.
        prefix: The path of the group, with a dot at its end.

    Returns:
        The values by their path.
    """
    values: dict[str, Any] = {}
    for key, item in group.items():
        if isinstance(item, dict):
            values |= flat(item, f"{prefix}{key}.")
        else:
            values[prefix + key] = item
    return values
