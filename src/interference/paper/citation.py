"""How to cite the paper and this software, as entries of a bibliography (BibTeX)."""

from collections.abc import Iterable

PAPER = """\
@misc{diao2022class,
  title = {Class Interference of Deep Neural Networks},
  author = {Diao, Dongcui and Yao, Hengshuai and Jiang, Bei},
  year = {2022},
  eprint = {2211.01370},
  archivePrefix = {arXiv}
}"""
SOFTWARE = """\
@misc{interference,
  title = {interference: class interference of deep neural networks},
  author = {{The interference maintainers}},
  note = {Software, %s}
}"""


def software(versions: Iterable[str]) -> str:
    """The entry of this software.

    Args:
        versions: The versions that made the results; each is named once.
    """
    named = sorted(set(versions))
    if not named:
        return SOFTWARE % "version unknown"
    noun = "version" if len(named) == 1 else "versions"
    return SOFTWARE % f"{noun} {', '.join(named)}"
