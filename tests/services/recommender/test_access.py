"""Who may call what: every route that is described is tried with all kinds of keys, too small ones and right ones."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr, ValidationError

from services.recommender.access.guard import guard, names_of
from services.recommender.access.table import PAGE, RULES, Reach, Rule, as_markdown
from services.recommender.settings import RecommenderSettings
from services.recommender.web import create_app
from shared.graph import Graph
from shared.jobs import Sender
from shared.keys import KeyRequest, Scope, create_key, revoke_key
from shared.schema import API_KEY

ROOT: Final = Path(__file__).parents[3]
ADMIN_KEY: Final = "an-admin-key-of-the-environment-0123456789"
IDS: Final = {
    "userId": "u",
    "movieId": "a",
    "jobId": "none",
    "version": "none",
    "other": "none",
    "keyId": "none",
    "scheduleId": "none",
    "property": "none",
    "accountId": "none",
}
# For each route whose rule is about the users in the body: a body about the user u.
BODIES: Final[Mapping[str, Any]] = {
    "POST /v1/events": {"type": "like", "userId": "u", "movieId": "a"},
    "POST /v1/recommendations/group": {"userIds": ["u"]},
    "POST /v1/explanations": {"userId": "u", "movieIds": ["a"]},
}
Key = Callable[..., str]
Start = Callable[..., httpx.Client]


@pytest.fixture
def start(
    movies: Graph,
    publish: Callable[..., None],
    send: Sender,
    client_of: Callable[[FastAPI], contextlib.AbstractContextManager[httpx.Client]],
    wait_until: Callable[[Callable[[], bool]], None],
) -> Iterator[Start]:
    """Starts a recommender that is closed, and waits until it is ready."""
    publish("v1")
    with contextlib.ExitStack() as parts:

        def begin(announced: list[str] | None = None, **settings: object) -> httpx.Client:
            usual = {"access": "keys", "admin_key": ADMIN_KEY, "watch_interval_seconds": 0.01}
            chosen = RecommenderSettings.model_validate({**usual, **settings})
            said = [] if announced is None else announced
            app = create_app(movies, send, chosen, announce=said.append)
            client = parts.enter_context(client_of(app))
            wait_until(lambda: client.get("/readyz").status_code == 200)
            return client

        yield begin


@pytest.fixture
def key(movies: Graph) -> Key:
    """Makes a key in the graph."""

    def make(*scopes: Scope, user_id: str | None = None) -> str:
        return create_key(movies, KeyRequest(name="a test's", scopes=[*scopes], user_id=user_id))[1]

    return make


def bearing(token: str | None) -> dict[str, str]:
    return {} if token is None else {"authorization": f"Bearer {token}"}


def ask(rest: httpx.Client, name: str, token: str | None) -> httpx.Response:
    method, _, path = name.partition(" ")
    filled = re.sub(r"\{(\w+)\}", lambda match: IDS[match[1]], path)
    filled += "/swagger-ui.css" if filled == "/docs/files" else ""
    body = None if method in {"GET", "DELETE"} else BODIES.get(name, {})
    return rest.request(method, filled, headers=bearing(token), json=body)


def described(rest: httpx.Client) -> dict[str, dict[str, Any]]:
    """The operations of the description by what they are called in the table."""
    paths = rest.get("/openapi.json", headers=bearing(ADMIN_KEY)).raise_for_status().json()["paths"]
    return {f"{method.upper()} {path}": found for path, methods in paths.items() for method, found in methods.items()}


def closed(rest: httpx.Client) -> dict[str, Rule]:
    """The rules of all routes that are described, and of the description itself, but for those that are open."""
    names = {*described(rest), *(name for name in RULES if " /v1/" not in name)}
    return {name: RULES[name] for name in sorted(names) if RULES[name].scope is not None}


def for_keys(rest: httpx.Client) -> dict[str, Rule]:
    """Those of `closed` that a key can be good for: not what is about the account that is logged in."""
    return {name: rule for name, rule in closed(rest).items() if rule.reach is not Reach.ACCOUNT}


def test_the_table_has_every_route_and_no_other(start: Start) -> None:
    rest = start()
    app = create_app(None, lambda *_: None, RecommenderSettings())  # type: ignore[arg-type]  # nothing is asked of it

    assert {name for route in app.router.routes for name in names_of(route)} == set(RULES)  # type: ignore[arg-type]
    assert set(described(rest)) == {name for name in RULES if " /v1/" in name or name.endswith("z")}


def test_a_route_without_a_rule_is_not_served() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_api_route("/new", lambda: None)

    with pytest.raises(KeyError, match="GET /new"):
        guard(app, None, RULES)  # type: ignore[arg-type]  # it is not asked


def test_the_documented_table_is_this_one() -> None:
    assert as_markdown(RULES) in (ROOT / "docs" / "access.md").read_text(encoding="utf-8"), as_markdown(RULES)


def test_what_is_open_is_health_the_files_of_the_page_and_what_logging_in_takes() -> None:
    assert {name for name, rule in RULES.items() if rule.scope is None} == {
        "GET /healthz",
        "GET /readyz",
        "GET /v1/session",
        "POST /v1/session",
        "POST /v1/accounts",
        *PAGE,
    }


def test_no_route_is_open_to_who_has_no_valid_key(start: Start, key: Key, movies: Graph) -> None:
    revoked, expired, other = key(Scope.ADMIN), key(Scope.ADMIN), key(Scope.ADMIN)
    revoke_key(movies, revoked.split("_")[1])
    movies.update_record(API_KEY, expired.split("_")[1], {"expiresAt": movies.now() - 1})
    rest = start()
    wrong = {
        "none": None,
        "empty": "",
        "unknown": f"mq_00000000_{'0' * 48}",
        "another's secret": f"mq_{other.split('_')[1]}_{revoked.split('_')[2]}",
        "half": other[:-1],
        "environment's, half": ADMIN_KEY[:-1],
        "revoked": revoked,
        "expired": expired,
    }

    for name in closed(rest):
        for what, token in wrong.items():
            answer = ask(rest, name, token)
            assert answer.status_code == 401, (name, what)
            assert answer.json()["type"] == "urn:marquee:problem:no-valid-key", (name, what)
            assert answer.headers["www-authenticate"].startswith("Bearer"), (name, what)


def test_no_route_is_open_to_too_small_a_scope(start: Start, key: Key) -> None:
    too_small = {
        Scope.READ: key(Scope.EVENTS),
        Scope.EVENTS: key(Scope.READ),
        Scope.ADMIN: key(Scope.READ, Scope.EVENTS),
    }
    rest = start()

    for name, rule in for_keys(rest).items():
        assert rule.scope is not None
        answer = ask(rest, name, too_small[rule.scope])
        assert answer.status_code == 403, name
        assert f"`{rule.scope}`" in answer.json()["detail"], name
        assert f'scope="{rule.scope}"' in answer.headers["www-authenticate"], name


def test_a_key_that_is_bound_to_a_user_reads_and_writes_what_is_theirs_alone(start: Start, key: Key) -> None:
    both = (Scope.READ, Scope.EVENTS)
    own, others = key(*both, user_id="u"), key(*both, user_id="x")
    rest = start()

    for name, rule in for_keys(rest).items():
        if rule.reach is Reach.EVERYONE:
            assert ask(rest, name, own).status_code == 403, name
        else:
            assert ask(rest, name, own).status_code not in {401, 403}, name
            expected = {403} if rule.reach is not Reach.NOBODY else {ask(rest, name, own).status_code}
            assert ask(rest, name, others).status_code in expected, name


def test_no_key_is_good_for_what_is_about_the_account_that_is_logged_in(start: Start, key: Key) -> None:
    own = [name for name, rule in RULES.items() if rule.reach is Reach.ACCOUNT]
    tokens = (ADMIN_KEY, key(Scope.ADMIN), key(Scope.READ, Scope.EVENTS, user_id="u"))
    rest = start()

    assert len(own) == 6
    for name in own:
        for token in tokens:
            answer = ask(rest, name, token)
            assert (answer.status_code, answer.json()["type"]) == (401, "urn:marquee:problem:not-logged-in"), name


def test_every_rule_about_users_in_the_body_is_tried_with_one() -> None:
    assert set(BODIES) == {name for name, rule in RULES.items() if rule.reach is Reach.BODY}


def test_the_right_scope_is_let_in_and_admin_has_all(start: Start, key: Key) -> None:
    of_scope = {scope: key(scope) for scope in Scope}
    rest = start()
    operations = described(rest)

    for name, rule in for_keys(rest).items():
        assert rule.scope is not None
        answers = operations.get(name, {}).get("responses", {})
        if "text/event-stream" not in answers.get("200", {}).get("content", {}):  # it would not end
            for token in (of_scope[rule.scope], of_scope[Scope.ADMIN], ADMIN_KEY):
                assert ask(rest, name, token).status_code not in {401, 403}, name


def test_the_description_names_the_scope_and_the_refusals_of_every_route(start: Start) -> None:
    for name, operation in described(start()).items():
        scope = RULES[name].scope
        assert operation.get("security") == ([{"key": [scope.value]}] if scope else None), name
        assert not scope or {"401", "403", "429", "503"} <= set(operation["responses"]), name


def test_a_key_may_come_in_its_own_header(start: Start, key: Key) -> None:
    token = key(Scope.READ)
    rest = start()

    assert rest.get("/v1/movies", headers={"X-API-Key": token}).status_code == 200
    assert rest.get("/v1/movies", headers={"X-API-Key": token[:-1]}).status_code == 401
    assert rest.get("/v1/movies", headers={"authorization": f"bearer  {token}"}).status_code == 200
    assert rest.get("/v1/movies", auth=("mq", token)).status_code == 401
    assert rest.head("/v1/movies").status_code == 401


def test_health_and_what_is_not_there_need_no_key(start: Start) -> None:
    rest = start()

    assert [rest.get(path).status_code for path in ("/healthz", "/readyz", "/nothing")] == [200, 200, 404]
    assert rest.get("/healthz", headers=bearing("wrong")).status_code == 200


def test_the_description_is_open_where_the_setting_says_so(start: Start) -> None:
    assert start().get("/docs").status_code == 401
    rest = start(docs="open")

    assert [rest.get(path).status_code for path in ("/docs", "/openapi.json", "/v1/movies")] == [200, 200, 401]
    assert rest.get("/docs/files/swagger-ui.css").status_code == 200


def test_an_open_interface_asks_for_no_key_and_makes_none(start: Start, movies: Graph) -> None:
    announced: list[str] = []
    rest = start(announced, access="open", admin_key=None)

    assert rest.get("/v1/jobs").status_code == 200
    assert rest.get("/v1/jobs", headers=bearing("whatever")).status_code == 200
    assert announced == []
    assert movies.find_records(API_KEY) == []
    assert "securitySchemes" not in rest.get("/openapi.json").json()["components"]


def test_the_first_key_is_told_once_by_whoever_starts_first(start: Start) -> None:
    announced: list[str] = []
    first, second = start(announced, admin_key=None), start(announced, admin_key=None)

    assert len(announced) == 1
    for rest in (first, second):
        assert rest.get("/v1/keys", headers=bearing(announced[0])).json()["items"][0]["keyId"] == "first"


def test_the_first_key_is_made_no_second_time_once_it_is_revoked(start: Start, movies: Graph) -> None:
    announced: list[str] = []
    start(announced, admin_key=None)
    revoke_key(movies, "first")
    start(announced, admin_key=None)

    assert len(announced) == 1


def test_the_environments_key_stands_in_no_graph(start: Start, movies: Graph) -> None:
    announced: list[str] = []
    rest = start(announced)

    assert rest.get("/v1/keys", headers=bearing(ADMIN_KEY)).json() == {"items": []}
    assert announced == []
    assert movies.find_records(API_KEY) == []


def test_a_revocation_counts_in_every_replica_within_a_second(start: Start, key: Key) -> None:
    token = key(Scope.READ)
    replicas = [start(watch_interval_seconds=0.25) for _ in range(3)]
    assert {rest.get("/v1/movies", headers=bearing(token)).status_code for rest in replicas} == {200}

    answer = replicas[0].delete(f"/v1/keys/{token.split('_')[1]}", headers=bearing(ADMIN_KEY))
    assert answer.json()["isValid"] is False
    deadline = time.monotonic() + 1
    waiting = [*replicas]
    while waiting:
        assert time.monotonic() < deadline, f"{len(waiting)} replicas still take the key"
        waiting = [rest for rest in waiting if rest.get("/v1/movies", headers=bearing(token)).status_code != 401]
        time.sleep(0.01)


def test_a_new_key_counts_soon_and_is_shown_once(
    start: Start, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    rest = start()
    asked = {"name": "the shop", "scopes": ["read"], "userId": "u", "expiresInDays": 1, "ratePerMinute": 50}
    made = rest.post("/v1/keys", json=asked, headers=bearing(ADMIN_KEY))
    token = made.json()["key"]

    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    wait_until(lambda: rest.get("/v1/movies", headers=bearing(token)).status_code == 200)
    listed = rest.get("/v1/keys", headers=bearing(ADMIN_KEY))
    assert token.rpartition("_")[2] not in listed.text
    shown = listed.json()["items"][0]
    assert {name: shown[name] for name in ("name", "scopes", "userId", "ratePerMinute", "isValid")} == {
        "name": "the shop",
        "scopes": ["read"],
        "userId": "u",
        "ratePerMinute": 50,
        "isValid": True,
    }
    assert rest.delete("/v1/keys/none", headers=bearing(ADMIN_KEY)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "a", "scopes": []},
        {"name": "a", "scopes": ["all"]},
        {"name": "a\n", "scopes": ["read"]},
        {"name": "a", "scopes": ["admin"], "userId": "u"},
        {"name": "a", "scopes": ["read"], "ratePerMinute": 0},
        {"name": "a", "scopes": ["read"], "expiresInDays": "1"},
        {"name": "a", "scopes": ["read"], "key": "mine"},
    ],
)
def test_a_key_that_makes_no_sense_is_refused(start: Start, body: dict[str, Any]) -> None:
    answer = start().post("/v1/keys", json=body, headers=bearing(ADMIN_KEY))

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:marquee:problem:invalid-request")


def test_while_the_graph_is_away_the_known_keys_go_on(
    start: Start, key: Key, movies: Graph, monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]
) -> None:
    token = key(Scope.READ)
    rest = start(graph_away_after_seconds=0.1)

    def away(*_args: object, **_more: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(type(movies), "find_records", away)
    wait_until(lambda: "marquee-graph" in rest.get("/healthz").headers)

    assert rest.get("/v1/movies", headers=bearing(token)).status_code == 200
    assert rest.get("/v1/movies", headers=bearing(token[:-1])).status_code == 401


@pytest.mark.parametrize("value", ["short", "x" * 31, "x" * 31 + " x", "ü" * 40])
def test_an_admin_key_that_is_easy_to_guess_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(ValidationError, match="openssl rand -hex 24"):
        RecommenderSettings(admin_key=SecretStr(value))


def test_an_admin_key_without_a_value_is_none() -> None:
    assert RecommenderSettings(admin_key=SecretStr("")).admin_key is None


def test_two_callers_may_choose_the_same_idempotency_key(start: Start, key: Key) -> None:
    first, second = key(Scope.EVENTS), key(Scope.EVENTS)
    rest = start()
    bodies = [{"type": "like", "userId": user, "movieId": "a", "idempotencyKey": "k"} for user in ("u", "x")]

    for token, body in zip((first, second), bodies, strict=True):
        answer = rest.post("/v1/events", json=body, headers=bearing(token))
        assert (answer.status_code, answer.headers.get("idempotency-replayed")) == (200, None), answer.text
    assert rest.post("/v1/events", json=bodies[0], headers=bearing(second)).status_code == 409
