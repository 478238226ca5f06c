"""Work spread over a Ray cluster: what all tasks share is sent once, a lost worker's task is done again."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from interference.errors import BadInput, one_of

ENGINES = ("auto", "local", "ray")
RETRIES = 5  # of a task whose worker was lost
T = TypeVar("T")


def wanted(engine: str) -> bool:
    """Whether Ray is to be used: as asked, or with `auto` where RAY_ADDRESS names a cluster."""
    if engine not in ENGINES:
        raise one_of("engine", engine, ENGINES)
    return engine == "ray" or (engine == "auto" and bool(os.environ.get("RAY_ADDRESS")))


def each(
    function: Callable[..., T],
    shared: Mapping[str, Any],
    tasks: Sequence[Mapping[str, str]],
    own: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[int, T]]:
    """The numbers of the tasks and their results, as they are done.

    A task's keywords name what it takes of `shared`, which lies in the cluster's object store once; `own` are its
    other keywords. It gets a GPU where the cluster has any, else a CPU core. The cluster is that of RAY_ADDRESS, or
    one of this machine. Raises `BadInput` where Ray is not installed or not reached.
    """
    ray = _connected()
    held = {name: ray.put(value) for name, value in shared.items()}
    gpus = 1 if ray.cluster_resources().get("GPU") else 0
    remote = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=RETRIES)(function)
    waiting = {
        remote.remote(**{key: held[name] for key, name in task.items()}, **more): number
        for number, (task, more) in enumerate(zip(tasks, own, strict=True))
    }
    try:
        while waiting:
            for done in ray.wait(list(waiting))[0]:
                yield waiting.pop(done), ray.get(done)
    finally:
        ray.shutdown()


def _connected() -> Any:
    try:
        import ray  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise BadInput("engine: ray is not installed; pip install 'interference[ray]'") from error
    code = {"py_modules": [str(Path(__file__).parents[1])]}  # this checkout's, on every node
    try:
        ray.init(
            runtime_env=code,
            log_to_driver=False,
            logging_level=logging.ERROR,
            include_dashboard=False,
        )
    except (ConnectionError, ValueError) as error:
        raise BadInput(
            f"engine: no Ray cluster at RAY_ADDRESS {os.environ.get('RAY_ADDRESS')!r} "
            f"({str(error).splitlines()[0]})"
        ) from error
    return ray
