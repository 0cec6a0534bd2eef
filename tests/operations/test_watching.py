"""What can be seen of a real recommender, a real ingest worker and a job: metrics, log lines, traces, all at once."""

import contextlib
import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from services.ingest.job import STAGES
from shared.graph.sqlite import SqliteGraph
from shared.local.process import free_port
from shared.local.server import Server
from shared.local.stack import service, url_of
from tests.operations.collector import Collector, Span, running_collector
from tests.operations.prometheus import ALERTS, DEPLOY, Prometheus, find, running_prometheus
from tests.operations.test_backup import USERS, fill

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

REQUEST = "order-66"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CLIENT_SPAN = "00f067aa0ba902b7"
LIKE = {"type": "like", "userId": USERS[0], "movieId": "star-wars-1977"}
NOTHING_TO_TELL = {"Progress"}
"""Panels that are empty where nothing runs."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A recommender and a worker that have answered, taken an event and done a job."""

    rest: httpx.Client
    prometheus: Prometheus
    collector: Collector
    services: dict[str, Server]
    job: dict[str, Any]


@pytest.fixture(scope="module")
def watched(redis_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    find("prometheus")
    folder = tmp_path_factory.mktemp("watching")
    with SqliteGraph(folder / "graph.db", timeout_seconds=10) as graph:
        fill(graph)
    ports = {"marquee-recommender": free_port(), "marquee-ingest": free_port()}
    with contextlib.ExitStack() as parts:
        collector = parts.enter_context(running_collector())
        environment = {
            "MARQUEE_GRAPH_URL": f"sqlite:{folder / 'graph.db'}",
            "MARQUEE_REDIS_URL": redis_server,
            "MARQUEE_DATA_DIR": str(folder / "data"),
            "MARQUEE_PORT": str(free_port()),
            "MARQUEE_ACCESS": "open",
            "MARQUEE_JOB_LEASE_SECONDS": "2",
            "MARQUEE_LOG_FORMAT": "json",
            "MARQUEE_TRACING": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        services = {}
        for command, port in zip(("recommender", "ingest-worker"), ports.values(), strict=True):
            own = {**environment, "MARQUEE_METRICS_PORT": str(port)}
            services[command] = service(command, own, logs=folder, grace_seconds=2)
            services[command].begin()
            parts.callback(services[command].stop)
        prometheus = parts.enter_context(running_prometheus(folder, ports))
        for each in services.values():
            each.await_ready()
        rest = parts.enter_context(httpx.Client(base_url=url_of(environment), trust_env=False, timeout=10))
        yield Watched(rest, prometheus, collector, services, use(rest, prometheus))


def use(rest: httpx.Client, prometheus: Prometheus) -> dict[str, Any]:
    """Everything that the figures count, before and after Prometheus has looked for the first time; returns a job."""

    def ask() -> None:
        for user in [*USERS, *USERS]:
            assert rest.get(f"/v1/users/{user}/recommendations").status_code == 200
        assert rest.get("/v1/nothing").status_code == 404
        assert rest.post("/v1/events", json=LIKE).status_code in (200, 202)

    ask()
    prometheus.await_value("marquee_events_taken_total", lambda taken: taken == 1)
    ask()
    sent = {"X-Request-Id": REQUEST, "traceparent": f"00-{TRACE}-{CLIENT_SPAN}-01"}
    answer = rest.post("/v1/jobs/ingest", json={"source": "sample"}, headers=sent)
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (202, REQUEST)
    job = answer.json()
    deadline = time.monotonic() + 60
    while job["state"] != "succeeded":
        assert time.monotonic() < deadline, job
        job = rest.get(f"/v1/jobs/{job['jobId']}").json()
        time.sleep(0.1)
    prometheus.await_value('marquee_job_seconds_count{kind="ingest",state="succeeded"}', lambda done: done == 1)
    prometheus.await_value("marquee_events_taken_total", lambda taken: taken == 2)
    # Of one sample there is no increase.
    prometheus.await_value("min(count_over_time(marquee_job_stage_seconds_total[1m]))", lambda samples: samples > 2)
    prometheus.await_value("sum(marquee_jobs_running)", lambda running: running == 0)
    return dict(job)


def test_requests_are_counted_by_route_method_and_status(watched: Watched) -> None:
    of_route = '{route="/v1/users/{userId}/recommendations",method="GET",status="2xx"}'

    assert watched.prometheus.value(f"marquee_requests_total{of_route}") == 4 * len(USERS)
    assert watched.prometheus.value('marquee_requests_total{route="none",status="4xx"}') == 2
    buckets = 'marquee_request_seconds_bucket{route="/v1/users/{userId}/recommendations",le="+Inf"}'
    assert watched.prometheus.value(buckets) == 4 * len(USERS)
    assert watched.prometheus.value("sum(marquee_history_lookups_total)") == 4 * len(USERS)
    assert watched.prometheus.value('marquee_history_lookups_total{result="miss"}') >= len(USERS)  # type: ignore[operator]


def test_a_job_in_a_process_of_its_own_is_counted_by_its_worker(watched: Watched) -> None:
    worker = '{job="marquee-ingest",kind="ingest"}'

    assert watched.prometheus.value(f"sum(marquee_job_seconds_count{worker})") == 1
    assert 0 < watched.prometheus.value(f"sum(marquee_job_seconds_sum{worker})") < 60  # type: ignore[operator]
    stages = watched.prometheus.query(f"marquee_job_stage_seconds_total{worker} > 0")
    assert {each["metric"]["stage"] for each in stages} <= set(STAGES)
    assert stages
    assert watched.prometheus.value('marquee_job_seconds_count{kind="ingest",state="failed"}') == 0


def test_what_the_graph_knows_is_told_by_both(watched: Watched) -> None:
    for figure in (
        "marquee_events_total",
        'marquee_jobs_waiting{kind="train"}',
        "marquee_graph_looked_timestamp_seconds",
    ):
        watched.prometheus.await_value(f"count({figure})", lambda services: services == 2)
    watched.prometheus.await_value("min(marquee_events_total)", lambda events: events == 2)
    assert watched.prometheus.query("marquee_served_version_info")[0]["metric"]["version"] == "v1"


def panels() -> list[Any]:
    dashboard = json.loads((DEPLOY / "grafana" / "marquee.json").read_text(encoding="utf-8"))
    return [
        pytest.param(panel["title"], target["expr"], id=f"{panel['title']}-{target['refId']}")
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]


@pytest.mark.parametrize(("title", "expression"), panels())
def test_a_panel_of_the_dashboard_has_something_to_show(watched: Watched, title: str, expression: str) -> None:
    found = watched.prometheus.query(expression.replace("$__rate_interval", "5m"))

    assert bool(found) is (title not in NOTHING_TO_TELL)


def alerts() -> list[Any]:
    (group,) = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [pytest.param(rule["expr"], id=rule["alert"]) for rule in group["rules"]]


@pytest.mark.parametrize("expression", alerts())
def test_an_alert_asks_for_what_there_is(watched: Watched, expression: str) -> None:
    watched.prometheus.query(expression)

    names = set(re.findall(r"\b(?:marquee|process)_\w+|\bup\b", re.sub(r"\"[^\"]*\"", "", expression)))
    assert names
    assert {name for name in names if not watched.prometheus.query(f"count({name})")} == set()


def test_no_alert_fires_for_what_is_well(watched: Watched) -> None:
    rules = watched.prometheus.rules()

    assert len(rules) == len(alerts())
    assert {rule["health"] for rule in rules} == {"ok"}
    fire = {rule["name"] for rule in rules for alert in rule["alerts"] if alert["state"] == "firing"}
    assert fire <= {"MarqueeVersionOld"}, "the version is from 1970"


def test_a_request_id_follows_the_job_into_its_workers_log(watched: Watched) -> None:
    lines = {
        name: [json.loads(line) for line in each.process.output().splitlines() if line]
        for name, each in watched.services.items()
    }

    assert watched.job["requestId"] == REQUEST
    assert [line["service"] for line in lines["recommender"] if line.get("requestId") == REQUEST] == ["recommender"]
    done = [line for line in lines["ingest-worker"] if line.get("jobId") == watched.job["jobId"]]
    assert {line.get("requestId") for line in done} == {REQUEST}
    assert any(line["message"].startswith("stage ") for line in done)
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines["ingest-worker"])


def test_the_request_the_job_and_its_stages_are_one_trace(watched: Watched) -> None:
    deadline = time.monotonic() + 10
    while not (jobs := spans(watched, "job ingest")):
        assert time.monotonic() < deadline, watched.collector.spans
        time.sleep(0.1)
    (job,) = jobs
    (request,) = spans(watched, "POST /v1/jobs/ingest")

    assert (request.service, request.trace, request.parent) == ("marquee-recommender", TRACE, CLIENT_SPAN)
    assert request.attributes["http.response.status_code"] == "202"
    assert (job.service, job.trace, job.parent) == ("marquee-ingest", TRACE, request.id)
    assert job.attributes["marquee.job.state"] == "succeeded"
    stages = [span for span in watched.collector.spans if span.parent == job.id]
    assert len(stages) >= 2
    assert {span.trace for span in stages} == {TRACE}


def spans(watched: Watched, name: str) -> list[Span]:
    return [span for span in watched.collector.spans if span.name == name]


def test_the_metrics_are_not_among_what_the_public_may_ask(watched: Watched) -> None:
    assert watched.rest.get("/metrics").status_code == 404


def test_alerts_fire_when_they_should_by_promtool(tmp_path: Path) -> None:
    rules = {
        "rule_files": [str(ALERTS)],
        "evaluation_interval": "1m",
        "tests": [
            firing("MarqueeDown", 'up{job="marquee-ingest",instance="a"}', "0x10"),
            firing("MarqueeGraphAway", 'marquee_graph_away{instance="a"}', "1x10"),
            firing("MarqueeWorkerHangs", 'marquee_worker_alive_timestamp_seconds{instance="a"}', "0x10"),
            firing("MarqueeJobAbandoned", 'marquee_job_lease_overdue_seconds{kind="train",instance="a"}', "300x10"),
            firing("MarqueeJobsFail", 'marquee_job_seconds_count{kind="train",state="failed"}', "0 0 0 1x10"),
            firing(
                "MarqueeErrors",
                'marquee_requests_total{job="r",status="5xx"}',
                "0+2x15",
                {'marquee_requests_total{job="r",status="2xx"}': "0+98x15"},
                minutes=12,
            ),
            firing(
                "MarqueeErrors",
                'marquee_requests_total{job="r",status="5xx"}',
                "0+1x15",
                {'marquee_requests_total{job="r",status="2xx"}': "0+198x15"},
                minutes=12,
                count=0,
            ),
        ],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump(rules), encoding="utf-8")

    done = subprocess.run(
        [find("promtool"), "test", "rules", str(tmp_path / "test.yml")], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def firing(
    alert: str, series: str, values: str, others: dict[str, str] | None = None, *, minutes: int = 8, count: int = 1
) -> dict[str, Any]:
    """One of promtool's tests: with these values an alert fires so many times."""
    given = {series: values, **(others or {})}
    expression = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)'
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": of_name} for name, of_name in given.items()],
        "promql_expr_test": [
            {"expr": expression, "eval_time": f"{minutes}m", "exp_samples": [{"labels": "{}", "value": count}]}
        ],
    }
