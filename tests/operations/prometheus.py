"""A real Prometheus that scrapes real processes, by the configuration in `deploy/`; and what it is asked."""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from shared.local.process import free_port
from shared.local.server import Server
from shared.local.stack import answers
from tests.conftest import skip_or_fail

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
ALERTS: Final = DEPLOY / "prometheus" / "alerts.yml"


def find(program: str) -> str:
    """The path of `prometheus` or `promtool`, or the test ends here."""
    found = shutil.which(program)
    if found is None:
        skip_or_fail("packages", f"there is no {program} on the PATH (Debian: prometheus)")
    return str(found)


class Prometheus:
    """One that runs at `url`."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/api/v1", trust_env=False)
        self.close = self._client.close

    def query(self, expression: str) -> list[dict[str, Any]]:
        """What it answers now: labels and values. One that it can't read fails."""
        answer = self._client.get("/query", params={"query": expression})
        assert answer.status_code == 200, f"{expression}: {answer.text}"
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        """The rules that it has loaded, with their health."""
        groups = self._client.get("/rules").json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def value(self, expression: str) -> float | None:
        """Of the first series, None where there is none."""
        found = self.query(expression)
        return float(found[0]["value"][1]) if found else None

    def await_value(self, expression: str, is_right: Callable[[float], bool]) -> None:
        """Wait half a minute at most for the next scrapes to tell it."""
        deadline = time.monotonic() + 30
        while (value := self.value(expression)) is None or not is_right(value):
            assert time.monotonic() < deadline, f"{expression} is {value}"
            time.sleep(0.2)


@contextlib.contextmanager
def running_prometheus(folder: Path, ports: Mapping[str, int]) -> Iterator[Prometheus]:
    """Run one with `deploy/prometheus`, but that each job of `ports` is at a port of this machine, every second."""
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(ALERTS)]
    kept = [job for job in config["scrape_configs"] if job["job_name"] in ports]
    assert len(kept) == len(ports)
    for job in kept:
        del job["dns_sd_configs"]
        job["static_configs"] = [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}]
    config["scrape_configs"] = kept
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    options = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}"]
    server = Server(
        "Prometheus",
        [
            find("prometheus"),
            *(option.replace("=prom", f"={folder}/prom").replace("=data", f"={folder}/data") for option in options),
        ],
        log=folder / "prometheus.log",
        is_ready=lambda _process: answers(f"{url}/-/ready"),
        start_seconds=60,
        grace_seconds=1,
    )
    with server, contextlib.closing(Prometheus(url)) as prometheus:
        yield prometheus
