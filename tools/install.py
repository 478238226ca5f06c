"""Make a virtual environment, state its size, and show the large packages as pip fetches them.

    python tools/install.py .venv --editable '.[dev]'
    python tools/install.py .venv --torch cpu --editable '.[dev]'
    python tools/install.py .venv-peers --requirement benchmarks/peers.txt

`make setup` and `make bench` call this script. It uses the standard library only. A finished
environment contains a file `.done`; the next call continues an unfinished one. `install.log` in the
environment keeps the whole output of pip.
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
SHOWN_MB = 20  # packages of at least this size are shown
SIZED = re.compile(
    r"\s*(?:Downloading|Using cached) (?:\S*/)?([^/\s-]+)-([^-\s]+)\S* \(([\d.]+) (MB|GB)\)"
)
OFFLINE = re.compile(
    r"connection broken by|Max retries exceeded|Temporary failure in name resolution|timed out"
)


class Failed(Exception):
    """pip ended with an error; the message is for the user."""


def size_line(line: str) -> str | None:
    """The line to show for a line of pip's output.

    Args:
        line: A line that `pip install` prints into a pipe.

    Returns:
        The name and size of a large package, or the start of unpacking; None for any other line.
    """
    package = SIZED.match(line)
    if package:
        name, version, number, unit = package.groups()
        megabytes = float(number) * (1000 if unit == "GB" else 1)
        if megabytes < SHOWN_MB:
            return None
        return f"  {name} {version}: {megabytes:.0f} MB"
    if line.startswith("Installing collected packages:"):
        packages = line.count(",") + 1
        return f"  unpacking {packages} packages; pip is silent meanwhile, for a minute or several"
    return None


def pip(folder: Path, arguments: list[str], index: str, settings: dict[str, str]) -> None:
    """Install packages with the pip of an environment, and show each large package in one line.

    Args:
        folder: The environment.
        arguments: The arguments of `pip install`.
        index: A name of the package index, for the error.
        settings: Environment variables that replace the user's.

    Raises:
        Failed: pip reports an error, for instance because it cannot reach the index.
    """
    programs = "Scripts" if sys.platform == "win32" else "bin"
    python = folder / programs / "python"
    log_file = folder / "install.log"
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-color",
        *arguments,
    ]
    lines = []
    with (
        log_file.open("a", encoding="utf-8") as log,
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
        raise Failed(f"{reason(lines, index)} (pip's output is in {log_file})")


def reason(lines: list[str], index: str) -> str:
    """Explain in one line why pip failed and what to do."""
    if any(OFFLINE.search(line) for line in lines):
        return (
            f"{index} cannot be reached: check the network, or name an index that you can reach, "
            "as docs/index.md says under 'Set-up', and call make again"
        )
    errors = (line.strip() for line in lines if line.lstrip().startswith("ERROR: "))
    return f"pip failed: {next(errors, 'no reason given')}; mend that and call make again"


def install(folder: Path, arguments: list[str], torch: str, torch_index: str) -> None:
    """Make or continue an environment.

    Args:
        folder: The environment.
        arguments: The arguments of `pip install`.
        torch: "default" for the build on the package index, "cpu" for the small build without GPU
            libraries.
        torch_index: The index of the small build.

    Raises:
        Failed: pip reports an error.
    """
    steps = ["a virtual environment", "the packages that are needed"]
    if torch == "cpu":
        steps.insert(1, f"PyTorch for CPUs, from {torch_index}")
    numbered = (f"  {number} of {len(steps)}: {step}" for number, step in enumerate(steps, 1))
    print(
        f"set-up: {folder}, {SIZES[torch]}. This takes minutes. "
        "Large packages are listed as they arrive."
    )
    print(next(numbered), flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    if torch == "cpu":
        print(next(numbered), flush=True)
        # Another index may hold newer builds, for GPUs.
        only_index = {"PIP_EXTRA_INDEX_URL": torch_index}
        packages = ["--index-url", torch_index, "torch", "torchvision"]
        pip(folder, packages, torch_index, only_index)
    print(next(numbered), flush=True)
    pip(folder, arguments, "pip's package index", {})
    (folder / ".done").touch()
    print(f"set-up: {folder} is ready", flush=True)


def main() -> None:
    """Read the command line and install."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        usage="%(prog)s FOLDER [options] PIP_ARGUMENTS",
        allow_abbrev=False,
    )
    parser.add_argument("folder", type=Path, help="the environment")
    parser.add_argument("--torch", choices=[*SIZES], default="default", help="the build of PyTorch")
    parser.add_argument(
        "--torch-index", default="https://download.pytorch.org/whl/cpu", help="index of --torch cpu"
    )
    options, arguments = parser.parse_known_args()
    try:
        install(options.folder, arguments, options.torch, options.torch_index)
    except Failed as error:
        sys.exit(f"set-up: {error}")


if __name__ == "__main__":
    main()
