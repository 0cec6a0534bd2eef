"""Jobs over HTTP. The queue is a list here; the real one is tested with the whole loop."""

import httpx
import pytest

from services.recommender.bodies.jobs import JobAnswer, JobLogAnswer
from shared.errors import UnavailableError
from shared.graph import Graph
from shared.job_log import owner_name
from shared.job_records import Claim, Jobs
from shared.jobs import JobKind, JobState, Sender
from shared.work import Outcome, do_job

Sent = list[tuple[JobKind, str]]


def test_an_ingest_is_queued_with_what_was_asked(rest: httpx.Client, sent: Sent, movies: Graph) -> None:
    answer = rest.post("/v1/jobs/ingest", json={"source": "ml-latest-small", "minRating": 0.5, "strict": True})

    assert answer.status_code == 202
    job = answer.json()
    assert JobAnswer.model_validate_json(answer.content).state is JobState.QUEUED
    assert answer.headers["location"] == f"/v1/jobs/{job['jobId']}"
    assert (job["kind"], job["state"], job["progress"]) == ("ingest", "queued", 0)
    assert job["request"]["minRating"] == 0.5
    assert sent == [(JobKind.INGEST, job["jobId"])]
    assert Jobs(movies).get(job["jobId"]).payload["min_rating"] == 0.5


def test_a_training_that_waits_already_is_given_again(rest: httpx.Client, sent: Sent) -> None:
    first = rest.post("/v1/jobs/train", json={"likeThreshold": 3.5})
    second = rest.post("/v1/jobs/train", json={"likeThreshold": 3.5})

    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["jobId"] == second.json()["jobId"]
    assert second.headers["location"] == first.headers["location"]
    assert first.json()["request"]["likeThreshold"] == 3.5
    assert len(sent) == 1


def test_a_batch_is_queued_with_all_that_was_said(rest: httpx.Client, sent: Sent) -> None:
    body = {"top": 5, "format": "csv", "out": "/exports", "graph": True}
    answer = rest.post("/v1/jobs/batch", json=body)

    job = answer.json()
    assert answer.status_code == 202
    assert (job["kind"], job["request"], job["partOf"]) == ("batch", body, None)
    assert sent == [(JobKind.BATCH, job["jobId"])]


def test_a_comparison_is_queued_with_its_models(rest: httpx.Client, sent: Sent) -> None:
    answer = rest.post("/v1/jobs/compare", json={"models": ["gcn", "ease"], "seeds": 3, "likeThreshold": 3.5})

    job = answer.json()
    assert answer.status_code == 202
    assert (job["kind"], job["request"]["models"], job["request"]["seeds"]) == ("compare", ["gcn", "ease"], 3)
    assert sent == [(JobKind.COMPARE, job["jobId"])]


def test_a_training_takes_a_family_and_what_belongs_to_it(rest: httpx.Client) -> None:
    asked = {"family": "rgcn", "loss": "bpr", "relations": ["genre", "age"], "neighbours": 10, "layers": 1}

    answer = rest.post("/v1/jobs/train", json=asked)

    assert answer.status_code == 202
    assert {name: answer.json()["request"][name] for name in asked} == asked


def test_the_documentation_says_what_the_fields_of_a_body_mean(rest: httpx.Client) -> None:
    schemas = rest.get("/openapi.json").json()["components"]["schemas"]

    assert schemas["TrainBody"]["properties"]["width"]["description"] == "Dimensions of a vector."
    assert schemas["BatchBody"]["properties"]["top"]["description"] == "How many movies a user gets."


def test_settings_that_do_not_fit_together_are_refused_in_words(rest: httpx.Client) -> None:
    answer = rest.post("/v1/jobs/train", json={"family": "lightgcn", "relations": ["genre"]})

    assert answer.status_code == 422
    assert "the family lightgcn has no use for relations" in answer.json()["detail"]


