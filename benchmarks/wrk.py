"""wrk as the load generator: in C, so that on a core of its own it is never what is measured.

Debian's package `wrk`. It asks over kept-alive connections, each again as soon as it is answered.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.load import Load
from shared.errors import InvalidInputError

_SCRIPT: Final = """
local paths, turn = {}, 0
for path in io.lines("%s") do paths[#paths + 1] = path end
request = function()
  turn = turn %% #paths + 1
  return wrk.format("GET", paths[turn])
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"answers": %%d, "seconds": %%f, "p50": %%f, "p99": %%f, "failed": %%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def wrk(url: str, paths: Sequence[str], *, connections: int, seconds: float) -> Load:
    """Ask for `paths` in turn over `connections` at once for `seconds`, from this process's cores.

    Raises:
        InvalidInputError: wrk is not installed.
        RuntimeError: an answer was not 2xx, or did not come.
    """
    if shutil.which("wrk") is None:
        raise InvalidInputError("There is no wrk, which this measures with. Install it (Debian: the package wrk).")
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder) / "paths", Path(folder) / "ask.lua"
        listed.write_text("\n".join(paths) + "\n", encoding="utf-8")
        script.write_text(_SCRIPT % listed, encoding="utf-8")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(script), url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    if found["failed"]:
        raise RuntimeError(f"{found['failed']} of {found['answers']} requests failed, of those as {paths[0]}")
    return Load(found["answers"] / found["seconds"], found["p50"], found["p99"])
