"""Whole sources into a real graph: good ones, faulty ones, and those that must change nothing."""

import tracemalloc
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.ingest.forms.text import BLOCK_BYTES
from services.ingest.job import STAGES, ingest
from services.ingest.settings import IngestSettings
from shared.errors import CancelledError, InvalidInputError, LeaseLostError
from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import IngestRequest, JobKind, JobState
from shared.schema import MOVIE
from shared.work import JobContext, do_job

WriteFiles = Callable[..., Path]
Ingest = Callable[..., dict[str, Any]]
Contents = Callable[[Graph], dict[str, list[tuple[Any, ...]]]]

MOVIES = "movieId,title,genres\n10,Heat (1995),Action|Crime\n20,Ran (1985),Drama\n"
FAULTY: dict[str, str | bytes] = {
    "movies.csv": MOVIES,
    "ratings.csv": (
        b"userId,movieId,rating,timestamp\n"
        b"1,10,4.5,1000\n"  # line 2, good
        b"1,10,3.5,2000\n"  # a later rating of the same movie
        b"1,10,2.5,1500\n"  # an earlier one, later in the file
        b"1,20,,1000\n"
        b"1,99,4,1000\n"
        b"2,20,7,1000\n"
        b"2,20,4\n"
        b"\xe9,20,4,1000\n"
        b"2,20,4,soon\n"
        b"2,20,0.5,3000\n"  # line 11, good
    ),
}


