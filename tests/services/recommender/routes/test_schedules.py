"""Schedules over HTTP."""

import httpx
import pytest

from services.recommender.bodies.schedules import ScheduleAnswer
from shared.graph import Graph
from shared.schedules import Plan, Schedules

BODY = {"kind": "train", "request": {"likeThreshold": 3.5}, "cron": "30 2 * * *", "timeZone": "Europe/Berlin"}


def test_a_schedule_is_made_shown_changed_and_deleted(rest: httpx.Client, movies: Graph) -> None:
    answer = rest.post("/v1/schedules", json=BODY)

    assert answer.status_code == 201
    made = ScheduleAnswer.model_validate_json(answer.content)
    path = f"/v1/schedules/{made.schedule_id}"
    assert answer.headers["location"] == path
    assert (made.kind, made.cron, made.time_zone, made.every_events) == ("train", "30 2 * * *", "Europe/Berlin", None)
    assert (made.enabled, made.last_run_at, made.last_job_id) == (True, None, None)
    assert made.next_run_at is not None
    assert made.next_run_at > made.created_at
    assert answer.json()["request"]["likeThreshold"] == 3.5
    assert Schedules(movies).get(made.schedule_id).payload["like_threshold"] == 3.5
    assert rest.get(path).json() == answer.json()
    assert rest.get("/v1/schedules").json() == {"items": [answer.json()]}

    changed = rest.patch(path, json={"everyEvents": 500, "cron": None, "request": {"seed": 3}}).json()
    assert (changed["cron"], changed["nextRunAt"], changed["everyEvents"]) == (None, None, 500)
    assert (changed["request"]["seed"], changed["request"]["likeThreshold"]) == (3, 4.0)
    assert rest.patch(path, json={"enabled": False}).json()["everyEvents"] == 500
    assert Schedules(movies).get(made.schedule_id).plan == Plan(
        time_zone="Europe/Berlin", every_events=500, enabled=False
    )

    gone = rest.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    for refused in (rest.get(path), rest.patch(path, json={}), rest.delete(path)):
        assert refused.status_code == 404
        assert made.schedule_id in refused.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"cron": "soon"}, "'soon' are no cron words"),
        ({"cron": "0 0 31 2 *"}, "no time that ever comes"),
        ({"timeZone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ({"cron": None}, "needs cron words"),
        ({"everyEvents": 0}, "body.everyEvents"),
        ({"everyEvents": "5"}, "body.everyEvents"),
        ({"enabled": 1}, "body.enabled"),
        ({"kind": "batch-shard"}, "body.kind"),
        ({"colour": "red"}, "body.colour"),
        ({"request": {"likeThreshold": "4"}}, "likeThreshold"),
        ({"request": {"like_threshold": 3, "colour": "red"}}, "colour"),
        ({"kind": "ingest", "request": {}}, "source"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    rest: httpx.Client, changes: dict[str, object], told: str
) -> None:
    answer = rest.post("/v1/schedules", json={**BODY, **changes})

    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert rest.get("/v1/schedules").json() == {"items": []}


def test_a_change_that_does_not_fit_changes_nothing(rest: httpx.Client) -> None:
    made = rest.post("/v1/schedules", json=BODY).json()
    path = f"/v1/schedules/{made['scheduleId']}"

    for changes in ({"cron": None}, {"cron": "soon"}, {"request": {"width": 1}}, {"enabled": None}, {"kind": "batch"}):
        assert rest.patch(path, json=changes).status_code == 422, changes
    assert rest.get(path).json() == made
