"""HTML from the templates of the page, in which no text of a table can become markup."""

import json
import re
from dataclasses import fields
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from interference.classes import DASH
from interference.reporting.text import listed, plural

ENVIRONMENT = Environment(
    loader=PackageLoader("interference.reporting.report"),
    autoescape=True,
    undefined=StrictUndefined,  # a misspelt name raises an error
    trim_blocks=True,
    lstrip_blocks=True,
)

# Letters of scripts that are written from right to left, such as Hebrew and Arabic
RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff"
RIGHT_TO_LEFT_WORDS = re.compile(f"[{RIGHT_TO_LEFT}](?:[{RIGHT_TO_LEFT}\\s'-]*[{RIGHT_TO_LEFT}])?")


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


def bdi(value: Any) -> Any:
    """Isolate words that are written from right to left, so that what follows keeps its order.

    Args:
        value: Any value.

    Returns:
        HTML with such words in `<bdi>` if the value is a text that has some, else the value.
    """
    if not isinstance(value, str) or not RIGHT_TO_LEFT_WORDS.search(value):
        return value
    return Markup(RIGHT_TO_LEFT_WORDS.sub(r"<bdi>\g<0></bdi>", str(escape(value))))


def thousands(number: int) -> str:
    """A number with commas between thousands: `12,345`."""
    return f"{number:,}"


def capitalize_first(text: str) -> str:
    """Write the first letter of a text as a capital, and keep all other letters."""
    return f"{text[:1].upper()}{text[1:]}"


ENVIRONMENT.filters |= {
    "capitalize_first": capitalize_first,
    "bdi": bdi,
    "or_dash": or_dash,
    "listed": listed,
    "plural": plural,
    "thousands": thousands,
}
