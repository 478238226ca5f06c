"""Run a study: the same dvc.yaml with other parameters, in a clone of its own.

    python studies/run.py NAME [ARGUMENTS OF DVC REPRO]

The clone lies in `.studies/NAME` (ignored by git), at the last commit of the checkout, with
studies/NAME.yaml as its params.yaml. It shares the checkout's DVC cache and raw data, runs its own
code, and commits its results, so that experiments there can be compared with them. The checkout is
not changed. A second call updates the clone, keeps its results, and runs only what changed; your
own work in the clone is kept as the branch `earlier`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUDIES = ROOT / "studies"
RESULTS = ("dvc.lock", "inputs", "metrics", "plots")  # the results of a repro that git keeps


def git(*arguments: str, at: Path) -> str:
    """Run git in a folder.

    Args:
        arguments: The arguments of git.
        at: The folder.

    Returns:
        Its output.
    """
    command = ["git", *arguments]
    completed = subprocess.run(command, cwd=at, check=True, text=True, stdout=subprocess.PIPE)
    return completed.stdout.strip()


def update(clone: Path, params: Path) -> None:
    """Bring the clone to the checkout's last commit, with the study's parameters and results.

    If neither the commit nor the parameters have changed, the clone stays as it is, with your own
    commits.

    Args:
        clone: The clone.
        params: The study's parameters.
    """
    git("fetch", "--quiet", "origin", "HEAD", at=clone)
    # The study's last commit; empty in a new clone.
    before = git("for-each-ref", "--format=%(objectname)", "refs/heads/study", at=clone)
    if before and is_up_to_date(clone, params):
        return
    if before:
        commit(clone, "Work left uncommitted")
        git("branch", "--force", "earlier", at=clone)
    git("checkout", "--quiet", "--force", "-B", "study", "FETCH_HEAD", at=clone)
    for path in results("HEAD", clone):  # results of the checkout's params.yaml, not of this study
        git("rm", "--quiet", path, at=clone)
    if before and results(before, clone):
        git("checkout", "--quiet", before, "--", *results(before, clone), at=clone)
    shutil.copyfile(params, clone / "params.yaml")
    (clone / ".dvc" / "config.local").write_text(f"[cache]\n    dir = {ROOT / '.dvc' / 'cache'}\n")
    commit(clone, f"The parameters of {params.stem}")


def is_up_to_date(clone: Path, params: Path) -> bool:
    """Whether the clone holds the checkout's last commit and the study's current parameters.

    Args:
        clone: The clone, which has fetched the checkout's last commit.
        params: The study's parameters.
    """
    newest = git("rev-parse", "FETCH_HEAD", at=clone)
    has_newest = newest == git("merge-base", "HEAD", newest, at=clone)
    return has_newest and params.read_bytes() == (clone / "params.yaml").read_bytes()


def results(revision: str, clone: Path) -> list[str]:
    """The files of a revision that a repro writes, without the READMEs of their folders.

    Args:
        revision: The revision.
        clone: The clone.

    Returns:
        Their paths.
    """
    paths = git("ls-tree", "-r", "--name-only", revision, *RESULTS, at=clone).splitlines()
    return [path for path in paths if not path.endswith("README.md")]


def commit(clone: Path, message: str) -> None:
    """Commit the changes in the clone, if there are any.

    Args:
        clone: The clone.
        message: The message of the commit.
    """
    git("add", "--all", at=clone)
    if git("status", "--porcelain", at=clone):
        git("commit", "--quiet", "--no-verify", "--message", message, at=clone)


def findings(clone: Path) -> list[str]:
    """A line about each run: how many test images are wrong, and which classes it confuses most.

    Args:
        clone: The clone of a finished study.

    Returns:
        The lines, by the names of the runs.
    """
    import numpy as np

    from interference.confusion.by_epoch import test_counts
    from interference.io import tables

    folder = clone / "data" / "cctm"
    if not folder.is_dir():  # only some stages were run
        return []
    lines = []
    for run, table in sorted(tables.read_folder(folder, "cctm").items()):
        counts = test_counts(table)  # (C, C)
        errors = counts.sum() - np.trace(counts)
        line = f"{run}: {errors:,} of {counts.sum():,} test images are wrong"
        if not errors:
            lines.append(line)
            continue
        both_ways = np.triu(counts + counts.T, 1)
        a, b = np.unravel_index(both_ways.argmax(), both_ways.shape)
        first, second = table.classes.labels[a], table.classes.labels[b]
        lines.append(f"{line}; {both_ways[a, b]:,} of these errors confuse {first} and {second}")
    return lines


def main(name: str, *arguments: str) -> None:
    """Update the clone, run its pipeline, commit the results, and print where they are.

    Args:
        name: The study's name.
        arguments: The arguments of `dvc repro`.
    """
    params = STUDIES / f"{name}.yaml"
    clone = ROOT / ".studies" / name
    known = sorted(path.stem for path in STUDIES.glob("*.yaml"))
    if name not in known:
        sys.exit(f"study: found {name!r}, allowed: {', '.join(known)}")
    if git("status", "--porcelain", "--", "stages", "src", "dvc.yaml", at=ROOT):
        print(
            "study: found uncommitted changes of the code, which the study leaves out; commit them "
            "to include them",
            flush=True,
        )
    if not clone.exists():
        git("clone", "--quiet", "--no-checkout", str(ROOT), str(clone), at=ROOT)
        git("config", "user.name", "study", at=clone)
        git("config", "user.email", "study@localhost", at=clone)
    update(clone, params)
    folder = clone.relative_to(ROOT)
    print(f"study {name}: dvc repro in {folder}", flush=True)
    environment = {"INTERFERENCE_RAW": str(ROOT / "data" / "raw"), **os.environ}
    completed = subprocess.run(["dvc", "repro", *arguments], cwd=clone, env=environment)
    commit(clone, f"The results of {name}")
    if completed.returncode:
        sys.exit(completed.returncode)
    print(f"\nstudy {name} is done:", *findings(clone), sep="\n  ")
    print(
        f"  report    {folder}/data/report.html\n"
        f"  figures   {folder}/plots/figures/\n"
        f"  metrics   {folder}/metrics/\n"
        f"  vary it   cd {folder} && dvc exp run -S optim.lr=0.05 && dvc metrics diff"
    )


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
