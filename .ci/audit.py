"""`python .ci/audit.py FILE…`: known holes of locked packages, where the audit's data can be reached."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

_PROBE: Final = "click"  # every lock of a service has it
_SECONDS: Final = 20  # for the probe; whoever needs longer for one package can't ask for two hundred


def main(files: list[str]) -> int:
    """Print what was found; 1 where a package has a known hole."""
    pins = sorted({line for file in files for line in _pins(Path(file))})
    found = _audit(pins) if _is_reachable(pins) else None
    if found is None:
        print("The audit of dependencies is left out: its data can't be reached from here.")
        return 0
    holes = [(package, hole) for package in found["dependencies"] for hole in package.get("vulns", ())]
    for package, hole in holes:
        mended = ", ".join(hole["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {hole['id']}, mended in {mended}")
    if not holes:
        print("The locked packages have no known holes.")
    return 1 if holes else 0


def _is_reachable(pins: list[str]) -> bool:
    """Whether something is known of a package that everybody uses."""
    found = _audit([pin for pin in pins if pin.startswith(f"{_PROBE}==")], seconds=_SECONDS)
    return found is not None and all("vulns" in package for package in found["dependencies"])


def _audit(pins: list[str], *, seconds: float | None = None) -> dict[str, Any] | None:
    """What pip-audit tells of pinned packages; None where it can't."""
    command = [Path(sys.executable).with_name("pip-audit"), "--disable-pip", "--no-deps", "--progress-spinner", "off"]
    try:
        done = subprocess.run(
            [*command, "--format", "json", "--timeout", "5", "--requirement", "/dev/stdin"],
            input="\n".join(pins),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    return found


def _pins(file: Path) -> list[str]:
    """The lines `name==version`, without hashes and conditions."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line.partition(" ")[0] for line in lines if line[:1].isalnum() and "==" in line]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
