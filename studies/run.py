"""Run a study: the same dvc.yaml under other parameters, in a clone of its own.

    python studies/run.py NAME [DVC REPRO'S ARGUMENTS]

The clone lies in `.studies/NAME` (ignored), at the checkout's last commit, with studies/NAME.yaml as its params.yaml;
it shares the checkout's DVC cache and raw data, runs its own code, and commits its results, so that experiments there
have something to be compared with. The checkout stays as it was. A second call brings the clone up to date, keeps the
results it has, and runs only what changed; work of one's own there is kept as the branch `earlier`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUDIES = ROOT / "studies"
RESULTS = ("dvc.lock", "metrics", "plots")  # what git keeps of a repro


def git(*words: str, at: Path) -> str:
    """What git answers in a folder."""
    return subprocess.run(
        ["git", *words], cwd=at, check=True, text=True, stdout=subprocess.PIPE
    ).stdout.strip()


def update(clone: Path, params: Path) -> None:
    """Lay the checkout's last commit into the clone, with the study's parameters and the results it has so far.

    Where neither has changed since, the clone stays as it is, commits of one's own included.
    """
    git("fetch", "--quiet", "origin", "HEAD", at=clone)
    before = git(
        "for-each-ref", "--format=%(objectname)", "refs/heads/study", at=clone
    )  # "" in a new clone
    if before and is_up_to_date(clone, params):
        return
    if before:
        commit(clone, "Work left uncommitted")
        git("branch", "--force", "earlier", at=clone)
    git("checkout", "--quiet", "--force", "-B", "study", "FETCH_HEAD", at=clone)
    for path in results("HEAD", clone):  # those of params.yaml, not this study's
        git("rm", "--quiet", path, at=clone)
    if before and results(before, clone):
        git("checkout", "--quiet", before, "--", *results(before, clone), at=clone)
    shutil.copyfile(params, clone / "params.yaml")
    (clone / ".dvc" / "config.local").write_text(f"[cache]\n    dir = {ROOT / '.dvc' / 'cache'}\n")
    commit(clone, f"The parameters of {params.stem}")


def is_up_to_date(clone: Path, params: Path) -> bool:
    """Whether the clone holds the checkout's last commit and the study's present parameters."""
    newest = git("rev-parse", "FETCH_HEAD", at=clone)
    has_newest = newest == git("merge-base", "HEAD", newest, at=clone)
    return has_newest and params.read_bytes() == (clone / "params.yaml").read_bytes()


def results(revision: str, clone: Path) -> list[str]:
    """The files of a revision that a repro writes; the folders' READMEs are not among them."""
    paths = git("ls-tree", "-r", "--name-only", revision, *RESULTS, at=clone).splitlines()
    return [path for path in paths if not path.endswith("README.md")]


def commit(clone: Path, message: str) -> None:
    """Commit all that changed in the clone, if anything did."""
    git("add", "--all", at=clone)
    if git("status", "--porcelain", at=clone):
        git("commit", "--quiet", "--no-verify", "--message", message, at=clone)


def main(name: str, *arguments: str) -> None:
    """Bring the clone up to date, run its pipeline, commit, and say where the results are."""
    params, clone = STUDIES / f"{name}.yaml", ROOT / ".studies" / name
    if not params.exists():
        sys.exit(
            f"study: found {name!r}, allowed: {', '.join(sorted(path.stem for path in STUDIES.glob('*.yaml')))}"
        )
    if git("status", "--porcelain", "--", "stages", "src", "dvc.yaml", at=ROOT):
        print(
            "study: uncommitted changes of the code are not part of it; commit them first",
            flush=True,
        )
    if not clone.exists():
        git("clone", "--quiet", "--no-checkout", str(ROOT), str(clone), at=ROOT)
        git("config", "user.name", "study", at=clone)
        git("config", "user.email", "study@localhost", at=clone)
    update(clone, params)
    where = clone.relative_to(ROOT)
    print(f"study {name}: dvc repro in {where}", flush=True)
    environment = {"INTERFERENCE_RAW": str(ROOT / "data" / "raw"), **os.environ}
    status = subprocess.run(["dvc", "repro", *arguments], cwd=clone, env=environment).returncode
    commit(clone, f"The results of {name}")
    if status:
        sys.exit(status)
    print(
        f"\nstudy {name} is done:\n  report    {where}/data/report.html\n  figures   {where}/plots/figures/\n"
        f"  metrics   {where}/metrics/\n  vary it   cd {where} && dvc exp run -S optim.lr=0.05 && dvc metrics diff"
    )


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
