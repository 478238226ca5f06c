"""A page on which `dvc plots` draws without the network."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from interference import extras
from interference.errors import BadInput
from interference.io import files
from stages import run, say

Page = Annotated[Path, typer.Argument(help="The page to write (HTML).")]
VEGA_LITE = "5.8"  # the oldest in vl_convert; DVC's own page loads 5.2; the templates work on both
SCRIPT = "window.vegaEmbed = (place, spec) => vegaEmbed(place, spec, {renderer: 'svg'});"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
{refresh_tag}
<title>DVC plots</title>
<script>
%s
</script>
</head>
<body>
{plot_divs}
</body>
</html>
"""  # DVC fills in the braces


def main(page: Page = Path(".dvc/tmp/plots.html")) -> None:
    """Write PAGE with Vega's scripts in it, and make `dvc plots` use it in this checkout.

    DVC's own page loads these scripts from the network.
    """
    files.write_text(page, PAGE % scripts())
    setting = ["config", "--local", "plots.html_template", str(page.resolve())]
    subprocess.run([sys.executable, "-m", "dvc", *setting], check=True)
    undo = "dvc config --local --unset plots.html_template"
    say(f"{page}: dvc plots draws on it from now on; undo with: {undo}")


def scripts() -> str:
    """Bundle Vega, Vega-Lite and Vega-Embed.

    Returns:
        One script that draws SVG.

    Raises:
        BadInput: The package vl_convert is not installed.
    """
    try:
        import vl_convert
    except ImportError as error:
        raise BadInput(f"plots-page: {extras.hint(error)}") from error
    script = str(vl_convert.javascript_bundle(SCRIPT, vl_version=VEGA_LITE))
    return script.replace("</script", r"<\/script")


if __name__ == "__main__":
    run(main)
