"""A user who is erased through one replica is in no memory of another."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import httpx
from fastapi import FastAPI

from services.recommender.context import Context
from services.recommender.settings import RecommenderSettings
from services.recommender.web import create_app
from shared.graph import Graph
from shared.jobs import Sender


def test_every_replica_forgets_an_erased_user(  # noqa: PLR0917 - fixtures
    movies: Graph,
    publish: Callable[..., None],
    send: Sender,
    settings: RecommenderSettings,
    client_of: Callable[[FastAPI], AbstractContextManager[httpx.Client]],
    until_served: Callable[[httpx.Client, str | None], None],
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    publish("v1", users={"u": (1.0, 0.0), "x": (0.0, 1.0)})
    apps = [create_app(movies, send, settings) for _ in range(2)]
    with client_of(apps[0]) as one, client_of(apps[1]) as two:
        for client in (one, two):
            until_served(client, "v1")
            assert client.get("/v1/users/u/recommendations").json()["basis"] == "history"

        assert one.delete("/v1/users/u").status_code == 204

        def is_forgotten(app: FastAPI, client: httpx.Client) -> bool:
            client.get("/healthz")  # lets its event loop run
            parts: Context = app.state.context
            model = parts.serving.snapshot.model
            assert model is not None
            vectors = [v.users.keys.tolist() for v in parts.watch.versions.in_memory if v.users is not None]
            return not any("u" in place for place in (parts.histories._entries, model.users, *vectors))

        for app, client in zip(apps, (one, two), strict=True):
            wait_until(partial(is_forgotten, app, client))
            answer = client.get("/v1/users/u/recommendations").json()
            assert answer["basis"] == "popular"