def test_a_clean_up_is_queued_and_one_that_waits_is_given_again(rest: httpx.Client, sent: Sent) -> None:
    first = rest.post("/v1/jobs/clean-up", json={})
    second = rest.post("/v1/jobs/clean-up", json={})

    assert (first.status_code, second.status_code) == (202, 200)
    assert (first.json()["kind"], first.json()["request"]) == ("clean-up", {})
    assert sent == [(JobKind.CLEAN_UP, second.json()["jobId"])]


def test_every_tuning_that_is_asked_for_is_a_worker_more(rest: httpx.Client, sent: Sent) -> None:
    first, second = (rest.post("/v1/jobs/tune", json={"minutes": 10, "study": "mine"}) for _ in range(2))

    assert (first.status_code, second.status_code) == (202, 202)
    assert (first.json()["kind"], first.json()["request"]["minutes"]) == ("tune", 10)
    assert sent == [(JobKind.TUNE, answer.json()["jobId"]) for answer in (first, second)]


def test_a_running_job_shows_how_far_it_is(rest: httpx.Client, movies: Graph) -> None:
    job_id = rest.post("/v1/jobs/train", json={}).json()["jobId"]
    claim = Jobs(movies).claim(job_id, owner="test", lease_seconds=30)
    assert isinstance(claim, Claim)
    changes = {"stage": "train", "stageProgress": 0.5, "progress": 0.25, "secondsLeft": 12.5}
    Jobs(movies).update(claim, changes, lease_seconds=30)

    job = rest.get(f"/v1/jobs/{job_id}").json()

    assert (job["state"], job["stage"], job["stageProgress"]) == ("running", "train", 0.5)
    assert (job["progress"], job["secondsLeft"]) == (0.25, 12.5)
    assert job["createdAt"] <= job["startedAt"]
    assert job["startedAt"].endswith("Z")


def test_a_finished_job_shows_what_came_of_it(rest: httpx.Client, movies: Graph) -> None:
    job_id = rest.post("/v1/jobs/ingest", json={"source": "x"}).json()["jobId"]
    claim = Jobs(movies).claim(job_id, owner="test", lease_seconds=30)
    assert isinstance(claim, Claim)
    Jobs(movies).finish(claim, JobState.SUCCEEDED, result={"ratings": 7})

    job = rest.get(f"/v1/jobs/{job_id}").json()

    assert (job["state"], job["progress"], job["result"]) == ("succeeded", 1, {"ratings": 7})


def test_a_waiting_job_is_cancelled_and_only_once(rest: httpx.Client) -> None:
    job_id = rest.post("/v1/jobs/ingest", json={"source": "x"}).json()["jobId"]

    assert rest.post(f"/v1/jobs/{job_id}/cancel").json()["state"] == "cancelled"
    again = rest.post(f"/v1/jobs/{job_id}/cancel")

    assert again.status_code == 409
    assert "ended already; its state is cancelled" in again.json()["detail"]


def test_jobs_are_listed_newest_first_and_by_kind_and_state(rest: httpx.Client) -> None:
    ingest = rest.post("/v1/jobs/ingest", json={"source": "x"}).json()["jobId"]
    train = rest.post("/v1/jobs/train", json={}).json()["jobId"]
    rest.post(f"/v1/jobs/{train}/cancel")

    def listed(**query: str) -> list[str]:
        return [job["jobId"] for job in rest.get("/v1/jobs", params=query).json()["items"]]

    assert sorted(listed()) == sorted([ingest, train])
    assert listed(kind="ingest") == [ingest]
    assert listed(state="cancelled") == [train]
    assert listed(kind="train", state="queued") == []
    assert len(listed(limit="1")) == 1


