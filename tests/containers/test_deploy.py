"""The Kubernetes manifests: what the API's schema allows, and that they fit the images and the settings."""

from collections.abc import Mapping
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml

from services.ingest.settings import IngestSettings
from services.recommender.settings import RecommenderSettings
from services.recommender.web import create_app
from services.trainer.settings import TrainerSettings
from shared.graph import Graph
from shared.settings import QueueSettings
from tests.containers.compose import ROOT
from tests.containers.dockerfile import SERVICES, read_stages

FOLDER: Final = ROOT / "deploy" / "kubernetes"
VERSION: Final = "1.30"  # the oldest that is asked for; what it knows, later ones know
SETTINGS: Final[Mapping[str, type[QueueSettings]]] = {
    "ingest": IngestSettings,
    "trainer": TrainerSettings,
    "recommender": RecommenderSettings,
}
SECRET_KEYS: Final = {"MARQUEE_GRAPH_PASSWORD", "MARQUEE_REDIS_URL", "MARQUEE_REDIS_SENTINEL_PASSWORD"}


def kustomization() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
    return content


def manifests() -> list[dict[str, Any]]:
    texts = [(FOLDER / name).read_text(encoding="utf-8") for name in kustomization()["resources"]]
    return [document for text in texts for document in yaml.safe_load_all(text)]


def only(kind: str, name: str) -> dict[str, Any]:
    (found,) = (each for each in manifests() if (each["kind"], each["metadata"]["name"]) == (kind, name))
    return found


def pod_of(service: str) -> dict[str, Any]:
    pod: dict[str, Any] = only("Deployment", service)["spec"]["template"]["spec"]
    return pod


def container_of(service: str) -> dict[str, Any]:
    (container,) = pod_of(service)["containers"]
    found: dict[str, Any] = container
    return found


def test_every_manifest_is_part_of_the_kustomization() -> None:
    lying_there = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}

    assert set(kustomization()["resources"]) == lying_there
    assert {image["name"] for image in kustomization()["images"]} == {f"marquee-{service}" for service in SERVICES}


@pytest.mark.parametrize("manifest", manifests(), ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_a_manifest_fits_the_schema(manifest: dict[str, Any]) -> None:
    assert kubernetes_validate.validate(manifest, VERSION, strict=True)


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_has_as_few_rights_as_it_can_do_with(service: str) -> None:
    user = int(read_stages(service)[-1].last("USER").rest.partition(":")[0])

    assert pod_of(service)["securityContext"].items() >= {"runAsNonRoot": True, "runAsUser": user}.items()
    assert pod_of(service)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod_of(service)["automountServiceAccountToken"] is False
    assert container_of(service)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_is_bounded_and_can_write_where_its_image_does(service: str) -> None:
    container = container_of(service)
    written = {"/tmp", *(v for one in read_stages(service)[-1].all("VOLUME") for v in one.words())}  # noqa: S108

    assert container["image"] == f"marquee-{service}"
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in container["resources"]["limits"]
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == written
    assert {mount["name"] for mount in container["volumeMounts"]} == {
        each["name"] for each in pod_of(service)["volumes"]
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_gets_settings_that_its_service_has(service: str) -> None:
    container = container_of(service)
    known = {f"MARQUEE_{name.upper()}" for name in SETTINGS[service].model_fields}
    own = {each["name"] for each in container.get("env", ())}

    assert container["envFrom"] == [{"configMapRef": {"name": "marquee"}}, {"secretRef": {"name": "marquee"}}]
    assert own | set(only("ConfigMap", "marquee")["data"]) | SECRET_KEYS <= known
    assert not {*SECRET_KEYS, "MARQUEE_ADMIN_KEY"} & set(only("ConfigMap", "marquee")["data"])
    assert pod_of(service)["enableServiceLinks"] is False, "a service called marquee would set MARQUEE_PORT"


def test_the_readme_names_every_secret() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert {key for key in SECRET_KEYS if f"{key}=" in text} == SECRET_KEYS


def test_the_recommenders_alone_get_the_admin_key() -> None:
    reference = {"name": "marquee-recommender", "key": "MARQUEE_ADMIN_KEY"}
    given = {"name": "MARQUEE_ADMIN_KEY", "valueFrom": {"secretKeyRef": reference}}

    assert [service for service in SERVICES if given in container_of(service).get("env", ())] == ["recommender"]
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "secret generic marquee-recommender" in text
    assert "--from-literal=MARQUEE_ADMIN_KEY=" in text


@pytest.mark.parametrize("worker", ["ingest", "trainer"])
def test_a_worker_is_asked_as_in_its_image(worker: str) -> None:
    health_check = read_stages(worker)[-1].last("HEALTHCHECK").rest

    assert '", "'.join(container_of(worker)["livenessProbe"]["exec"]["command"]) in health_check
    claims = [
        each["persistentVolumeClaim"]["claimName"] for each in pod_of(worker)["volumes"] if "emptyDir" not in each
    ]
    assert [only("PersistentVolumeClaim", claim)["spec"]["accessModes"] for claim in claims] == [["ReadWriteOnce"]]


def test_one_trainer_runs_at_a_time() -> None:
    spec = only("Deployment", "trainer")["spec"]

    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    threads = {each["name"]: each["value"] for each in container_of("trainer")["env"]}["MARQUEE_THREADS"]
    assert threads == container_of("trainer")["resources"]["limits"]["cpu"]


def test_the_recommender_scales_and_is_asked_at_paths_that_it_has(sqlite_graph: Graph) -> None:
    app = create_app(sqlite_graph, lambda _kind, _job_id: None, RecommenderSettings())
    container = container_of("recommender")
    probes = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    paths = {getattr(route, "path", "") for route in app.routes}

    assert probes == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    assert set(probes.values()) <= paths
    assert container["ports"] == [{"name": "http", "containerPort": 8000}]
    assert read_stages("recommender")[-1].last("EXPOSE").rest == "8000"


def test_what_is_about_the_recommender_finds_it() -> None:
    labels = only("Deployment", "recommender")["spec"]["template"]["metadata"]["labels"]
    scaler = only("HorizontalPodAutoscaler", "recommender")["spec"]

    assert only("Service", "recommender")["spec"]["selector"].items() <= labels.items()
    assert only("PodDisruptionBudget", "recommender")["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "recommender"}
    assert 2 <= scaler["minReplicas"] < scaler["maxReplicas"]
    assert "replicas" not in only("Deployment", "recommender")["spec"], "it would undo what the autoscaler did"
