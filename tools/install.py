"""Make a virtual environment, say what it costs, and show what pip fetches.

    python tools/install.py .venv --editable '.[dev]'
    python tools/install.py .venv --torch cpu --editable '.[dev]'
    python tools/install.py .venv-peers --requirement benchmarks/peers.txt

`make setup` and `make bench` call it; the standard library is all it needs. An environment that is finished holds a
file `.done`; one that is not is continued by the next call. All that pip says is kept in `install.log` inside it.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

SIZES = {
    "default": "about 7 GB of disk, most of it PyTorch's libraries for GPUs",
    "cpu": "about 3 GB of disk",
}
SHOWN_MB = 20  # a package of this size is worth a line
SIZED = re.compile(
    r"\s*(?:Downloading|Using cached) (?:\S*/)?([^/\s-]+)-([^-\s]+)\S* \(([\d.]+) (MB|GB)\)"
)
OFFLINE = re.compile(
    r"connection broken by|Max retries exceeded|Temporary failure in name resolution|timed out"
)


class Failed(Exception):
    """pip ended with an error; the message is for the user."""


def size_line(line: str) -> str | None:
    """The line to show for a line of pip's: a large package that it fetches, or that it unpacks them all.

    Args:
        line: A line of `pip install`, as it prints it into a pipe.

    Returns:
        None for a line that need not be shown.

    """
    package = SIZED.match(line)
    if package:
        name, version, number, unit = package.groups()
        megabytes = float(number) * (1000 if unit == "GB" else 1)
        return f"  {name} {version}: {megabytes:.0f} MB" if megabytes >= SHOWN_MB else None
    if line.startswith("Installing collected packages:"):
        return f"  unpacking {line.count(',') + 1} packages; pip is silent meanwhile, for a minute or several"
    return None


def pip(folder: Path, words: list[str], index: str, settings: dict[str, str]) -> None:
    """Install into an environment by its own pip, and show the large packages, one line each.

    Args:
        folder: The environment.
        words: What follows `pip install`.
        index: The package index in words, for the error.
        settings: Environment variables that take the place of the user's.

    Raises:
        Failed: pip reports an error, for instance because the index cannot be reached.

    """
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-color",
        *words,
    ]
    lines = []
    with (
        (folder / "install.log").open("a", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=os.environ | settings,
        ) as process,
    ):
        assert process.stdout
        for line in process.stdout:
            log.write(line)
            lines.append(line)
            shown = size_line(line)
            if shown:
                print(shown, flush=True)
    if process.returncode:
        raise Failed(reason(lines, index) + f" (all that pip said: {folder / 'install.log'})")


def reason(lines: list[str], index: str) -> str:
    """Why pip failed, in one line that ends with what to do."""
    if any(OFFLINE.search(line) for line in lines):
        return (
            f"{index} cannot be reached: check the network, or name an index that you can reach, "
            "as docs/index.md says under 'Set-up', and call make again"
        )
    errors = (line.strip() for line in lines if line.lstrip().startswith("ERROR: "))
    return f"pip failed: {next(errors, 'no reason given')}; mend that and call make again"


def install(folder: Path, words: list[str], torch: str, torch_index: str) -> None:
    """Make or continue an environment.

    Args:
        folder: Where it lies, or shall lie.
        words: What pip shall install.
        torch: "default" for the build that the package index holds, "cpu" for the small one without GPU libraries.
        torch_index: The index of that small build.

    Raises:
        Failed: see `pip`.

    """
    steps = ["a virtual environment", "the packages that are needed"]
    if torch == "cpu":
        steps.insert(1, f"PyTorch for CPUs, from {torch_index}")
    numbered = (f"  {number} of {len(steps)}: {step}" for number, step in enumerate(steps, 1))
    print(
        f"set-up: {folder}, {SIZES[torch]}; minutes, by the network. Large packages are named as they come."
    )
    print(next(numbered), flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    if torch == "cpu":
        print(next(numbered), flush=True)
        alone = {
            "PIP_EXTRA_INDEX_URL": torch_index
        }  # another index may hold newer builds, for GPUs
        pip(folder, ["--index-url", torch_index, "torch", "torchvision"], torch_index, alone)
    print(next(numbered), flush=True)
    pip(folder, words, "pip's package index", {})
    (folder / ".done").touch()
    print(f"set-up: {folder} is ready", flush=True)


def main() -> None:
    """Read the command line and install."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        usage="%(prog)s FOLDER [options] PIP_WORDS",
        allow_abbrev=False,
    )
    parser.add_argument("folder", type=Path, help="the environment")
    parser.add_argument("--torch", choices=[*SIZES], default="default", help="the build of PyTorch")
    parser.add_argument(
        "--torch-index", default="https://download.pytorch.org/whl/cpu", help="index of --torch cpu"
    )
    options, words = parser.parse_known_args()
    try:
        install(options.folder, words, options.torch, options.torch_index)
    except Failed as error:
        sys.exit(f"set-up: {error}")


if __name__ == "__main__":
    main()
