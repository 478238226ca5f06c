"""HTML from the templates of the page, in which no text of a table can become markup."""

import json
from dataclasses import fields
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from interference.classes import DASH
from interference.reporting.report.section import plain
from interference.reporting.text import listed, plural

ENVIRONMENT = Environment(
    loader=PackageLoader("interference.reporting.report"),
    autoescape=True,
    undefined=StrictUndefined,  # a misspelt name is an error and no blank
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, context: Any = None) -> Markup:
    """The HTML of a template.

    Args:
        template: The template's file name.
        context: A dataclass; the template knows its fields by name.

    Returns:
        HTML in which every value of the context is escaped, unless it is HTML already.
    """
    names = [] if context is None else [field.name for field in fields(context)]
    values = {name: getattr(context, name) for name in names}
    return Markup(ENVIRONMENT.get_template(template).render(values))


def json_block(values: object) -> Markup:
    """JSON that may stand in a script element: without `<` no text in it can open or close an element."""
    text = json.dumps(plain(values), separators=(",", ":"), ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c"))


def or_dash(value: Any) -> Any:
    """The value, or a dash for one that is absent: None, an empty text, or nan, where a CSV had nothing."""
    is_nan = value != value
    return DASH if value is None or value == "" or is_nan else value


def thousands(number: int) -> str:
    """A number with its thousands apart: `12,345`."""
    return f"{number:,}"


ENVIRONMENT.filters |= {
    "or_dash": or_dash,
    "listed": listed,
    "plural": plural,
    "thousands": thousands,
}
