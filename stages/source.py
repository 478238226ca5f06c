"""The parameters that the image table depends on, such as the data set's name and path."""

import json
from pathlib import Path
from typing import Annotated

import typer

from interference import params
from interference.io import files
from stages import ParamsFile, run, say

Written = Annotated[Path, typer.Argument(help="The file to write (JSON).")]


def main(source: Written, parameters: ParamsFile = Path("params.yaml")) -> None:
    """Write the parameters that determine the images to SOURCE.

    So `download` runs again if one of them changes, and not for other parameters of the data.
    """
    chosen = params.load(parameters).data.source
    files.write_text(source, json.dumps(chosen, indent=2) + "\n")
    say(f"{source}: {', '.join(f'{key} {value}' for key, value in chosen.items())}")


if __name__ == "__main__":
    run(main)
