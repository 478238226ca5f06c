"""The examples in the docstrings of public functions and classes run and print what they show."""

import doctest
from pathlib import Path

import pytest

import interference

NAMES = [  # of `interference`, those whose docstring has an example
    "ConfusionCounts",
    "LightningCounts",
    "TrainerCounts",
    "agreement",
    "cctm",
    "class_gradients",
    "comparison",
    "confidence",
    "dancing_notes",
    "gradient_cosines",
    "plot_cctm",
    "read_predictions",
    "record_predictions",
    "report",
    "shared_errors",
    "surface",
]


def test_every_example_is_in_the_list():
    docstrings = {name: getattr(interference, name).__doc__ for name in interference.__all__}
    assert [name for name, text in docstrings.items() if ">>>" in text] == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore:.*LeafSpec.* is deprecated:FutureWarning")  # Lightning's own
@pytest.mark.filterwarnings("ignore:.*does not have many workers")  # Lightning's advice
def test_the_examples_of_docstrings_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)  # some write files
    public = getattr(interference, name)
    (example,) = doctest.DocTestFinder(recurse=False).find(public, name, globs={})
    assert name in "".join(line.source for line in example.examples)
    failures = []
    doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(
        example, out=failures.append
    )
    assert not failures, "".join(failures)


def test_an_example_that_prints_something_else_fails():
    example = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "sum", None, None)
    failures = []
    doctest.DocTestRunner(verbose=False).run(example, out=failures.append)
    assert "Expected:\n    3\nGot:\n    2" in "".join(failures)
