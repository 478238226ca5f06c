"""A study without claims: its report has planes, and neither verdicts nor a comparison."""

import json
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from tests import toy
from tests.imports import ROOT
from tests.test_stages import run


@pytest.mark.slow
def test_a_study_without_claims_has_a_report_and_no_verdicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    content["claims"] = "none"
    YAML().dump(content, tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    toy.study(tmp_path / "data", runs={"vgg19": "optim"}, epochs=2)
    folders = [f"data/{kind}" for kind in ("counts", "cctm", "grams", "surfaces")]
    predictions = tmp_path / "data" / "predictions"
    predictions.mkdir(exist_ok=True)
    written = [str(predictions), "claims.csv", "claims.json", "verdicts.csv"]
    assert run("claims", [*folders, *written], monkeypatch) == 0
    assert pd.read_csv("claims.csv").empty
    assert pd.read_csv("verdicts.csv").empty
    assert json.loads(Path("claims.json").read_text()) == {}
    assert run("reproduction", [*folders, "claims.csv", "page.md"], monkeypatch) == 0
    assert "claims: none" in Path("page.md").read_text()
    words = [*folders, str(predictions), "claims.csv", "report.html"]
    assert run("report", words, monkeypatch) == 0
    page = Path("report.html").read_text()
    assert 'id="claims"' not in page
