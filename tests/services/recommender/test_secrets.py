"""A recommender as a process of its own: its log holds no secret, whatever goes wrong."""

import secrets
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from shared.graph import Graph
from shared.keys import KeyRequest, Scope, create_key
from shared.local.process import free_port
from shared.local.stack import service, url_of

pytestmark = pytest.mark.slow


def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "MARQUEE_GRAPH_URL": f"sqlite:{tmp_path / 'graph.db'}",
        "MARQUEE_PORT": str(free_port()),
        "MARQUEE_ACCESS": "keys",
        "MARQUEE_RATE_LIMIT_PER_MINUTE": "1000",
        "MARQUEE_RATE_LIMIT_WITHOUT_REDIS": "open",
    }


def bearing(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_no_key_and_no_password_is_logged(movies: Graph, publish: Callable[..., None], tmp_path: Path) -> None:
    publish("v1")
    admin, password = secrets.token_hex(24), secrets.token_hex(24)
    _, token = create_key(movies, KeyRequest(name="a", scopes=[Scope.READ]))
    given = {
        **environment(tmp_path),
        "MARQUEE_ADMIN_KEY": admin,
        "MARQUEE_REDIS_URL": f"redis://:{password}@127.0.0.1:{free_port()}/0",  # nobody answers there
    }
    with service("recommender", given, logs=tmp_path), httpx.Client(base_url=url_of(given), timeout=30) as rest:
        assert rest.get("/v1/movies", headers=bearing(token)).status_code == 200
        assert rest.get("/v1/movies", headers=bearing(token[:-1])).status_code == 401
        assert rest.get("/v1/movies", headers={b"x-api-key": f"{token}é".encode()}).status_code == 401
        made = rest.post("/v1/keys", json={"name": "b", "scopes": ["read"]}, headers=bearing(admin)).json()["key"]
        account = {"login": "ann", "password": secrets.token_hex(24)}
        assert rest.post("/v1/accounts", json=account, headers=bearing(admin)).status_code == 201
        assert rest.post("/v1/session", json={**account, "login": "bob"}).status_code == 401
        assert (
            rest.post("/v1/session", json={**account, "password": account["password"][:9], "x": 1}).status_code == 422
        )
        session = rest.post("/v1/session", json=account).headers["set-cookie"].partition(";")[0].rpartition("_")[2]
        rest.cookies.clear()
        assert rest.post("/v1/jobs/train", json={}, headers=bearing(admin)).status_code == 503
    log = (tmp_path / "recommender.log").read_text(encoding="utf-8")

    assert "the rate limits" in log.lower(), "Redis is away, and that is told"
    for secret in (admin, password, token.rpartition("_")[2], made.rpartition("_")[2], account["password"], session):
        assert secret not in log


def test_the_first_start_prints_a_key_that_lets_in(movies: Graph, tmp_path: Path) -> None:
    movies.bump_revision()
    given = environment(tmp_path)
    with service("recommender", given, logs=tmp_path):
        said = (tmp_path / "recommender.log").read_text(encoding="utf-8")
        token = next(line.strip() for line in said.splitlines() if line.strip().startswith("mq_first_"))

        assert httpx.get(f"{url_of(given)}/v1/jobs", headers=bearing(token)).status_code == 200
        assert httpx.get(f"{url_of(given)}/v1/jobs").status_code == 401
