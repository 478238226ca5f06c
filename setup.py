"""What pyproject.toml cannot say: the stages and the pipeline are installed inside the package,
since `stages` is anybody's name and a wheel has no place for dvc.yaml.
"""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

STAGES = "interference.program.stages"
PIPELINE = ("dvc.yaml", "params.yaml", "studies/*.yaml", ".dvc/plots/*.json")


class BuildWithPipeline(build_py):
    """Builds the package with the pipeline's files in `interference/program/project`."""

    def run(self):
        """Build, then copy the files."""
        super().run()
        if self.editable_mode:
            return
        project = Path(self.build_lib, "interference", "program", "project")
        for pattern in PIPELINE:
            for file in Path().glob(pattern):
                (project / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, project / file)


setup(
    packages=[*find_packages("src"), STAGES],
    package_dir={"": "src", STAGES: "stages"},
    cmdclass={"build_py": BuildWithPipeline},
)
