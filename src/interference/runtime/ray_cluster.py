"""Tasks that run on a Ray cluster.

Objects that all tasks share are sent once, and the task of a lost worker is done again.
"""

import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from interference import extras
from interference.errors import BadInput, in_one_line, one_of

ENGINES = ("auto", "local", "ray")
RETRIES = 5  # how often a task is done again after its worker was lost
PATIENCE = 5  # seconds within which a cluster has to accept a connection, and then to answer
# A client of gRPC, which Ray speaks, greets with these bytes: the start of HTTP/2 and its settings.
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
FRAME_BYTES = 9  # of the head of an HTTP/2 frame
SETTINGS = 4  # the kind of the frame that a server answers with, the fourth byte of its head
T = TypeVar("T")


@dataclass(frozen=True)
class Workers:
    """The processes of a cluster that run tasks.

    Attributes:
        cores: The CPU cores of each.
        variables: Environment variables of each. With PYTHONPATH among them the workers import the
            code from there, a new process runs each task, and its output is shown here. Otherwise
            the package's code is sent to them.
    """

    cores: int = 1
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def have_code(self) -> bool:
        """Whether the workers import the code from a folder that they see."""
        return "PYTHONPATH" in self.variables


def uses_ray(engine: str) -> bool:
    """Whether an engine is Ray.

    Args:
        engine: `local`, `ray`, or `auto`: Ray if RAY_ADDRESS names a cluster.

    Raises:
        BadInput: The engine is unknown.
    """
    if engine not in ENGINES:
        raise one_of("engine", engine, ENGINES)
    return engine == "ray" or (engine == "auto" and bool(os.environ.get("RAY_ADDRESS")))


def run_tasks(
    function: Callable[..., T],
    shared: Mapping[str, Any],
    tasks: Sequence[Mapping[str, str]],
    own: Sequence[Mapping[str, Any]],
    workers: Workers = Workers(),
    lost: Callable[[str], T] | None = None,
) -> Iterator[tuple[int, T]]:
    """Call a function once for each task, on the cluster of RAY_ADDRESS or on this machine.

    A task gets its CPU cores, and a GPU if the cluster has any.

    Args:
        function: The function.
        shared: Objects by name, which the cluster's object store holds once.
        tasks: For each task the names of shared objects, by the keyword that receives them.
        own: For each task its other keyword arguments.
        workers: The processes that run the tasks.
        lost: Makes the result of a task whose workers were lost too often, from Ray's reason.
            Without it such a task ends the others too.

    Yields:
        The number of each task and its result, in the order in which they are finished.

    Raises:
        BadInput: Ray is not installed, the cluster cannot be reached, or no machine of it has as
            many cores as a task needs.
    """
    ray = _connect(workers)
    stored = {name: ray.put(value) for name, value in shared.items()}
    options = {
        "num_cpus": workers.cores,
        "num_gpus": 1 if ray.cluster_resources().get("GPU") else 0,
        "max_retries": RETRIES,
    }
    if workers.have_code:
        options["max_calls"] = 1
    remote = ray.remote(**options)(function)
    waiting = {}
    for number, (task, own_arguments) in enumerate(zip(tasks, own, strict=True)):
        arguments = {keyword: stored[name] for keyword, name in task.items()}
        waiting[remote.remote(**arguments, **own_arguments)] = number
    try:
        while waiting:
            for done in ray.wait(list(waiting))[0]:
                try:
                    result = ray.get(done)
                except ray.exceptions.RayError as error:
                    if lost is None:
                        raise
                    result = lost(in_one_line(error))
                yield waiting.pop(done), result
    finally:
        ray.shutdown()


def _connect(workers: Workers) -> Any:
    """The module `ray`, connected to the cluster of RAY_ADDRESS, else to one of its own.

    Without an address Ray would join whatever cluster a file in a shared temporary folder names.

    Args:
        workers: The processes that will run the tasks.

    Raises:
        BadInput: Ray is not installed, the cluster cannot be reached, or it is too small.
    """
    os.environ.setdefault("RAY_DEDUP_LOGS", "0")  # every line of a task's output is shown
    try:
        import ray  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise BadInput(f"engine: {extras.hint(error)}") from error
    address = os.environ.get("RAY_ADDRESS") or "local"
    _check_reachable(address)
    # Every node runs the code of this checkout.
    code = {"py_modules": [str(Path(__file__).parents[1])]}
    environment = {"env_vars": dict(workers.variables)} if workers.have_code else code
    try:
        ray.init(
            address=address,
            runtime_env=environment,
            log_to_driver=workers.have_code,
            logging_level=logging.ERROR,
            include_dashboard=False,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"engine: no Ray cluster at RAY_ADDRESS {address!r} ({reason})") from error
    nodes = ray.nodes()  # type: ignore[no-untyped-call,unused-ignore]
    most = max(node["Resources"].get("CPU", 0) for node in nodes)
    if workers.cores > most:
        ray.shutdown()
        raise BadInput(
            f"cores: found {workers.cores}, allowed: 1 to {most:.0f}, the cores of the largest "
            "machine of the cluster"
        )
    return ray


def _check_reachable(address: str) -> None:
    """Check that a cluster's address answers as Ray does, since Ray itself tries for many minutes.

    Args:
        address: An address of the form `host:port` or `ray://host:port`; others are not checked.

    Raises:
        BadInput: Nothing answers there, or another program.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdecimal():
        return
    try:
        with socket.create_connection((host.strip("[]"), int(port)), PATIENCE) as connection:
            is_ray = _is_encrypted() or _speaks_grpc(connection)
    except (OSError, OverflowError) as error:
        raise BadInput(f"engine: no Ray cluster at RAY_ADDRESS {address!r} ({error})") from error
    if not is_ray:
        raise BadInput(
            f"engine: no Ray cluster at RAY_ADDRESS {address!r} (another program answers there)"
        )


def _is_encrypted() -> bool:
    """Whether Ray is told to encrypt its connections, so that the greeting would not be read."""
    return os.environ.get("RAY_USE_TLS", "0").lower() in ("1", "true")


def _speaks_grpc(connection: socket.socket) -> bool:
    """Whether a server answers a greeting as one of gRPC does."""
    connection.sendall(GREETING)
    head = connection.recv(FRAME_BYTES, socket.MSG_WAITALL)
    return len(head) == FRAME_BYTES and head[3] == SETTINGS
