"""What pyproject.toml cannot say: the stages are installed inside the package, since `stages` is
anybody's name.
"""

from setuptools import find_packages, setup

STAGES = "interference.program.stages"

setup(packages=[*find_packages("src"), STAGES], package_dir={"": "src", STAGES: "stages"})
