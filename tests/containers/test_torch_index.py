"""The trainer's small image: torch from an index of one's own, without CUDA, and everything else as the lock says."""

import base64
import functools
import hashlib
import http.server
import os
import re
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.containers.compose import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_000)]

LOCK = ROOT / "requirements" / "trainer.txt"
CUDA = re.compile(r"^(triton|cuda|nvidia)\b")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@dataclass(frozen=True)
class Index:
    """A package index that has one wheel, of a torch for CPUs."""

    url: str
    sha256: str


def locked() -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE))


def write_wheel(folder: Path, version: str) -> Path:
    """A wheel that has the name, the version and the requirements of torch's CPU build, and next to nothing in it."""
    info = f"torch-{version}.dist-info"
    needs = ("filelock", "typing-extensions", "sympy", "networkx", "jinja2", "fsspec", "setuptools")
    files = {
        "torch/__init__.py": f"__version__ = '{version}'\n",
        f"{info}/METADATA": "\n".join(
            ["Metadata-Version: 2.1", "Name: torch", f"Version: {version}", *(f"Requires-Dist: {n}" for n in needs), ""]
        ),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }

    def line(name: str, text: str) -> str:
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        return f"{name},sha256={digest},{len(text.encode())}\n"

    record = "".join(line(name, text) for name, text in files.items())
    wheel = folder / f"torch-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(name, text)
    return wheel


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("index")
    page = folder / "torch" / "index.html"
    page.parent.mkdir()
    wheel = write_wheel(page.parent, f"{locked()['torch']}+cpu")
    page.write_text(f'<a href="{wheel.name.replace("+", "%2B")}">{wheel.name}</a>', encoding="utf-8")
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Index(f"http://127.0.0.1:{server.server_port}", hashlib.sha256(wheel.read_bytes()).hexdigest())
        server.shutdown()
        thread.join()


def install(folder: Path, **arguments: str) -> subprocess.CompletedProcess[str]:
    uv = Path(shutil.which("uv") or ROOT / ".venv" / "bin" / "uv")
    environment = {**os.environ, "PATH": f"{uv.parent}:{os.environ['PATH']}", **arguments}
    subprocess.run([uv, "venv", "--quiet", "--python", "3.11", folder], check=True)
    return subprocess.run(
        [ROOT / "services" / "trainer" / "install.sh", LOCK, folder],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def installed(folder: Path) -> dict[str, str]:
    found = (
        re.fullmatch(r"(.+)-([^-]+)\.dist-info", path.name) for path in folder.glob("lib/*/site-packages/*.dist-info")
    )
    return {match[1].replace("_", "-").lower(): match[2] for match in found if match}


def test_torch_comes_from_the_index_and_cuda_does_not_come(tmp_path: Path, index: Index) -> None:
    done = install(tmp_path / "env", TORCH_INDEX=index.url, TORCH_SHA256=index.sha256)

    assert done.returncode == 0, done.stderr
    expected = {name: version for name, version in locked().items() if not CUDA.match(name)}
    assert installed(tmp_path / "env") == {**expected, "torch": f"{expected['torch']}+cpu"}
    assert len(locked()) - len(expected) > 10, "there was something to leave out"


def test_another_torch_than_the_one_whose_hash_is_given_is_refused(tmp_path: Path, index: Index) -> None:
    done = install(tmp_path / "env", TORCH_INDEX=index.url, TORCH_SHA256="0" * 64)

    assert done.returncode != 0
    assert "Hash mismatch" in done.stderr
    assert "torch" not in installed(tmp_path / "env")
