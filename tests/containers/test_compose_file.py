"""The compose file: what the specification allows, and what we ask of it beyond that."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import yaml

from services.ingest.settings import IngestSettings
from services.recommender.settings import RecommenderSettings
from services.trainer.settings import TrainerSettings
from shared.settings import QueueSettings
from tests.containers.compose import (
    COMPOSE_FILE,
    ROOT,
    MissingVariableError,
    interpolate,
    mounts,
    read_compose,
    seconds,
)
from tests.containers.dockerfile import SERVICES, Stage, read_stages

# The compose specification's schema, by the Compose Specification Authors, Apache-2.0; from compose-go 2.16.2.
SCHEMA: Final = Path(__file__).parent / "compose-spec.json"
SECRETS: Final = {
    "NEO4J_PASSWORD": "a-made-up-one",
    "REDIS_PASSWORD": "another-made-up-one",
    "MARQUEE_ADMIN_KEY": "a-made-up-one-of-many-more-characters",
}
SETTINGS: Final[Mapping[str, type[QueueSettings]]] = {
    "ingest": IngestSettings,
    "trainer": TrainerSettings,
    "recommender": RecommenderSettings,
}
ALL: Final = ("neo4j", "redis", *SERVICES, "proxy")
LONGEST_STOP_OF_A_WORKER_SECONDS: Final = 10.0  # `worker_soft_shutdown_timeout` of the queue


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services, with every variable at its default."""
    content: dict[str, Any] = read_compose(SECRETS)["services"]
    return content


def final_stage(service: str) -> Stage:
    return read_stages(service)[-1]


def test_it_fits_the_compose_specification() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))

    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8")))
    jsonschema.Draft202012Validator(schema).validate(read_compose(SECRETS))


def test_it_names_the_services_of_the_repository_and_what_they_need(services: dict[str, Any]) -> None:
    assert set(services) == set(ALL)
    for service in SERVICES:
        build = services[service]["build"]
        assert (ROOT / build["context"] / build["dockerfile"]).is_file()


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_secret_stops_with_words_that_say_how_to_make_it(name: str, value: str | None) -> None:
    variables = {**SECRETS, name: value} if value is not None else {k: v for k, v in SECRETS.items() if k != name}

    with pytest.raises(
        MissingVariableError, match=rf'{name}: .*"openssl rand -hex 24", and put {name}=... into .* .env'
    ):
        read_compose(variables)


def test_no_secret_has_a_default() -> None:
    text = COMPOSE_FILE.read_text(encoding="utf-8")
    defaults = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|TOKEN|_KEY)\w*):?-[^}]", text)  # an empty one is none
    written_out = re.findall(
        r"^\s*\w*(?:PASSWORD|AUTH|SECRET|TOKEN|_KEY)\w*:\s*(?!.*\$\{\w+:(?:\?|-\}))(.+)$", text, re.MULTILINE
    )

    assert (defaults, written_out) == ([], [])


def test_every_variable_is_told_to_the_operator() -> None:
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE_FILE.read_text(encoding="utf-8")))
    handed_on = {"PIP_INDEX_URL", "UV_DEFAULT_INDEX", "TORCH_INDEX", "TORCH_SHA256"}
    told = set(re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))

    assert (used | handed_on) - told == set()


def test_what_the_example_environment_says_is_the_default() -> None:
    used = re.findall(r"\$\{(\w+):-([^}]*)\}", COMPOSE_FILE.read_text(encoding="utf-8"))
    told = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))

    assert {name: default for name, default in used if name in told} == {
        name: told[name] for name, _ in used if name in told
    }
    assert {(name, default) for name, default in used if name not in told} == {
        ("MARQUEE_THREADS", "2"),  # a setting whose default is another without it
        ("MARQUEE_POSTERS_URL", ""),
        ("MARQUEE_TMDB_TOKEN", ""),
    }


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_that_it_fixes_is_one_of_the_service(services: dict[str, Any], service: str) -> None:
    given = {name: str(value) for name, value in services[service]["environment"].items()}
    fields = {name.removeprefix("MARQUEE_").lower(): value for name, value in given.items()}

    assert set(fields) <= set(SETTINGS[service].model_fields)
    settings = SETTINGS[service].model_validate(fields)
    assert settings.graph_url == "bolt://neo4j:7687"
    assert ("admin_key" in fields) is (service == "recommender")


