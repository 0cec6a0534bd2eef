"""Each service's Dockerfile: clean, safe, and what it installs does what it is for."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.containers.compose import ROOT
from tests.containers.dockerfile import SERVICES, path_of, read_stages
from tests.containers.images import Image, is_ignored

HADOLINT = Path(sys.executable).parent / "hadolint"
LISTS_PACKAGES = "import importlib.metadata as m; print(*(f'{d.name}=={d.version}' for d in m.distributions()))"


def run(image: Image, *command: str, **variables: str) -> str:
    """What a command says in the image's environment, and in no other."""
    environment = {**image.environment, **variables}
    environment["PATH"] = environment["PATH"].replace("/opt/marquee", str(image.path("/opt/marquee")))
    program = image.path("/opt/marquee/bin") / command[0]
    done = subprocess.run(
        [program, *command[1:]], env=environment, cwd="/", capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def pinned(text: str) -> dict[str, str]:
    """The packages and versions that a text names, by their normal names."""
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in re.findall(r"([\w.-]+)==(\S+)", text)}


@pytest.mark.parametrize("service", SERVICES)
def test_the_linter_finds_nothing(service: str) -> None:
    done = subprocess.run([HADOLINT, "--no-color", path_of(service)], capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_run_has_few_rights_and_says_how_it_is(service: str) -> None:
    final = read_stages(service)[-1]

    assert final.last("USER").rest == "10001:10001"
    assert final.last("STOPSIGNAL").rest == "SIGTERM"
    assert json.loads(final.last("CMD").rest)[0] == "marquee"
    assert "CMD [" in final.last("HEALTHCHECK").rest
    assert final.last("LABEL").assignments()["org.opencontainers.image.licenses"] == "Apache-2.0"


@pytest.mark.parametrize("service", SERVICES)
def test_the_base_is_pinned_and_can_be_given_by_digest(service: str) -> None:
    text = path_of(service).read_text(encoding="utf-8")

    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.11-slim-[a-z]+$", text, re.MULTILINE)
    assert [stage.base for stage in read_stages(service)] == ["${PYTHON_IMAGE}", "${PYTHON_IMAGE}"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_setting_of_the_image_is_one_of_the_service(service: str) -> None:
    named = {n for i in read_stages(service)[-1].all("ENV") for n in i.assignments() if n.startswith("MARQUEE_")}
    known = set(re.findall(r"^#?(MARQUEE_\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))

    assert named
    assert named <= known


def test_a_build_sees_the_source_and_nothing_else() -> None:
    assert not is_ignored(ROOT / "services" / "trainer" / "install.sh")
    assert not is_ignored(ROOT / "requirements" / "trainer.txt")
    for kept_out in (".env", ".git/config", "data/marquee.db", "docker-compose.yml", "tests/conftest.py"):
        assert is_ignored(ROOT / kept_out), kept_out
    assert is_ignored(ROOT / "shared" / "__pycache__" / "ids.cpython-311.pyc")


@pytest.mark.slow
@pytest.mark.timeout(1_000)
@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_its_lock_its_own_service_and_no_other(images: Mapping[str, Image], service: str) -> None:
    image = images[service]
    lock = (ROOT / "requirements" / f"{service}.txt").read_text(encoding="utf-8")

    installed = pinned(run(image, "python", "-c", LISTS_PACKAGES))

    assert installed.pop("marquee")
    assert installed == pinned(lock)
    folders = run(image, "python", "-c", "import os, services; print(*os.listdir(services.__path__[0]))").split()
    assert {folder for folder in folders if folder in SERVICES} == {service}


@pytest.mark.slow
@pytest.mark.parametrize("service", SERVICES)
def test_only_the_trainers_image_holds_torch(images: Mapping[str, Image], service: str) -> None:
    found = run(images[service], "python", "-c", "import importlib.util as u; print(u.find_spec('torch') is not None)")

    assert found.strip() == str(service == "trainer")


@pytest.mark.slow
@pytest.mark.parametrize("service", SERVICES)
def test_every_module_of_an_image_can_be_imported_there(images: Mapping[str, Image], service: str) -> None:
    everything = (
        "import importlib, pkgutil, services, shared.cli\n"
        "for m in pkgutil.walk_packages(services.__path__, 'services.'): importlib.import_module(m.name)\n"
        "print(shared.cli.__file__)"
    )
    # OpenMP is told to wait quietly, as the trainer's own start does: the tests share their cores.
    where = run(images[service], "python", "-c", everything, OMP_WAIT_POLICY="passive")

    assert Path(where.strip()).is_relative_to(images[service].root), "it is the image's own copy"
    assert "Usage: marquee" in run(images[service], "marquee", images[service].command[1], "--help")


def test_the_test_knows_the_services() -> None:
    assert {path.parent.name for path in ROOT.glob("services/*/Dockerfile")} == set(SERVICES)
    assert os.access(ROOT / "services" / "trainer" / "install.sh", os.X_OK)
