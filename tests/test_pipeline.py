"""dvc.yaml: each stage's deps cover what it imports, no more; and DVC itself, run for real on toy
data.
"""

import json
import re
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import torch
from ruamel.yaml import YAML
from safetensors.torch import save_file

from tests.clone import dvc, git, with_our_programs
from tests.imports import ROOT, SRC, file_of, is_face, name_of, reached, room

# Rooms that name, check, carry or store, and compute no figure: a change there leaves every result
# as it is. Tables of an older form are refused when read; a net's architecture is listed by the run
# that trains it, and reaches the other stages as weights. How a machine computes (`runtime`) is no
# part of a run's identity. `CARRYING_MODULES` are such modules of other rooms. A package's `__init__.py`
# that only shows names of its modules is passed over in the same way.
CARRYING = {
    "errors",
    "extras",
    "classes",
    "vocabulary",
    "version",
    "io",
    "runtime",
    "nets",
    "params",
}
CARRYING_MODULES = {
    "interference.landscape.net_trial",
    "interference.learning.checkpoint",
    "interference.learning.class_order",
    "interference.learning.net_check",
}
CARRIERS = frozenset(
    name
    for name in map(name_of, SRC.rglob("*.py"))
    if room(name) in CARRYING or name in CARRYING_MODULES
)
PIPELINE = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]


def body(stage: str) -> dict:
    """A stage's entry, without its loop."""
    return PIPELINE[stage].get("do", PIPELINE[stage])


def code(stage: str) -> set[str]:
    """The source files and folders among a stage's deps, templates left out."""
    return {
        dep for dep in body(stage)["deps"] if dep.startswith(("src/", "stages/")) and "$" not in dep
    }


@cache
def needed(stage: str) -> set[str]:
    """The source files that a stage's figures come from."""
    own = ROOT / "stages" / f"{stage}.py"
    modules = reached(own, CARRIERS) - {"stages", "interference"}
    return {
        str(path.relative_to(ROOT))
        for path in [own, *map(file_of, modules)]
        if path and not is_face(path)
    }


@pytest.mark.parametrize("stage", PIPELINE)
def test_deps_cover_what_the_stage_imports(stage: str):
    missing = {
        path
        for path in needed(stage)
        if path not in code(stage) and not any(path.startswith(f"{dep}/") for dep in code(stage))
    }
    assert not missing


@pytest.mark.parametrize("stage", PIPELINE)
def test_no_dep_is_listed_that_the_stage_does_not_import(stage: str):
    idle = {
        dep
        for dep in code(stage)
        if dep not in needed(stage)
        and not any(path.startswith(f"{dep}/") for path in needed(stage))
    }
    assert not idle


@pytest.mark.parametrize("stage", PIPELINE)
def test_every_path_in_a_command_is_a_dep_or_an_output(stage: str):
    entry = body(stage)
    listed = set(entry["deps"])
    for kind in ("outs", "metrics", "plots"):
        listed |= {next(iter(out)) if isinstance(out, dict) else out for out in entry.get(kind, [])}
    words = entry["cmd"].split()
    assert words[:3] == ["python", "-m", f"stages.{stage}"]
    assert {word for word in words[3:] if "/" in word} <= listed


def test_a_net_that_builds_on_another_is_in_no_run_of_ours():
    """`train` lists the file of its run's net alone, so such a net would not be retrained when the
    other changes.
    """
    used = {
        run["net"]
        for path in [ROOT / "params.yaml", *(ROOT / "studies").glob("*.yaml")]
        for run in YAML(typ="safe").load(path)["runs"].values()
    }
    for net in used:
        assert not reached(ROOT / f"src/interference/nets/{net}.py", CARRIERS)


def ran(output: str) -> set[str]:
    """The stages that DVC ran, by its own word."""
    return {
        line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage '")
    }


