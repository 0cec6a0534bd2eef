"""Ids of requests, and whose they are."""

import contextvars
import threading

import pytest

from shared.watching import subject


@pytest.mark.parametrize("sent", [b"f00d-1", b"4bf92f35:77b3/4da6", b"a" * 128])
def test_an_id_that_a_client_sends_is_taken(sent: bytes) -> None:
    assert subject.accept_request_id(sent) == sent.decode()


@pytest.mark.parametrize("sent", [None, b"", b"two words", b"a" * 129, b"line\nbreak", b'"}', "é".encode()])
def test_another_gets_one_of_our_own(sent: bytes | None) -> None:
    made = [subject.accept_request_id(sent) for _ in range(2)]

    assert made[0] != made[1]
    assert {len(each) for each in made} == {20}


def test_a_job_is_named_in_all_threads_of_its_process_and_a_request_in_its_task_alone() -> None:
    seen: list[tuple[str | None, str | None]] = []

    def look() -> None:
        seen.append((subject.request_id(), subject.job_id()))

    def answer() -> None:
        subject.begin_request("asked")
        look()

    with subject.doing_job("job", "asked before"):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        contextvars.copy_context().run(answer)
        look()
    look()

    assert seen == [("asked before", "job"), ("asked", "job"), ("asked before", "job"), (None, None)]
