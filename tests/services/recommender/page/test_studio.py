"""What who runs the server reads and does in the studio, in a real browser."""

import json
import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from services.recommender.settings import RecommenderSettings
from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import IngestRequest, JobState
from shared.schema import JOB

pytestmark = pytest.mark.slow

LINES = [{"file": "ratings.csv", "line": 17, "text": "1,<b>99</b>,4.0,964982703"}]
REPORT = {
    "source": "ml",
    "form": "MovieLens CSV",
    "counts": {"ratings": {"read": 12_000, "written": 11_988, "left_out": 12}},
    "faults": [
        {"table": "ratings", "kind": "unknown_movie", "count": 12, "why": "the movie is not in the file of movies",
         "done": "left out", "lines": LINES}
    ],
    "notes": ["Years were read from titles."],
}  # fmt: skip


@pytest.fixture
def settings(settings: RecommenderSettings) -> RecommenderSettings:
    return settings.model_copy(update={"access": "open", "page": "open", "registration": "open"})


def test_the_report_of_an_ingest_is_read_with_its_faults_and_their_first_rows(page: Page, movies: Graph) -> None:
    job, _ = Jobs(movies).ask(IngestRequest(source="ml"), lambda *_: None)
    ended = {"state": JobState.SUCCEEDED.value, "finishedAt": movies.now(), "result": json.dumps(REPORT)}
    movies.update_record(JOB, job.job_id, ended)
    page.goto(f"/studio/jobs/{job.job_id}")

    expect(page.get_by_text("12,000 read, 11,988 written, 12 left out")).to_be_visible()
    expect(page.get_by_text("Years were read from titles.").first).to_be_visible()
    page.get_by_text("12 of ratings: the movie is not in the file of movies (left out)").click()
    rows = page.get_by_role("region", name=re.compile("^First rows of ratings"))
    expect(rows.get_by_role("cell")).to_have_text(["ratings.csv", "17", "1,<b>99</b>,4.0,964982703"])


def test_accounts_are_found_linked_logged_out_and_deleted(page: Page, url: str) -> None:
    with httpx.Client(base_url=url, trust_env=False) as rest:
        for login in ("ann", "bob"):
            body = {"login": login, "password": "correct horse battery", "displayName": f"<i>{login}</i>"}
            assert rest.post("/v1/accounts", json=body).status_code == 201
            rest.cookies.clear()
    page.goto("/studio/accounts")
    expect(page.locator(".accounts__one")).to_have_count(2)
    page.get_by_label("Name, login or user").fill("ann")
    expect(page).to_have_url(re.compile(r"\?q=ann$"))
    expect(page.locator(".accounts__one")).to_have_count(1)
    page.locator(".accounts summary").click()

    page.get_by_label("User of the data").fill("nobody")
    page.get_by_role("button", name="Link to this user").click()
    expect(page.get_by_text(re.compile("no user 'nobody'"))).to_be_visible()
    page.get_by_label("User of the data").fill("u")
    page.get_by_role("button", name="Link to this user").click()
    expect(page.locator(".accounts .state")).to_have_text("user u")
    page.get_by_role("button", name="Unlink").click()
    expect(page.locator(".accounts .state")).to_have_count(0)
    page.get_by_role("button", name="Log out everywhere").click()
    expect(page.get_by_text("ann is logged out everywhere.")).to_be_visible()
    page.get_by_role("button", name="Disable").click()
    expect(page.locator(".accounts .state")).to_have_text("disabled")

    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No account is like that.")).to_be_visible()
    page.get_by_label("Name, login or user").fill("")
    expect(page.locator(".accounts__one")).to_have_count(1)
