"""Nothing connects, reads the environment or starts a thread at import."""

import os
import subprocess
import sys
from pathlib import Path

IMPORT_ALL = """
import importlib, pkgutil, socket, sys, threading

def refuse(*args, **kwargs):
    raise AssertionError(f"a module connected at import: {args}")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import marquee, services, shared

roots = (marquee, services, shared)
names = [m.name for root in roots for m in pkgutil.walk_packages(root.__path__, f"{root.__name__}.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
others = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
assert not others, others
"""


def test_every_module_can_be_imported_with_an_empty_environment_and_no_network(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", IMPORT_ALL],
        env={"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1])]), "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 40
    assert sorted(tmp_path.iterdir()) == [], "a module wrote a file at import"
