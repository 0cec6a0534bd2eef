"""What forked processes tell of their jobs."""

import os

from shared.watching import job_reports
from shared.watching.job_reports import JobReport


def test_a_forked_process_tells_and_what_there_is_no_room_for_holds_nobody_up() -> None:
    job_reports.prepare()
    reports = [JobReport("train", "succeeded", float(n), {"fit": 1.5}) for n in range(3)]
    if not (child := os.fork()):
        for report in reports:
            job_reports.tell(report)
        os._exit(0)
    os.waitpid(child, 0)

    assert job_reports.take() == reports
    assert job_reports.take() == []
    for _ in range(5_000):
        job_reports.tell(reports[1])
    assert 100 < len(job_reports.take()) < 5_000
    job_reports.tell(reports[2])
    assert job_reports.take() == reports[2:]