def rated(contents: dict[str, list[tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
    return contents["RATED"]


def test_faulty_rows_are_left_out_and_reported_and_the_latest_rating_stays(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    report = ingest_source(write_files("ml", FAULTY))

    assert rated(contents(sqlite_graph)) == [("1", "10", 3.5, 2_000_000), ("2", "20", 0.5, 3_000_000)]
    assert report["counts"]["ratings"] == {"read": 10, "written": 4, "left_out": 6}
    assert {fault["kind"]: [line["line"] for line in fault["lines"]] for fault in report["faults"]} == {
        "duplicate": [3, 4], "missing": [5], "unknown_movie": [6], "scale": [7], "fields": [8], "encoding": [9],
        "date": [10],
    }  # fmt: skip


@pytest.mark.usefixtures("nothing_written")
def test_strict_refuses_a_faulty_source_and_writes_nothing(write_files: WriteFiles, ingest_source: Ingest) -> None:
    with pytest.raises(
        InvalidInputError, match=r"has 8 faults and strict .* nothing was written: .*ratings\.csv, line"
    ):
        ingest_source(write_files("ml", FAULTY), strict=True)


def test_strict_takes_a_source_without_faults(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    ratings = "userId,movieId,rating,timestamp\n1,10,4.5,1000\n"

    report = ingest_source(write_files("ml", {"movies.csv": MOVIES, "ratings.csv": ratings}), strict=True)

    assert rated(contents(sqlite_graph)) == [("1", "10", 4.5, 1_000_000)]
    assert report["counts"]["ratings"]["read"] == 1


def test_a_second_run_gives_the_same_graph_and_report(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    folder = write_files("ml", FAULTY)
    first_report = ingest_source(folder)
    first = contents(sqlite_graph)

    assert ingest_source(folder) == first_report
    assert contents(sqlite_graph) == first


def test_readers_are_told_that_the_catalogue_changed(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph
) -> None:
    before = sqlite_graph.read_revision()

    ingest_source(write_files("ml", FAULTY))

    assert sqlite_graph.read_revision() > before


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"movies.csv": MOVIES, "ratings.csv": "userId,movieId,rating,timestamp\n"}, r"ratings\.csv holds no ratings"),
        ({"movies.csv": MOVIES, "ratings.csv": ""}, r"ratings\.csv is empty"),
        (
            {"movies.csv": MOVIES, "ratings.csv": "userId,movieId,rating,timestamp\n1;10;5;1000\n2;10;5;1000\n"},
            "None of the 2 ratings .* nothing was written: 2 of ratings: the line does not have",
        ),
        ({"ratings.dat": "1,2,3,4\n", "movies.dat": "1::A::B\n"}, "None of the 1 ratings"),
        ({"movies.csv": "id,name\n1,A\n", "ratings.csv": "x"}, r"movies\.csv has no column 'movieId'"),
    ],
)
@pytest.mark.usefixtures("nothing_written")
def test_what_holds_no_ratings_is_refused_and_nothing_is_written(
    write_files: WriteFiles, ingest_source: Ingest, files: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        ingest_source(write_files("ml", files))


@pytest.mark.parametrize("top", ["", "ml-tiny/"])
def test_a_zip_is_read_with_or_without_a_top_folder(
    tmp_path: Path, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents, top: str
) -> None:
    with zipfile.ZipFile(tmp_path / "ml-tiny.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in FAULTY.items():
            archive.writestr(f"{top}{name}", content)
        archive.writestr("__MACOSX/._ratings.csv", "x")

    report = ingest_source(tmp_path / "ml-tiny.zip")

    assert report["counts"]["ratings"]["written"] == 4
    assert rated(contents(sqlite_graph)) == [("1", "10", 3.5, 2_000_000), ("2", "20", 0.5, 3_000_000)]


@pytest.mark.usefixtures("nothing_written")
def test_a_damaged_zip_is_refused_and_nothing_is_written(tmp_path: Path, ingest_source: Ingest) -> None:
    path = tmp_path / "ml.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in FAULTY.items():
            archive.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"1,10,4.5", b"1,10,9.5"))

    with pytest.raises(InvalidInputError, match=r"ratings\.csv is damaged in the zip"):
        ingest_source(path)


def test_the_built_in_sample_is_read_whole(ingest_source: Ingest, sqlite_graph: Graph, contents: Contents) -> None:
    report = ingest_source("sample")

    found = contents(sqlite_graph)
    assert "simulated" in report["form"]
    assert report["faults"] == []
    assert len(found["RATED"]) == report["counts"]["ratings"]["written"] > 1_000
    assert len(found["Movie"]) > 250
    assert ("name:charlie chaplin", "Charlie Chaplin") in found["Person"]
    assert ("name:charlie chaplin", "the-kid-1921") in found["DIRECTED"]
    assert ("name:charlie chaplin", "the-kid-1921", 0) in found["ACTED_IN"]
    assert ("the-kid-1921", "1921") in found["RELEASED_IN"]


@pytest.mark.slow
def test_the_real_latest_small_comes_in_whole_and_twice_the_same(
    datasets: Path, settings: IngestSettings, sqlite_graph: Graph, contents: Contents
) -> None:
    allowed = settings.model_copy(update={"ingest_roots": (datasets,)})

    first = ingest(allowed, context(sqlite_graph, str(datasets / "ml-latest-small"))).result
    graph = contents(sqlite_graph)
    second = ingest(allowed, context(sqlite_graph, str(datasets / "ml-latest-small"))).result

    assert first == second
    assert contents(sqlite_graph) == graph
    assert first["faults"] == []
    assert {table: count["written"] for table, count in first["counts"].items()} == {
        "ratings": 100_836, "movies": 9_742, "links": 9_742,
    }  # fmt: skip
    assert {kind: len(rows) for kind, rows in graph.items() if rows} == {
        "User": 610, "Movie": 9_742, "Genre": 19, "Year": 106, "RATED": 100_836, "IN_GENRE": 22_050,
        "RELEASED_IN": 9_730,
    }  # fmt: skip
    assert {rating for _, _, rating, _ in graph["RATED"]} == {half / 2 for half in range(1, 11)}
    assert ("1", "1", 4.0, 964_982_703_000) in graph["RATED"]
    assert sqlite_graph.read_record(MOVIE, "1") == {
        "movieId": "1", "title": "Toy Story", "year": 1995, "imdbId": "tt0114709", "tmdbId": "862",
        "posterPath": None, "language": None, "properties": None,
    }  # fmt: skip


@pytest.mark.slow
def test_the_real_100k_comes_in_whole(
    datasets: Path, settings: IngestSettings, sqlite_graph: Graph, contents: Contents
) -> None:
    allowed = settings.model_copy(update={"ingest_roots": (datasets,)})

    report = ingest(allowed, context(sqlite_graph, str(datasets / "ml-100k"))).result

    graph = contents(sqlite_graph)
    assert report["faults"] == []
    assert {kind: len(rows) for kind, rows in graph.items() if rows} == {
        "User": 943, "Movie": 1_682, "Genre": 18, "Year": 71, "RATED": 100_000, "IN_GENRE": 2_891, "RELEASED_IN": 1_681,
    }  # fmt: skip
    assert ("1", "M", "technician", 24) in graph["User"]
    assert sum(rating for _, _, rating, _ in graph["RATED"]) == 352_986.0


def context(graph: Graph, source: str, **asked: Any) -> JobContext:  # noqa: ANN401 - fields of an IngestRequest
    def send(kind: JobKind, job_id: str) -> None:
        """Nothing: the job is done right here."""

    job, _ = Jobs(graph).ask(IngestRequest(source=source, **asked), send)
    return JobContext(graph, job, STAGES)


def test_a_job_keeps_its_report_and_a_refused_one_its_reason(
    write_files: WriteFiles, settings: IngestSettings, sqlite_graph: Graph
) -> None:
    folder = write_files("ml", FAULTY)
    good = context(sqlite_graph, str(folder)).job.job_id
    bad = context(sqlite_graph, str(folder / "nowhere")).job.job_id

    for job_id in (good, bad):
        assert do_job(sqlite_graph, job_id, partial(ingest, settings), stages=STAGES, lease_seconds=30) is None

    done, refused = Jobs(sqlite_graph).get(good), Jobs(sqlite_graph).get(bad)
    assert done.state is JobState.SUCCEEDED
    assert done.result is not None
    assert done.result["counts"]["ratings"]["written"] == 4
    assert refused.state is JobState.FAILED
    assert refused.error is not None
    assert "is no file or folder" in refused.error


def test_a_cancelled_job_stops_at_its_next_step(
    write_files: WriteFiles, settings: IngestSettings, sqlite_graph: Graph
) -> None:
    stopped = context(sqlite_graph, str(write_files("ml", FAULTY)))
    stopped.stop(CancelledError("Cancelled."))

    with pytest.raises(CancelledError):
        ingest(settings, stopped)


class _StoppedAfterRatings(JobContext):
    """A context that is cancelled as soon as ratings were written."""

    def progress(self, stage: str, fraction: float) -> None:
        super().progress(stage, fraction)
        if stage == "ratings":
            raise CancelledError("Cancelled.")


def test_a_job_that_is_cancelled_after_it_has_written_says_so_and_tells_readers(
    write_files: WriteFiles, settings: IngestSettings, sqlite_graph: Graph
) -> None:
    stopped = _StoppedAfterRatings(sqlite_graph, context(sqlite_graph, str(write_files("ml", FAULTY))).job, STAGES)
    before = sqlite_graph.read_revision()

    with pytest.raises(CancelledError, match=r"^Cancelled\. 4 ratings were written before that; running it again is"):
        ingest(settings, stopped)

    assert sqlite_graph.read_revision() > before


def test_a_job_that_fails_before_it_has_written_says_nothing_of_that_and_tells_nobody(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph
) -> None:
    before = sqlite_graph.read_revision()

    with pytest.raises(InvalidInputError) as refused:
        ingest_source(write_files("ml", {"movies.csv": MOVIES, "ratings.csv": "userId,movieId,rating,timestamp\n"}))

    assert "were written" not in str(refused.value)
    assert sqlite_graph.read_revision() == before


class _TakenOver(JobContext):
    """A context whose job another worker takes over as soon as ratings were written."""

    def progress(self, stage: str, fraction: float) -> None:
        super().progress(stage, fraction)
        if stage == "ratings":
            raise LeaseLostError("Another worker has it.")


def test_a_job_that_was_taken_over_writes_nothing_more(
    write_files: WriteFiles, settings: IngestSettings, sqlite_graph: Graph
) -> None:
    lost = _TakenOver(sqlite_graph, context(sqlite_graph, str(write_files("ml", FAULTY))).job, STAGES)
    before = sqlite_graph.read_revision()

    with pytest.raises(LeaseLostError):
        ingest(settings, lost)

    assert sqlite_graph.read_revision() == before


class _Watching(JobContext):
    """A context that keeps all progress of the job."""

    seen: list[tuple[int, float]]

    def progress(self, stage: str, fraction: float) -> None:
        super().progress(stage, fraction)
        self.seen.append((list(STAGES).index(stage), fraction))


@pytest.mark.parametrize("strict", [False, True])
def test_progress_never_runs_backwards(
    write_files: WriteFiles, settings: IngestSettings, sqlite_graph: Graph, strict: bool
) -> None:
    files = {
        "movies.dat": "1::Ran (1985)::Drama\n",
        "users.dat": "7::F::25::12::48067\n",
        "ratings.dat": "7::1::5::978300760\n",
        "tags.dat": "7::1::war::978300760\n",
    }
    job = context(sqlite_graph, str(write_files("ml", files)), strict=strict).job
    watching = _Watching(sqlite_graph, job, STAGES)
    watching.seen = []

    ingest(settings, watching)

    assert watching.seen == sorted(watching.seen)
    assert {stage for stage, _ in watching.seen} == set(range(len(STAGES)))


def test_metadata_that_was_corrected_replaces_what_was_told_before_and_nothing_else(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    ratings = "userId,movieId,rating,timestamp\nu,a,4,1000\nu,b,4,1000\n"
    header = "movieId,title,year,genres,directors,actors\n"
    first = f"{header}a,A,1999,X|Y,Ann,Lead|Other\nb,B,1950,X,Bob,Lead\n"
    ingest_source(write_files("first", {"movies.csv": first, "ratings.csv": ratings}))

    second = f"{header}a,A,2001,Z,Eve,Other|New\n"
    ingest_source(write_files("second", {"movies.csv": second, "ratings.csv": ratings}))

    found = contents(sqlite_graph)
    assert found["RELEASED_IN"] == [("a", "2001"), ("b", "1950")]
    assert found["IN_GENRE"] == [("a", "Z"), ("b", "X")]
    assert found["DIRECTED"] == [("name:bob", "b"), ("name:eve", "a")]
    assert found["ACTED_IN"] == [("name:lead", "b", 0), ("name:new", "a", 1), ("name:other", "a", 0)]
    assert len(found["RATED"]) == 2


def test_what_a_later_source_does_not_tell_stays(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    ratings = "userId,movieId,rating,timestamp\nu,a,4,1000\n"
    first = "movieId,title,year,genres,directors,actors\na,A,1999,X,Ann,Lead\n"
    ingest_source(write_files("first", {"movies.csv": first, "ratings.csv": ratings}))

    folder = write_files("second", {"movies.csv": "movieId,title\na,New name\n", "ratings.csv": ratings})
    ingest_source(folder / "ratings.csv", movies=str(folder / "movies.csv"))

    found = contents(sqlite_graph)
    assert [title for _, title, *_ in found["Movie"]] == ["New name"]
    assert found["RELEASED_IN"] == [("a", "1999")]
    assert found["IN_GENRE"] == [("a", "X")]
    assert found["DIRECTED"] == [("name:ann", "a")]
    assert found["ACTED_IN"] == [("name:lead", "a", 0)]


def test_a_file_is_read_up_to_its_first_usable_rating_before_it_is_refused(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    off = "".join(f"{user},10,{99:012d},{1:012d}\n" for user in range(BLOCK_BYTES // 30))
    folder = write_files(
        "ml", {"movies.csv": MOVIES, "ratings.csv": f"userId,movieId,rating,timestamp\n{off}1,10,4.5,1000\n"}
    )
    assert (folder / "ratings.csv").stat().st_size > BLOCK_BYTES

    report = ingest_source(folder)

    assert report["counts"]["ratings"]["written"] == 1
    assert rated(contents(sqlite_graph)) == [("1", "10", 4.5, 1_000_000)]


def test_a_line_that_is_far_too_long_costs_itself_alone(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    long = "9" * (2 * BLOCK_BYTES + 1)
    ratings = f"userId,movieId,rating,timestamp\n1,10,4.5,1000\n{long}\n2,10,4.5,1000\n"

    report = ingest_source(write_files("ml", {"movies.csv": MOVIES, "ratings.csv": ratings}))

    assert [(fault["kind"], fault["lines"][0]["line"]) for fault in report["faults"]] == [("fields", 3)]
    assert [user for user, *_ in rated(contents(sqlite_graph))] == ["1", "2"]


@pytest.mark.slow
def test_blocks_in_memory_do_not_grow_with_the_file(write_files: WriteFiles, ingest_source: Ingest) -> None:
    rng = np.random.default_rng(0)
    folder = write_files("ml", {"movies.csv": MOVIES})

    def peak(ratings: int) -> int:
        users = np.sort(rng.integers(1, 2_000, ratings))
        lines = (f"{user},{10 * (1 + k % 2)},4.0,{1000 + k}\n" for k, user in enumerate(users))
        with (folder / "ratings.csv").open("w") as file:
            file.write("userId,movieId,rating,timestamp\n")
            file.writelines(lines)
        tracemalloc.start()
        ingest_source(folder)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    small, large = peak(300_000), peak(1_200_000)

    assert large < small * 1.6, f"{large / 2**20:.0f} MiB for four times the ratings, {small / 2**20:.0f} MiB before"
