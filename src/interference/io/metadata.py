"""Reads the metadata of tables and weights, which may come from somebody else.

Names in the metadata become file names and texts of pages, so they are checked when they are read.
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interference.classes import Classes
from interference.errors import BadInput
from interference.vocabulary import RUN, SCALES

FOREIGN = ("pandas", "ARROW:schema")  # entries that other programs add
PAIR = re.compile(r"[a-z0-9_]+(-[a-z0-9_]+)?")

Name = Annotated[str, Field(pattern=f"^{RUN.pattern}$")]
Text = Annotated[str, Field(max_length=1000)]


class _Checked(BaseModel):
    """Known entries have these types; others are kept as they are."""

    model_config = ConfigDict(extra="allow", strict=True)


class _DataSet(_Checked):
    name: Text | None = None
    path: Text | None = None


class _Run(_Checked):
    name: Name | None = None
    net: Text | None = None
    optim: Name | None = None
    seed: int | None = None
    counts: list[str] | None = None
    setup: dict[str, Any] | None = None
    data: _DataSet | None = None


class _Metadata(_Checked):
    classes: list[Text] | None = None
    labels: list[Text] | None = None
    run: _Run | None = None
    made_by: dict[str, str | int | float | None] | None = None
    pair: Annotated[str, Field(pattern=f"^{PAIR.pattern}$")] | None = None
    scale: Annotated[str, Field(pattern=f"^({'|'.join(SCALES)})$")] | None = None
    edge: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    images_digest: Annotated[str, Field(pattern="^[0-9a-f]{24}$")] | None = None
    found_edge: bool | None = None
    grams: dict[str, list[list[float]]] | None = None
    shape: Annotated[list[int], Field(min_length=3, max_length=3)] | None = None


def decode(entries: Mapping[bytes, bytes]) -> dict[str, Any]:
    """Decode and check the metadata of a table.

    Args:
        entries: The entries as the file holds them, JSON texts by name.

    Returns:
        The values by name. Entries of other programs are left out if they are not JSON.

    Raises:
        BadInput: A known entry is no JSON, or has another type than tables of this package.
    """
    meta = {}
    for key, value in entries.items():
        name = key.decode(errors="replace")
        if name in FOREIGN:
            continue
        try:
            meta[name] = json.loads(value)
        except (ValueError, RecursionError):
            if name in _Metadata.model_fields:
                raise BadInput(f"metadata {name!r}: found a text that is no JSON") from None
    check(meta)
    return meta


def class_label_names(meta: Mapping[str, Any], column: str) -> list[str]:
    """The names of a column of Hugging Face's datasets that is a ClassLabel.

    Args:
        meta: Decoded metadata.
        column: The column.

    Returns:
        The names by label number; [] for any other column.
    """
    feature = meta.get("huggingface")
    for key in ("info", "features", column):
        feature = feature.get(key) if isinstance(feature, Mapping) else None
    names = feature.get("names") if isinstance(feature, Mapping) else None
    return [str(name) for name in names] if isinstance(names, list) else []


def check(meta: Mapping[str, Any]) -> None:
    """Check the known entries of decoded metadata.

    Args:
        meta: The entries by name.

    Raises:
        BadInput: An entry has another type than tables of this package, a run or a training
            configuration has a name that cannot name files, or keys of classes are not valid.
    """
    try:
        _Metadata.model_validate(meta)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        value = repr(first["input"])[:100]
        raise BadInput(f"metadata {key}: found {value}; {first['msg']}") from None
    if "classes" in meta and "labels" in meta:
        Classes(tuple(meta["classes"]), tuple(meta["labels"]))
