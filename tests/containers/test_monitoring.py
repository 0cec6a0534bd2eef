"""Prometheus and Grafana beside the compose file, and what Prometheus finds in Kubernetes."""

import json
from typing import Any, Final

import jsonschema
import pytest
import yaml

from services.recommender.settings import RecommenderSettings
from tests.containers.compose import ROOT, mounts
from tests.containers.dockerfile import SERVICES
from tests.containers.test_compose_file import SCHEMA
from tests.containers.test_deploy import container_of, only

PORT: Final = 9464


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "monitoring.yml").read_text(encoding="utf-8"))
    return found


def test_it_fits_the_compose_specification(content: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(content)


def test_every_service_tells_where_prometheus_asks(content: dict[str, Any]) -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    asked = {job["dns_sd_configs"][0]["names"][0]: job["dns_sd_configs"][0]["port"] for job in config["scrape_configs"]}

    assert asked == dict.fromkeys(SERVICES, PORT)
    for service in SERVICES:
        given = content["services"][service]["environment"]
        settings = RecommenderSettings.model_validate({k.removeprefix("MARQUEE_").lower(): v for k, v in given.items()})
        assert (settings.metrics_host, settings.metrics_port) == ("0.0.0.0", PORT)  # noqa: S104 - within its container
        assert "ports" not in content["services"][service]
        assert content["services"][service]["networks"] == ["watching"]


def test_grafana_alone_is_published_and_to_this_machine_alone(content: dict[str, Any]) -> None:
    published = {name: each["ports"] for name, each in content["services"].items() if "ports" in each}

    assert published == {"grafana": ["127.0.0.1:3000:3000"]}
    assert content["networks"]["watching"] == {"internal": True}
    assert content["services"]["grafana"]["environment"]["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_a_container_has_few_rights_and_what_it_reads_is_there(content: dict[str, Any], name: str) -> None:
    service = content["services"][name]
    files = [source for source in mounts(service).values() if source.startswith("./")]

    assert (service["cap_drop"], service["read_only"]) == (["ALL"], True)
    assert {"cpus", "memory", "pids"} == set(service["deploy"]["resources"]["limits"])
    assert files
    assert all((ROOT / file).exists() for file in files)


@pytest.mark.parametrize("service", SERVICES)
def test_kubernetes_says_where_a_pods_metrics_are(service: str) -> None:
    annotations = only("Deployment", service)["spec"]["template"]["metadata"]["annotations"]

    assert annotations == {"prometheus.io/scrape": "true", "prometheus.io/port": str(PORT)}
    assert {"name": "metrics", "containerPort": PORT} in container_of(service)["ports"]
    assert only("ConfigMap", "marquee")["data"]["MARQUEE_METRICS_PORT"] == str(PORT)
