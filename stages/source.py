"""The parameters that determine the image table, such as the data set's name, path and size."""

import json
from pathlib import Path
from typing import Annotated

import typer

from interference import params
from interference.io import files
from stages import ParamsFile, run, say

Written = Annotated[Path, typer.Argument(help="The file to write (JSON).")]


def main(source: Written, parameters: ParamsFile = Path("params.yaml")) -> None:
    """Check all parameters, and write the data set's name, path and size to SOURCE.

    This stage comes first, so that a wrong parameter ends `dvc repro` before any other command
    runs. `download` depends on SOURCE, and so runs again only if the images change.
    """
    chosen = params.load(parameters).data.source
    files.write_text(source, json.dumps(chosen, indent=2) + "\n")
    say(f"{source}: {', '.join(f'{key} {value}' for key, value in chosen.items())}")


if __name__ == "__main__":
    run(main)
