"""Print the oldest allowed version of every package in pyproject.toml, as constraints for pip.

    python tools/oldest.py > constraints.txt

Packages of the extras `dev` and `docs` are left out, since development uses their newest versions.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("dev", "docs")


def oldest(project: dict) -> dict[str, str]:
    """The lower bound of every package.

    Args:
        project: The table `project` of pyproject.toml.

    Returns:
        The version of each package.

    Raises:
        ValueError: A requirement has no lower bound.
    """
    requirements = list(project["dependencies"])
    for extra, listed in project["optional-dependencies"].items():
        if extra not in TOOLS:
            requirements.extend(listed)
    own_extra = project["name"] + "["
    versions = {}
    for requirement in requirements:
        if requirement.startswith(own_extra):
            continue
        bound = re.match(r"([\w.-]+)>=([\w.]+)", requirement)
        if not bound:
            raise ValueError(
                f"pyproject.toml: found {requirement!r}, "
                "expected a lower bound, as in 'numpy>=1.26'"
            )
        package, version = bound.groups()
        versions[package] = version
    return versions


if __name__ == "__main__":
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for package, version in oldest(content["project"]).items():
        print(f"{package}=={version}")
