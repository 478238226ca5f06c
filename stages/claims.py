"""The paper's sentences, each checked on the tables of this study."""

import json
from pathlib import Path

from interference import atomic, claims, evidence, params
from stages import ParamsFile, run, say


def main(counts: Path, cctm: Path, grams: Path, surfaces: Path, verdicts: Path, metrics: Path,
         parameters: ParamsFile = Path("params.yaml")) -> None:
    """Check every claim on the tables of four folders and write the VERDICTS (CSV) and their figures (JSON)."""
    settings = params.load(parameters)
    found = evidence.gather(settings, counts=counts, cctm=cctm, grams=grams, surfaces=surfaces)
    judged = claims.check_all(claims.Evidence(**found, settings=settings.claims, runs=frozenset(settings.runs)))
    atomic.write_text(verdicts, claims.as_frame(judged).to_csv(index=False))
    atomic.write_text(metrics, json.dumps(claims.as_metrics(judged), indent=2) + "\n")
    for one in judged:
        say(f"{one.verdict:12} {one.id}: {one.measured}")


if __name__ == "__main__":
    run(main)
