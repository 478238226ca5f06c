"""A `python` and an `interference` for what DVC starts: stages as forks that have PyTorch already.

Both lie in a folder that comes first on the path of a DVC that a test calls. They ask this process
to fork the program (`tests.forks`), wait for it, and end as it ended. All but the project's own
stages are run by Python itself.
"""

import json
import os
import socket
import socketserver
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path

from tests import forks

PYTHON = """#!{python} -IS
import json
import os
import socket
import sys

arguments = sys.argv[1:]
options = arguments[: arguments.index("-m")] if "-m" in arguments else None
module = arguments[len(options) + 1] if options in ([], ["-P"]) else ""
if module.split(".")[0] != "stages":
    os.execv("{python}", ["{python}", *arguments])
with socket.socket(socket.AF_UNIX) as server:
    server.connect("{address}")
    message = json.dumps([["python", *arguments], os.getcwd(), dict(os.environ)])
    socket.send_fds(server, [message.encode()], [0, 1, 2])
    server.shutdown(socket.SHUT_WR)
    status = int(server.makefile().read())
if status < 0:
    os.kill(os.getpid(), -status)
sys.exit(status)
"""
INTERFERENCE = """#!{python}
import sys

sys.executable = "{folder}/python"
from interference.console import main

main()
"""


class Call(socketserver.BaseRequestHandler):
    """A call of `python`: its arguments, folder and environment, and where it reads and writes."""

    request: socket.socket

    def handle(self) -> None:
        """Run the program to its end; answer its exit status."""
        message, descriptors, *_ = socket.recv_fds(self.request, 2**16, 3)
        while part := self.request.recv(2**16):
            message += part
        words, folder, environment = json.loads(message)
        process = forks.start(words, Path(folder), environment, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        process.join()
        self.request.sendall(str(process.exitcode).encode())


@cache
def folder() -> Path:
    """The folder of the two programs, which this process serves until it ends."""
    place = tempfile.TemporaryDirectory(prefix="stages-")
    path = Path(place.name)
    server = socketserver.UnixStreamServer(str(path / "socket"), Call)
    server.place = place  # kept as long as the server
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, text in (("python", PYTHON), ("interference", INTERFERENCE)):
        program = path / name
        program.write_text(text.format(python=sys.executable, address=path / "socket", folder=path))
        program.chmod(0o755)
    return path
