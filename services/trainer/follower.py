"""A process that trains with another: `python -m services.trainer.follower PID FOLDER RANK PROCESSES THREADS DEVICE`.

`fitting.leader` starts it, and tells it on its standard input what to do. It ends when that closes, or with its
leader, whose id is PID.
"""

import os
import signal
import sys
from pathlib import Path

from services.trainer.environment import imports, share_cores
from shared.local.process import end_with_parent


def main() -> None:
    """Follow until the leader is gone."""
    leader, folder, rank, world, threads, device = sys.argv[1:]
    end_with_parent()
    if os.getppid() != int(leader):  # it died before this
        sys.exit(1)
    for number in (signal.SIGTERM, signal.SIGINT):  # where they are sent to all processes, the leader decides
        signal.signal(number, signal.SIG_IGN)
    share_cores()
    with imports():
        from services.trainer.fitting.following import follow
        from services.trainer.machine import settle

    settle(int(threads))
    follow(sys.stdin, Path(folder), int(rank), int(world), device)


if __name__ == "__main__":
    main()