@pytest.mark.parametrize("service", ALL)
def test_a_container_has_as_few_rights_as_it_can_do_with(services: dict[str, Any], service: str) -> None:
    content = services[service]

    assert content["cap_drop"] == ["ALL"]
    assert content["security_opt"] == ["no-new-privileges:true"]
    assert content["read_only"] is (service != "neo4j"), "Neo4j's start script writes its configuration"
    assert not content.get("privileged")
    user = final_stage(service).last("USER").rest if service in SERVICES else content.get("user", "set by the image")
    assert not user.startswith(("0", "root"))


@pytest.mark.parametrize("service", ALL)
def test_a_container_is_bounded(services: dict[str, Any], service: str) -> None:
    limits = services[service]["deploy"]["resources"]["limits"]

    assert {"cpus", "memory", "pids"} == set(limits)
    assert float(limits["cpus"]) <= 2, "Docker refuses more than the machine has"
    assert services[service]["logging"]["options"]["max-size"]
    assert services[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", ALL)
def test_a_container_has_a_health_check(services: dict[str, Any], service: str) -> None:
    if service in SERVICES:
        assert final_stage(service).all("HEALTHCHECK")
    else:
        assert services[service]["healthcheck"]["test"][0] == "CMD"


def test_what_is_needed_is_healthy_before_what_needs_it(services: dict[str, Any]) -> None:
    healthy = {"condition": "service_healthy"}

    assert services["proxy"]["depends_on"] == {"recommender": healthy}
    for service in SERVICES:
        assert services[service]["depends_on"] == {"neo4j": healthy, "redis": healthy}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_be_scaled(services: dict[str, Any], service: str) -> None:
    content = services[service]

    assert "container_name" not in content
    assert "ports" not in content
    assert "hostname" not in content


def test_the_proxy_alone_is_published_and_to_this_machine_alone(services: dict[str, Any]) -> None:
    published = {name: content["ports"] for name, content in services.items() if "ports" in content}

    assert published == {"proxy": ["127.0.0.1:8000:8000"]}
    assert services["proxy"]["environment"]["LISTEN"] == ":8000"


def test_a_container_reaches_only_what_it_needs(services: dict[str, Any]) -> None:
    networks = read_compose(SECRETS)["networks"]
    inside = {name for name, content in networks.items() if content and content["internal"]}

    assert inside == {"stores", "recommenders"}
    assert {name: set(content["networks"]) for name, content in services.items()} == {
        "neo4j": {"stores"},
        "redis": {"stores"},
        "ingest": {"stores", "downloads"},
        "trainer": {"stores"},
        "recommender": {"stores", "recommenders"},
        "proxy": {"recommenders", "public"},
    }


def test_what_must_last_lies_in_a_volume_that_replicas_share(services: dict[str, Any]) -> None:
    volumes = set(read_compose(SECRETS)["volumes"])
    lasting = {name: mounts(content).get("/data") for name, content in services.items()}

    assert lasting == {
        "neo4j": "neo4j-data",
        "redis": "redis-data",
        "ingest": "ingest-data",
        "trainer": "trainer-data",
        "recommender": None,
        "proxy": None,
    }
    assert {source for content in services.values() for source in mounts(content).values()} >= volumes
    for service in ("ingest", "trainer"):
        assert final_stage(service).last("VOLUME").words() == ["/data"]
        assert services[service]["environment"]["MARQUEE_DATA_DIR"] == "/data"


def test_every_file_that_is_mounted_is_in_the_repository(services: dict[str, Any]) -> None:
    files = {source for content in services.values() for source in mounts(content).values() if source.startswith("./")}

    assert files == {
        "./deploy/haproxy/haproxy.cfg",
        "./deploy/redis/start.sh",
        "./import",
    }  # the last is the operator's
    assert all((ROOT / source).is_file() for source in files - {"./import"})


@pytest.mark.parametrize("service", ["ingest", "trainer"])
def test_a_worker_has_time_to_end_in_order(services: dict[str, Any], service: str) -> None:
    assert seconds(services[service]["stop_grace_period"]) >= 2 * LONGEST_STOP_OF_A_WORKER_SECONDS


def test_redis_keeps_what_it_was_told(services: dict[str, Any]) -> None:
    command = services["redis"]["command"]

    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert command[command.index("--dir") + 1] in mounts(services["redis"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${SET}", "value"),
        ("$SET and $$SET", "value and $SET"),
        ("${EMPTY:-default} ${EMPTY-default}", "default "),
        ("${UNSET:-default} ${UNSET-}", "default "),
        ("a/${SET:?it is needed}", "a/value"),
    ],
)
def test_variables_are_put_in_as_compose_does(text: str, expected: str) -> None:
    assert interpolate(text, {"SET": "value", "EMPTY": ""}) == expected