@pytest.mark.parametrize("path", ["/v1/jobs/nope", "/v1/jobs/nope/cancel"])
def test_a_job_that_is_not_there_is_not_found(rest: httpx.Client, path: str) -> None:
    answer = rest.post(path) if path.endswith("cancel") else rest.get(path)

    assert answer.status_code == 404
    assert "'nope'" in answer.json()["detail"]
    assert "GET /v1/jobs" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "at"),
    [
        ("/v1/jobs/ingest", {}, "body.source"),
        ("/v1/jobs/ingest", {"source": ""}, "body.source"),
        ("/v1/jobs/ingest", {"source": "x", "strict": "yes"}, "body.strict"),
        ("/v1/jobs/ingest", {"source": "x", "minRating": True}, "body.minRating"),
        ("/v1/jobs/train", {"width": 4}, "body.width"),
        ("/v1/jobs/train", {"seed": True}, "body.seed"),
        ("/v1/jobs/train", {"epochs": "5"}, "body.epochs"),
        ("/v1/jobs/train", {"colour": "red"}, "body.colour"),
        ("/v1/jobs/compare", {"models": ["svd"]}, "body.models.0"),
        ("/v1/jobs/compare", {"models": []}, "body.models"),
        ("/v1/jobs/compare", {"seeds": 11}, "body.seeds"),
        ("/v1/jobs/clean-up", {"days": 3}, "body.days"),
        ("/v1/jobs/tune", {"trials": 0}, "body.trials"),
        ("/v1/jobs/tune", {"minutes": 20_000}, "body.minutes"),
        ("/v1/jobs/tune", {"width": 64}, "body.width"),
        ("/v1/jobs/batch", {"top": 201}, "body.top"),
        ("/v1/jobs/batch", {"format": "xml"}, "body.format"),
        ("/v1/jobs/batch", {"graph": 1}, "body.graph"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(
    rest: httpx.Client, sent: Sent, path: str, body: dict[str, object], at: str
) -> None:
    answer = rest.post(path, json=body)

    assert answer.status_code == 422
    assert [error["at"] for error in answer.json()["errors"]] == [at]
    assert sent == []


class TestQueueAway:
    @pytest.fixture
    def send(self) -> Sender:
        def refuse(kind: JobKind, job_id: str) -> None:
            raise UnavailableError(f"The queue does not answer, so {kind} job {job_id} was not queued.")

        return refuse

    def test_where_the_queue_is_away_the_answer_says_so_and_the_job_is_kept(self, rest: httpx.Client) -> None:
        answer = rest.post("/v1/jobs/train", json={})

        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert "queue does not answer" in answer.json()["detail"]
        assert [job["state"] for job in rest.get("/v1/jobs").json()["items"]] == ["failed"]


def test_a_training_names_its_baselines_in_a_list(rest: httpx.Client) -> None:
    answer = rest.post("/v1/jobs/train", json={"baselines": ["ease", "bias"], "split": "random"})

    assert answer.status_code == 202, answer.text
    assert answer.json()["request"]["baselines"] == ["ease", "bias"]


def test_the_log_of_a_job_is_read_part_by_part(
    rest: httpx.Client, movies: Graph, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    job_id = rest.post("/v1/jobs/train", json={}).json()["jobId"]
    path = f"/v1/jobs/{job_id}/log"
    assert rest.get(path).json() == {"items": [], "next": 0, "isComplete": False}
    do_job(movies, job_id, lambda _context: Outcome(), stages={}, lease_seconds=30)

    first = JobLogAnswer.model_validate_json(rest.get(path, params={"limit": 1}).content)
    second = JobLogAnswer.model_validate_json(rest.get(path, params={"after": first.next}).content)

    assert [(line.number, line.text) for line in (*first.items, *second.items)] == [
        (1, f"train job {job_id} begins here, for the first time"),
        (2, f"job {job_id} succeeded"),
    ]
    assert (first.next, first.is_complete, second.next, second.is_complete) == (1, False, 2, True)
    assert second.items[0].worker == owner_name()
    assert rest.get(path, params={"after": 2}).json() == {"items": [], "next": 2, "isComplete": True}
    assert rest.get(path, params={"after": -1}).status_code == 422
    assert rest.get("/v1/jobs/nope/log").status_code == 404
