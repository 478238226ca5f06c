"""Where unfinished work is kept: outside DVC's outputs, under a name that says exactly which work it is."""

import json
import os
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any


def unfinished(work: Mapping[str, Any], inputs: Mapping[str, Path], suffix: str) -> Path:
    """The file for unfinished work that is described by JSON values and by the content of its input files.

    Anything that changes the result changes the name, so that stale work is never taken up. The folder is `.resume`,
    or what INTERFERENCE_RESUME names.
    """
    digests = {name: digest(path) for name, path in inputs.items()}
    identity = blake2b(json.dumps([work, digests], sort_keys=True).encode(), digest_size=12).hexdigest()
    return Path(os.environ.get("INTERFERENCE_RESUME", ".resume")) / f"{identity}{suffix}"


def digest(path: Path) -> str:
    """A hash of a file's content."""
    with path.open("rb") as file:
        whole = blake2b(digest_size=12)
        while block := file.read(1 << 22):
            whole.update(block)
    return whole.hexdigest()
