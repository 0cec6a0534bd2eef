"""Accounts as people use them, and as attackers do: forged cookies, forged requests, guesses, others' ids."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from services.recommender.accounts import passwords
from services.recommender.settings import RecommenderSettings
from services.recommender.web import create_app
from shared.graph import Graph
from shared.jobs import Sender
from shared.schema import ACCOUNT, LOGIN_NAME, SESSION, USER
from shared.sessions import PLACES

PASSWORD: Final = "a password of ann's"
ADMIN_KEY: Final = "an-admin-key-of-the-environment-0123456789"
BEARING: Final = {"authorization": f"Bearer {ADMIN_KEY}"}
SCRIPT: Final = "<script>alert(1)</script>"
Start = Callable[..., httpx.Client]


@dataclass
class Browser:
    """A browser at a page of ours: it keeps the cookie, and the page sends the token."""

    rest: httpx.Client
    cookie: str = ""
    csrf: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:  # noqa: ANN401 - JSON
        token = {"x-csrf-token": self.csrf} if self.csrf else {}
        sent = {"sec-fetch-site": "same-origin", "cookie": self.cookie, **token, **self.headers, **headers}
        answer = self.rest.request(method, path, json=body, headers=sent)
        self.rest.cookies.clear()  # what it keeps is kept here
        if set_cookie := answer.headers.get("set-cookie"):
            self.cookie = set_cookie.partition(";")[0]
        return answer

    def register(self, login: str = "ann", **more: object) -> dict[str, Any]:
        answer = self.ask("POST", "/v1/accounts", {"login": login, "password": PASSWORD, **more})
        assert answer.status_code == 201, answer.text
        return self._kept(answer)

    def log_in(self, login: str = "ann", password: str = PASSWORD) -> dict[str, Any]:
        answer = self.ask("POST", "/v1/session", {"login": login, "password": password})
        assert answer.status_code == 200, answer.text
        return self._kept(answer)

    def _kept(self, answer: httpx.Response) -> dict[str, Any]:
        found: dict[str, Any] = answer.json()
        self.csrf = found["csrfToken"]
        return found


@pytest.fixture
def start(  # noqa: PLR0917 - fixtures
    movies: Graph,
    publish: Callable[..., None],
    send: Sender,
    client_of: Callable[[FastAPI], contextlib.AbstractContextManager[httpx.Client]],
    wait_until: Callable[[Callable[[], bool]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Start]:
    """Starts a recommender where everyone may register; hashes are quick ones."""
    monkeypatch.setattr(passwords, "make_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    publish("v1")
    with contextlib.ExitStack() as parts:

        def begin(**settings: object) -> httpx.Client:
            usual = {"access": "keys", "admin_key": ADMIN_KEY, "watch_interval_seconds": 0.05, "registration": "open"}
            app = create_app(movies, send, RecommenderSettings.model_validate({**usual, **settings}))
            client = parts.enter_context(client_of(app))
            wait_until(lambda: client.get("/readyz").status_code == 200)
            return client

        yield begin


def kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_someone_registers_with_their_picks_logs_out_and_in_again(start: Start) -> None:
    rest = start()
    ann = Browser(rest)
    made = ann.register("Ann", displayName="Ann", likes=["a", "gone"], dislikes=["e"])
    user = made["userId"]

    assert (made["login"], made["displayName"], made["isAdmin"], made["carriedOver"]) == ("ann", "Ann", False, 2)
    assert re.fullmatch("account:[0-9a-f]{16}", user)
    picked = ann.ask("GET", f"/v1/users/{user}/recommendations").json()
    assert picked["basis"] == "history"
    assert not {"a", "e"} & {movie["movieId"] for movie in picked["items"]}
    assert ann.ask("GET", "/v1/account").json()["csrfToken"] == ann.csrf
    state = ann.ask("GET", "/v1/session").json()
    assert (state["account"]["login"], state["scopes"], state["registration"]) == ("ann", ["events", "read"], "open")
    assert ann.ask("PATCH", "/v1/account", {"displayName": "Ann Lee"}).json()["displayName"] == "Ann Lee"
    export = ann.ask("GET", "/v1/account/export").json()
    assert [event["movieId"] for event in export["data"]["relationships"]["LIKED"]] == ["a"]
    assert "argon2" not in str(export)

    kept = Browser(rest, ann.cookie, ann.csrf)
    assert ann.ask("DELETE", "/v1/session").status_code == 204
    assert ann.cookie == "marquee="
    assert kind(kept.ask("GET", "/v1/account")) == (401, "session-ended")
    assert ann.ask("GET", "/v1/session").json()["account"] is None
    assert ann.log_in("ANN ".strip())["userId"] == user
    assert ann.ask("GET", "/v1/account").status_code == 200


def test_a_token_that_an_attacker_has_put_there_is_worth_nothing_after_the_login(start: Start) -> None:
    rest = start()
    victim = Browser(rest)
    victim.register()
    attackers = Browser(rest)
    attackers.register("mallory")
    fixed, victim.cookie, victim.csrf = attackers.cookie, attackers.cookie, None
    victim.log_in()

    assert victim.cookie != fixed
    assert kind(Browser(rest, fixed).ask("GET", "/v1/account")) == (401, "session-ended")
    assert victim.ask("GET", "/v1/account").json()["login"] == "ann"
    chosen = Browser(rest, f"marquee=0123456789abcdef-00_{'0' * 48}")
    chosen.log_in()
    assert "0" * 48 not in chosen.cookie


def test_forged_cookies_are_refused_and_taken_away(start: Start, movies: Graph) -> None:
    rest = start()
    ann, bob = Browser(rest), Browser(rest)
    ann.register()
    bob.register("bob")
    token = ann.cookie.removeprefix("marquee=")
    session_id, _, secret = token.partition("_")
    record = movies.read_record(SESSION, session_id)
    assert record is not None
    assert secret not in str(record)
    forged = [
        "x",
        token[:-1],
        token[:-1] + ("0" if token[-1] != "0" else "1"),
        f"{session_id}_{bob.cookie.partition('_')[2]}",
        f"{session_id}_{record['digest'][:48]}",
        f"{session_id.replace('-00', '-01')}_{secret}",
        "é" * 68,
        "0" * 10_000,
    ]

    for value in forged:
        answer = rest.get("/v1/account", headers=[(b"cookie", f"marquee={value}".encode())])
        assert kind(answer) == (401, "session-ended"), value
        assert answer.headers["set-cookie"].startswith("marquee=; Max-Age=0"), value
    assert Browser(rest, f"__Host-{ann.cookie}").ask("GET", "/v1/account").status_code == 401
    assert ann.ask("GET", "/v1/account").status_code == 200


def test_a_cookie_alone_changes_nothing(start: Start) -> None:
    rest = start()
    ann, bob = Browser(rest), Browser(rest)
    ann.register()
    bob.register("bob")
    before = Browser(rest, ann.cookie, ann.csrf)
    user = ann.ask("GET", "/v1/account").json()["userId"]
    like = {"type": "like", "userId": user, "movieId": "a"}

    for wrong in (None, "", "0" * 64, bob.csrf):
        forged = Browser(rest, ann.cookie, wrong)
        assert kind(forged.ask("POST", "/v1/events", like)) == (403, "no-csrf-token")
        assert kind(forged.ask("PATCH", "/v1/account", {"displayName": "owned"})) == (403, "no-csrf-token")
        assert kind(forged.ask("DELETE", "/v1/session")) == (403, "no-csrf-token")
    for elsewhere in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        assert kind(ann.ask("POST", "/v1/events", like, **elsewhere)) == (403, "cross-site")
        login = {"login": "bob", "password": PASSWORD}
        assert kind(ann.ask("POST", "/v1/session", login, **elsewhere)) == (403, "cross-site")
    form = ann.rest.post("/v1/session", data={"login": "ann", "password": PASSWORD})
    assert kind(form) == (415, "not-json")
    assert ann.ask("POST", "/v1/events", like).status_code == 200

    ann.log_in()
    assert before.csrf != ann.csrf
    assert kind(Browser(rest, ann.cookie, before.csrf).ask("POST", "/v1/events", like)) == (403, "no-csrf-token")
    assert before.ask("POST", "/v1/events", like).status_code == 401


def test_nobody_sees_or_changes_what_is_anothers(start: Start) -> None:
    rest = start()
    ann, bob = Browser(rest), Browser(rest)
    ann.register()
    user = bob.register("bob")["userId"]

    for other in (user, "u"):
        for path in ("", "/export", "/ratings", "/recommendations", "/ratings/a"):
            assert ann.ask("GET", f"/v1/users/{other}{path}").status_code == 403, path
        assert ann.ask("PUT", f"/v1/users/{other}/ratings/a", {"rating": 5}).status_code == 403
        assert ann.ask("POST", "/v1/events", {"type": "like", "userId": other, "movieId": "a"}).status_code == 403
        assert ann.ask("POST", "/v1/recommendations/group", {"userIds": [other]}).status_code == 403
    for path in ("/v1/users", "/v1/accounts", "/v1/keys", "/v1/jobs", "/v1/movies/a/audience"):
        assert ann.ask("GET", path).status_code == 403, path
    account = bob.ask("GET", "/v1/account").json()["accountId"]
    assert ann.ask("PATCH", f"/v1/accounts/{account}", {"isAdmin": True}).status_code == 403
    assert ann.ask("PATCH", "/v1/account", {"isAdmin": True}).status_code == 422
    assert ann.ask("POST", "/v1/accounts", {"login": "eve", "password": PASSWORD, "isAdmin": True}).status_code == 422


def test_who_asks_learns_of_no_name_by_words_or_by_work(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    rest = start(page_rate_per_minute=0)
    Browser(rest).register()
    disabled = Browser(rest).register("cem")["accountId"]
    change = {"isDisabled": True}
    assert rest.patch(f"/v1/accounts/{disabled}", json=change, headers=BEARING).status_code == 200
    checked: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, known: str | bytes, password: str | bytes) -> bool:
        checked.append(str(known))
        return verify(self, known, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    answers = [
        Browser(rest).ask("POST", "/v1/session", {"login": login, "password": password})
        for login, password in [("ann", "wrong"), ("nobody", PASSWORD), ("no name at all", "x"), ("cem", PASSWORD)]
    ]

    for answer in answers:
        del answer.headers["x-request-id"]  # each request's own
    assert len({(answer.status_code, answer.text, str(answer.headers)) for answer in answers}) == 1
    assert kind(answers[0]) == (401, "wrong-password")
    assert len(checked) == len(answers), "each costs one check of a hash"


def test_guessing_is_slowed_down_by_name_and_the_right_password_is_no_way_round(start: Start) -> None:
    rest = start()
    Browser(rest).register()
    guess = {"login": "ann", "password": "a guess"}
    tried = [Browser(rest).ask("POST", "/v1/session", guess).status_code for _ in range(6)]
    refused = Browser(rest).ask("POST", "/v1/session", {"login": "ANN", "password": PASSWORD})

    assert tried == [401] * 5 + [429]
    assert kind(refused) == (429, "too-many")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert kind(Browser(rest).ask("POST", "/v1/session", {"login": "bob", "password": "x"})) == (401, "wrong-password")


def test_many_names_from_one_address_are_slowed_down_too_whatever_it_says_of_itself(start: Start) -> None:
    rest = start()
    tried = [
        Browser(rest).ask(
            "POST", "/v1/session", {"login": f"n{n}xx", "password": "x"}, **{"x-forwarded-for": f"192.0.2.{n}"}
        )
        for n in range(22)
    ]

    assert [answer.status_code for answer in tried[:20]] == [401] * 20
    assert tried[-1].status_code == 429


def test_a_password_change_ends_all_sessions_in_every_replica(start: Start) -> None:
    replicas = [start(watch_interval_seconds=0.25) for _ in range(3)]
    here, elsewhere = Browser(replicas[0]), Browser(replicas[1])
    here.register()
    elsewhere.log_in()
    stolen = [Browser(rest, elsewhere.cookie, elsewhere.csrf) for rest in replicas]
    assert {browser.ask("GET", "/v1/account").status_code for browser in stolen} == {200}
    old = Browser(replicas[0], here.cookie, here.csrf)
    wrong = here.ask("PUT", "/v1/account/password", {"password": "wrong", "newPassword": "another password"})
    assert kind(wrong) == (403, "wrong-password")

    changed = here.ask("PUT", "/v1/account/password", {"password": PASSWORD, "newPassword": "another password"})
    assert changed.status_code == 200, changed.text
    here.csrf = changed.json()["csrfToken"]
    until = time.monotonic() + 5  # a second, on a machine that has one
    waiting = [old, *stolen]
    while waiting:
        assert time.monotonic() < until, f"{len(waiting)} still go on"
        waiting = [browser for browser in waiting if browser.ask("GET", "/v1/account").status_code != 401]
    for rest in replicas:
        assert Browser(rest, here.cookie, here.csrf).ask("GET", "/v1/account").status_code == 200
    assert kind(elsewhere.ask("POST", "/v1/session", {"login": "ann", "password": PASSWORD})) == (401, "wrong-password")
    elsewhere.log_in(password="another password")


def test_a_script_in_a_name_is_text(start: Start) -> None:
    ann = Browser(start())
    ann.register(displayName=SCRIPT)
    answer = ann.ask("GET", "/v1/account")

    assert answer.json()["displayName"] == SCRIPT
    assert answer.headers["content-type"] == "application/json"
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")
    assert ann.ask("POST", "/v1/accounts", {"login": SCRIPT, "password": PASSWORD}).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"login": "ann"},
        {"login": "an", "password": PASSWORD},
        {"login": "аnn", "password": PASSWORD},  # a Cyrillic a  # noqa: RUF001
        {"login": "a" * 65, "password": PASSWORD},
        {"login": "bob", "password": "nine char"},
        {"login": "bob", "password": "x" * 257},
        {"login": "bob", "password": PASSWORD, "displayName": "evil\u202ename"},
        {"login": "bob", "password": PASSWORD, "displayName": " "},
        {"login": "bob", "password": PASSWORD, "likes": ["a"] * 1_001},
        {"login": "bob", "password": PASSWORD, "userId": "u"},
    ],
)
def test_what_does_not_fit_is_refused_and_its_password_not_said_again(start: Start, body: dict[str, Any]) -> None:
    answer = Browser(start()).ask("POST", "/v1/accounts", body)

    assert kind(answer) == (422, "invalid-request")
    assert "password" not in body or body["password"] not in answer.text


def test_a_taken_name_is_told_in_every_spelling(start: Start, movies: Graph) -> None:
    rest = start()
    Browser(rest).register("ann")
    users = len(movies.list_records(USER, after=None, limit=100))

    for same in ("ANN", "Ann", "\uff41nn"):
        taken = Browser(rest).ask("POST", "/v1/accounts", {"login": same, "password": "another password"})
        assert kind(taken) == (409, "conflict")
    assert len(movies.list_records(USER, after=None, limit=100)) == users


def test_who_deletes_their_account_is_gone_and_a_linked_user_stays(start: Start, movies: Graph) -> None:
    rest = start()
    ann = Browser(rest)
    made = ann.register(likes=["a"])
    assert rest.put(f"/v1/accounts/{made['accountId']}/user", json={"userId": "u"}, headers=BEARING).status_code == 200
    assert kind(ann.ask("DELETE", "/v1/account", {"password": "wrong"})) == (403, "wrong-password")

    assert ann.ask("DELETE", "/v1/account", {"password": PASSWORD}).status_code == 204
    assert movies.read_record(USER, made["userId"]) is None
    assert movies.read_record(USER, "u") is not None
    assert [movies.list_records(kind_, after=None, limit=9) for kind_ in (ACCOUNT, LOGIN_NAME, SESSION)] == [[], [], []]
    assert kind(ann.ask("POST", "/v1/session", {"login": "ann", "password": PASSWORD})) == (401, "wrong-password")
    Browser(rest).register("ann")


def test_an_admin_links_makes_admins_and_disables(start: Start) -> None:
    rest = start(registration="closed")
    refused = Browser(rest).ask("POST", "/v1/accounts", {"login": "ann", "password": PASSWORD})
    assert kind(refused) == (403, "forbidden")
    made = rest.post("/v1/accounts", json={"login": "ann", "password": PASSWORD}, headers=BEARING)
    assert (made.status_code, made.json()["csrfToken"], "set-cookie" in made.headers) == (201, None, False)
    other = rest.post("/v1/accounts", json={"login": "bob", "password": PASSWORD}, headers=BEARING).json()
    path = f"/v1/accounts/{made.json()['accountId']}"
    ann = Browser(rest)
    ann.log_in()

    linked = rest.put(f"{path}/user", json={"userId": "u"}, headers=BEARING).json()
    assert (linked["userId"], linked["isLinked"]) == ("u", True)
    assert ann.ask("GET", "/v1/users/u/ratings").status_code == 200
    assert kind(rest.put(f"{path}/user", json={"userId": "none"}, headers=BEARING)) == (404, "not-found")
    assert kind(rest.put(f"{path}/user", json={"userId": other["userId"]}, headers=BEARING)) == (409, "conflict")
    assert rest.delete(f"{path}/user", headers=BEARING).json()["isLinked"] is False
    assert ann.ask("GET", "/v1/users/u/ratings").status_code == 403

    assert rest.patch(path, json={"isAdmin": True}, headers=BEARING).json()["isAdmin"] is True
    assert {item["login"] for item in ann.ask("GET", "/v1/accounts").json()["items"]} == {"ann", "bob"}
    assert rest.patch(path, json={"isDisabled": True}, headers=BEARING).json()["disabledAt"] is not None
    assert ann.ask("GET", "/v1/jobs").status_code == 401
    assert rest.patch(path, json={"isDisabled": False}, headers=BEARING).json()["disabledAt"] is None
    assert ann.ask("GET", "/v1/account").status_code == 401, "what has ended stays ended"


def test_an_admin_logs_an_account_out_everywhere_and_deletes_it_with_its_user(start: Start, movies: Graph) -> None:
    rest = start()
    ann, elsewhere, bob = Browser(rest), Browser(rest), Browser(rest)
    made, other = ann.register(likes=["a"]), bob.register("bob", likes=["b"])
    elsewhere.log_in()
    path = f"/v1/accounts/{made['accountId']}"

    assert rest.delete(f"{path}/sessions", headers=BEARING).status_code == 204
    assert [browser.ask("GET", "/v1/account").status_code for browser in (ann, elsewhere, bob)] == [401, 401, 200]
    ann.log_in()
    assert bob.ask("DELETE", path).status_code == 403

    assert rest.delete(path, headers=BEARING).status_code == 204
    assert ann.ask("GET", "/v1/account").status_code == 401
    assert movies.read_record(USER, made["userId"]) is None
    assert movies.read_record(USER, other["userId"]) is not None
    assert [rest.delete(gone, headers=BEARING).status_code for gone in (path, f"{path}/sessions")] == [404, 404]


@pytest.mark.parametrize(("page", "expected"), [("open", 200), ("accounts", 401), ("off", 401)])
def test_visitors_read_what_is_nobodys_where_the_page_is_open(start: Start, page: str, expected: int) -> None:
    visitor = Browser(start(page=page))

    assert visitor.ask("GET", "/v1/session").json()["scopes"] == (["read"] if page == "open" else [])
    assert visitor.ask("GET", "/v1/movies?q=alien").status_code == expected
    assert visitor.ask("POST", "/v1/recommendations", {"likes": ["a"]}).status_code == expected
    for method, path in (
        ("GET", "/v1/users/u/ratings"),
        ("GET", "/v1/users"),
        ("GET", "/v1/jobs"),
        ("POST", "/v1/events"),
    ):
        assert visitor.ask(method, path, {"type": "like", "userId": "u", "movieId": "a"}).status_code == 401, path
    login = visitor.ask("POST", "/v1/session", {"login": "ann", "password": PASSWORD})
    assert login.status_code == (403 if page == "off" else 401)


def test_where_everyone_may_do_everything_people_log_in_all_the_same(start: Start) -> None:
    rest = start(access="open", page="open")
    anyone, ann = Browser(rest), Browser(rest)
    made = ann.register()

    assert anyone.ask("GET", "/v1/session").json()["scopes"] == ["admin", "events", "read"]
    assert ann.ask("GET", "/v1/account").json()["login"] == "ann"
    assert ann.ask("GET", "/v1/jobs").status_code == 403
    admin = anyone.ask("PATCH", f"/v1/accounts/{made['accountId']}", {"isAdmin": True})
    assert admin.json()["isAdmin"] is True
    assert ann.ask("GET", "/v1/jobs").status_code == 200


def test_a_cookie_is_kept_from_scripts_other_sites_and_by_tls_from_neighbours(start: Start) -> None:
    rest = start(proxies=1)
    plain = Browser(rest).ask("POST", "/v1/accounts", {"login": "ann", "password": PASSWORD}).headers["set-cookie"]
    secure = Browser(rest, headers={"x-forwarded-proto": "https"})
    answer = secure.ask("POST", "/v1/accounts", {"login": "bob", "password": PASSWORD})

    assert re.fullmatch(r"marquee=\S+; Max-Age=2592000; Path=/; HttpOnly; SameSite=Strict", plain)
    assert re.fullmatch(
        r"__Host-marquee=\S+; Max-Age=2592000; Path=/; HttpOnly; SameSite=Strict; Secure", answer.headers["set-cookie"]
    )
    assert secure.ask("GET", "/v1/account").status_code == 200
    secure.cookie = plain.partition(";")[0]
    assert secure.ask("GET", "/v1/account").status_code == 401, "a neighbour could have set it"
    unbelieved = Browser(start(), headers={"x-forwarded-proto": "https"})
    unbelieved.log_in()
    assert unbelieved.cookie.startswith("marquee=")


def test_sessions_take_the_place_of_the_oldest(start: Start, movies: Graph) -> None:
    rest = start()
    first = Browser(rest)
    first.register()
    second = Browser(rest)
    second.log_in()
    for _ in range(PLACES - 1):
        Browser(rest).log_in()

    assert len(movies.list_records(SESSION, after=None, limit=100)) == PLACES
    deadline = time.monotonic() + 5
    while first.ask("GET", "/v1/account").status_code != 401:
        assert time.monotonic() < deadline
    assert second.ask("GET", "/v1/account").status_code == 200
