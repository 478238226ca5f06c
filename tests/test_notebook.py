"""The notebook of the documentation: it runs from the top, and holds no outputs."""

import contextlib
import io
import json
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from tests.imports import ROOT

CELLS = json.loads((ROOT / "docs" / "notebook.ipynb").read_text())["cells"]


def test_the_notebook_runs_and_shows_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    names: dict = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for cell in CELLS:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)
    lines = printed.getvalue()
    plt.close(names["figure"])
    assert names["gradient_cosines"](names["egos"])[1, 2] < -0.8  # "near -1"
    notes = [line.split()[2:] for line in lines.splitlines() if line.startswith("epoch ")]
    assert [of_wolf for *_, of_wolf in notes] == ["dog"] * 6  # "it takes wolves for dogs"
    assert "Surface(run='net', pair='1\N{EN DASH}2', scale='step', points=15 x 15" in lines
    assert {page.name for page in tmp_path.iterdir()} == {"page.html", "net.html"}
    assert names["mistake_rate"](names["plane"])[7, 7] < 30


def test_the_notebook_holds_no_outputs():
    code = [cell for cell in CELLS if cell["cell_type"] == "code"]
    assert len(code) >= 6
    for cell in code:
        assert (cell["outputs"], cell["execution_count"]) == ([], None)
