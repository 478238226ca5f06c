"""HTML from the templates of the page, in which no text of a table can become markup."""

import json
from dataclasses import fields
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from interference.classes import DASH
from interference.reporting.text import listed, plural

ENVIRONMENT = Environment(
    loader=PackageLoader("interference.reporting.report"),
    autoescape=True,
    undefined=StrictUndefined,  # a misspelt name raises an error
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, context: Any = None) -> Markup:
    """The HTML of a template.

    Args:
        template: The template's file name.
        context: A dataclass; the template knows its fields by name.

    Returns:
        HTML in which every value of the context is escaped, except values that are HTML already.
    """
    values = {}
    if context is not None:
        for field in fields(context):
            values[field.name] = getattr(context, field.name)
    html = ENVIRONMENT.get_template(template).render(values)
    return Markup(html)


def json_block(values: object) -> Markup:
    """JSON for a script element.

    Args:
        values: Dicts, lists, texts, numbers and numpy arrays.

    Returns:
        The JSON. It holds no `<`, so that no text in it can open or close an element.
    """
    text = json.dumps(
        json_values(values),
        separators=(",", ":"),
        ensure_ascii=False,
    )
    escaped = text.replace("<", "\\u003c")
    return Markup(escaped)


def json_values(values: Any) -> Any:
    """Values that JSON can hold: lists for arrays, and null for nan and infinities.

    Args:
        values: Dicts, lists, texts, numbers and numpy arrays.

    Returns:
        The same values as plain Python objects.
    """
    if isinstance(values, dict):
        return {key: json_values(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [json_values(value) for value in values]
    if isinstance(values, np.ndarray):
        return json_values(values.tolist())
    if isinstance(values, float | np.floating):
        return float(values) if np.isfinite(values) else None
    return int(values) if isinstance(values, np.integer) else values


def or_dash(value: Any) -> Any:
    """A value for a table's cell.

    Args:
        value: Any value.

    Returns:
        The value, or a dash for None, an empty text and nan (an empty field of a CSV file).
    """
    is_nan = value != value
    if value is None or value == "" or is_nan:
        return DASH
    return value


def thousands(number: int) -> str:
    """A number with commas between thousands: `12,345`."""
    return f"{number:,}"


ENVIRONMENT.filters |= {
    "or_dash": or_dash,
    "listed": listed,
    "plural": plural,
    "thousands": thousands,
}
