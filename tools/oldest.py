"""Print the oldest version of every package that pyproject.toml allows, as a constraints file for pip.

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
    extras = {
        name: words for name, words in project["optional-dependencies"].items() if name not in TOOLS
    }
    requirements = [
        *project["dependencies"],
        *(word for words in extras.values() for word in words),
    ]
    versions = {}
    for requirement in requirements:
        if requirement.startswith(project["name"] + "["):
            continue
        bound = re.match(r"([\w.-]+)>=([\w.]+)", requirement)
        if not bound:
            raise ValueError(
                f"pyproject.toml: found {requirement!r}, expected a lower bound, as in 'numpy>=1.26'"
            )
        versions[bound[1]] = bound[2]
    return versions


if __name__ == "__main__":
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for package, version in oldest(content["project"]).items():
        print(f"{package}=={version}")