@pytest.fixture(scope="module")
def repo(reproduced: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the reproduced repository, to be changed."""
    return shutil.copytree(reproduced, tmp_path_factory.mktemp("pipeline") / "repo")


LATE = {"mistakes", "claims", "plots", "figures", "reproduction", "report"}


@pytest.mark.pipeline
def test_a_repro_leaves_tables_in_the_cache_and_metrics_and_plots_in_git(repo: Path):
    tracked = set(git("ls-files", at=repo).splitlines())
    assert {"dvc.lock", "metrics/small.json", "metrics/claims.json"} <= tracked
    assert {"plots/curves/small.csv", "plots/mistakes.csv"} <= tracked
    pictures = re.findall(
        r"\]\((figures/[^)]*)\)", (repo / "plots" / "REPRODUCTION.md").read_text()
    )
    assert {"plots/REPRODUCTION.md", *(f"plots/{name}" for name in pictures)} <= tracked
    assert "figures/surface-small-raw.svg" in pictures
    assert not [name for name in tracked if name.startswith("data/") and name != "data/README.md"]
    assert (repo / "data" / "report.html").stat().st_size > 10_000
    assert (repo / "data" / "mistakes.png").exists()
    assert not git("status", "--porcelain", at=repo)


@pytest.mark.pipeline
def test_a_second_repro_runs_nothing_and_is_quick(repo: Path):
    started = time.monotonic()
    assert not ran(dvc("repro", at=repo))
    assert time.monotonic() - started < 15  # 5 s on an idle machine


@pytest.mark.pipeline
def test_an_experiment_retrains_the_runs_of_its_set_up_and_what_follows_from_them_alone(repo: Path):
    output = dvc("exp", "run", "-S", "optim.lr=0.05", at=repo)
    small = {f"{stage}@small" for stage in ("train", "cctm", "ego")} | {"sweep@small-3-9-raw"}
    assert ran(output) == small | LATE | {"source"}
    metrics = json.loads(dvc("metrics", "diff", "--json", at=repo))
    accuracy = metrics["metrics/small.json"]["test_accuracy"]
    assert accuracy["new"] != accuracy["old"]
    assert "metrics/small-big_lr.json" not in metrics
    changed = json.loads(dvc("params", "diff", "--json", at=repo))
    assert changed["params.yaml"]["optim.lr"] == {
        "old": 0.1,
        "new": 0.05,
        "diff": pytest.approx(-0.05),
    }
    assert claim(repo)["symmetry"] == "not measured"
    dvc("plots", "diff", "HEAD", "workspace", at=repo)
    page = (repo / "dvc_plots" / "index.html").read_text()
    shutil.rmtree(repo / "dvc_plots")
    assert all(
        title in page
        for title in (
            "Test CCTM, small (%)",
            "Accuracy, small (%)",
            "HEAD",
            "workspace",
            "dvc.yaml::plots/cctm/small.csv",
            "plots/notes/small.csv",
            "plots/surfaces/small-3-9-raw.csv",
        )
    )
    assert any(name in page for name in ("surface-small-raw.png", "surface-small-raw.svg"))


def claim(repo: Path) -> dict[str, str]:
    """The verdicts in the workspace, by claim."""
    return pd.read_csv(repo / "plots" / "verdicts.csv").set_index("claim")["verdict"].to_dict()


@pytest.mark.pipeline
def test_going_back_is_served_from_the_run_cache(repo: Path):
    git("checkout", "-q", "--", ".", at=repo)
    git("clean", "-qfd", at=repo)
    dvc("checkout", "-q", at=repo)
    assert not ran(dvc("repro", at=repo))
    assert claim(repo)["symmetry"] != "not measured"


@pytest.mark.pipeline
def test_a_new_pair_leaves_the_old_surfaces_alone(repo: Path):
    content = YAML(typ="safe").load(repo / "params.yaml")
    content["sweep"]["pairs"] = ["3-9", "1-8"]
    YAML().dump(content, repo / "params.yaml")
    output = dvc("repro", "--dry", at=repo)
    git("checkout", "-q", "--", "params.yaml", at=repo)
    surfaces = {"sweep@small-1-8-raw", "sweep@small-big_lr-1-8-raw"}
    assert surfaces <= ran(output) <= surfaces | LATE | {"source"}


@pytest.mark.pipeline
def test_a_moved_threshold_redraws_all_that_reads_it_and_nothing_else(repo: Path):
    for name, value in (("note", 0.01), ("epsilon", 3)):
        content = YAML(typ="safe").load(repo / "params.yaml")
        content["claims"][name] = value
        YAML().dump(content, repo / "params.yaml")
        output = dvc("repro", "--dry", at=repo)
        git("checkout", "-q", "--", "params.yaml", at=repo)
        assert ran(output) == LATE - {"mistakes"} | {"source"}


@pytest.mark.pipeline
def test_of_all_that_is_said_of_the_data_only_what_says_which_images_makes_their_table_again(
    repo: Path,
):
    for changes, stages in (({"crop": 3}, {"source"}), ({"resize": 28}, {"source", "download"})):
        content = YAML(typ="safe").load(repo / "params.yaml")
        content["data"] |= changes
        YAML().dump(content, repo / "params.yaml")
        assert ran(dvc("repro", "download", at=repo)) == stages
    git("checkout", "-q", "--", ".", at=repo)
    dvc("checkout", "-q", at=repo)


@pytest.mark.pipeline
def test_a_run_of_an_imported_net_is_a_run_like_another(repo: Path):
    content = YAML(typ="safe").load(repo / "params.yaml")
    content["runs"]["vit"] = content["runs"]["small"] | {
        "net": "imported",
        "factory": "timm:create_model",
        "args": {"model_name": "vit_tiny_patch16_224"},
    }
    YAML().dump(content, repo / "params.yaml")
    dvc("repro", "inputs@vit", at=repo)
    output = dvc(
        "repro", "--dry", "--single-item", "train@vit", "train@small", "train@small-big_lr", at=repo
    )
    git("checkout", "-q", "--", ".", at=repo)
    git("clean", "-qfd", at=repo)
    assert ran(output) == {"train@vit"}


NET = """
from torch import nn


def net():
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(10))
"""


@pytest.mark.pipeline
def test_changed_weights_or_code_train_their_run_again_and_no_other(repo: Path):
    pixels = 16 * 16  # of the digits in the toy study
    (repo / "mine.py").write_text(NET.replace("LazyLinear(", f"Linear({pixels}, "))
    content = YAML(typ="safe").load(repo / "params.yaml")
    content["given"] = content["optim"] | {"epochs": 0}
    content["runs"]["mine"] = content["runs"]["small"] | {
        "net": "imported",
        "factory": "mine:net",
        "init": "best.safetensors",
        "optim": "given",
    }
    YAML().dump(content, repo / "params.yaml")

    def write_weights(value: float) -> None:
        weight = torch.full((10, pixels), value)
        save_file({"1.weight": weight, "1.bias": torch.arange(10.0)}, repo / "best.safetensors")

    write_weights(0.0)
    stages = {"inputs@mine", "train@mine", "cctm@mine"}
    assert ran(dvc("repro", "cctm@mine", at=repo)) == stages | {"source"}
    assert not ran(dvc("repro", "cctm@mine", at=repo))
    assert "mine" not in dvc("status", "cctm@mine", at=repo)
    write_weights(1.0)
    assert ran(dvc("repro", "cctm@mine", "train@small", at=repo)) == stages
    with (repo / "mine.py").open("a") as file:
        file.write("# a remark\n")
    assert ran(dvc("repro", "cctm@mine", "train@small", at=repo)) == stages - {"cctm@mine"}
    git("checkout", "-q", "--", ".", at=repo)
    git("clean", "-qfd", at=repo)
    dvc("checkout", "-q", at=repo)


@pytest.mark.pipeline
def test_a_copy_runs_its_own_code_whichever_checkout_is_installed(repo: Path):
    """A study's clone and DVC's temporary runs are such copies; the editable install points at this
    checkout.
    """
    code = "import stages, interference; print(interference.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=repo, text=True, capture_output=True, check=True
    )
    assert Path(found.stdout.strip()).is_relative_to(repo)


@pytest.mark.pipeline
def test_a_study_lives_in_a_clone_of_its_own_and_leaves_the_checkout_clean(repo: Path):
    clone = repo / ".studies" / "quick"

    def study() -> str:
        words = [sys.executable, "studies/run.py", "quick", "--dry", "source"]
        subprocess.run(words, cwd=repo, check=True, capture_output=True, env=with_our_programs())
        return git("rev-parse", "HEAD", at=clone)

    first = study()
    assert (clone / "params.yaml").read_bytes() == (repo / "studies" / "quick.yaml").read_bytes()
    assert not (clone / "metrics" / "small.json").exists()  # that one is of params.yaml
    assert (clone / "metrics" / "README.md").exists()
    assert study() == first
    (clone / "metrics" / "small.json").write_text("{}")
    git("add", "-A", at=clone)
    git("commit", "-qm", "a result", at=clone)
    (repo / "new.txt").write_text("new")
    git("add", "-A", at=repo)
    git("commit", "-qm", "a change", at=repo)
    assert study() != first
    assert (clone / "new.txt").exists()
    assert (clone / "metrics" / "small.json").read_text() == "{}"
    assert not git("status", "--porcelain", at=clone)
    assert not git("status", "--porcelain", at=repo)


@pytest.mark.pipeline
def test_the_graph_of_stages_is_readable(repo: Path):
    graph = dvc("dag", "--mermaid", at=repo)
    assert "train@small" in graph
    assert "report" in graph


@pytest.mark.pipeline
def test_a_name_that_is_shell_text_ends_a_repro_before_any_command_runs(repo: Path):
    content = YAML(typ="safe").load(repo / "params.yaml")
    content["sweep"]["pairs"] = ["3-9; touch PWNED; #"]
    YAML().dump(content, repo / "params.yaml")
    failed = subprocess.run(
        ["dvc", "repro"], cwd=repo, text=True, capture_output=True, env=with_our_programs()
    )
    git("checkout", "-q", "--", ".", at=repo)
    assert failed.returncode
    assert "sweep.pairs" in failed.stderr
    assert not (repo / "PWNED").exists()


@pytest.mark.slow
@pytest.mark.pipeline
def test_a_variant_in_a_fresh_clone_runs_only_what_its_parameter_changes(
    reproduced: Path, tmp_path: Path
):
    ours = shutil.copytree(reproduced, tmp_path / "ours", symlinks=True)
    dvc("remote", "add", "--default", "results", str(tmp_path / "remote"), at=ours)
    git("commit", "--all", "--quiet", "--message", "Where results lie", at=ours)
    dvc("push", at=ours)
    theirs = tmp_path / "theirs"
    git("clone", "--quiet", str(ours), str(theirs), at=tmp_path)
    git("config", "user.name", "test", at=theirs)
    git("config", "user.email", "test@localhost", at=theirs)
    dvc("pull", at=theirs)
    printed = dvc("exp", "run", "--pull", "--allow-missing", "-S", "claims.p=0.01", at=theirs)
    ran = re.findall(r"Running stage '([^']+)'", printed)
    assert ran == ["source", "claims", "plots", "figures", "reproduction", "report"]
