"""Turns between real processes."""

import subprocess
import sys

from services.trainer.turn import Turn

_HOLD = """
import os, sys, time
from services.trainer.turn import Turn

turn = Turn()
child = os.fork()
if child == 0:
    with turn.take() as is_ours:
        print(f"child {is_ours}", flush=True)
        time.sleep(60)
sys.stdin.readline()
with turn.take() as is_ours:
    print(f"parent {is_ours}", flush=True)
os.kill(child, 9)
os.waitpid(child, 0)
with turn.take() as is_ours:
    print(f"parent {is_ours}", flush=True)
"""


def test_of_the_processes_of_a_worker_one_has_the_turn_and_a_killed_one_leaves_it() -> None:
    process = subprocess.Popen([sys.executable, "-c", _HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None

    first = process.stdout.readline()  # the child holds it now
    rest, _ = process.communicate("go on\n", timeout=60)

    assert (first, rest) == ("child True\n", "parent False\nparent True\n")


def test_workers_have_turns_of_their_own() -> None:
    with Turn().take() as one, Turn().take() as other:
        assert (one, other) == (True, True)
