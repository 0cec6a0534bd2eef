"""The images, built once for all tests, and taken away again: they are large."""

import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.containers.dockerfile import SERVICES
from tests.containers.images import Image, build, make_base


@pytest.fixture(scope="session")
def base_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands for the base of all images."""
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def images(base_image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Image]]:
    """The services' images, built by the build stages of their Dockerfiles."""
    folder = tmp_path_factory.mktemp("images")
    try:
        first, *others = SERVICES
        built = [build(first, base_image, folder / first)]  # brings the tools that a build needs, for all
        with ThreadPoolExecutor() as pool:
            built += pool.map(lambda service: build(service, base_image, folder / service), others)
        yield {image.service: image for image in built}
    finally:
        subprocess.run(["rm", "-rf", folder], check=True)  # 30,000 files: Python takes a multiple of the time
