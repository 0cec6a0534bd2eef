"""The one place that configures logging, for all services: lines of text for people, or of JSON for programs."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final, Literal

from shared.errors import InvalidInputError
from shared.watching import subject

LogFormat = Literal["text", "json"]

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s%(about)s"


class SubjectFilter(logging.Filter):
    """Writes into each record which request it is about, and which job."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let all pass. It runs in the thread that logs, so the request is the right one."""
        request_id, job_id = subject.request_id(), subject.job_id()
        about = ", ".join(f"{what} {which}" for what, which in (("request", request_id), ("job", job_id)) if which)
        record.__dict__.update(request_id=request_id, job_id=job_id, about=f" [{about}]" if about else "")
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line. Of what is unknown there is no field.

    Args:
        service: which of the three writes.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
            "requestId": getattr(record, "request_id", None),
            "jobId": getattr(record, "job_id", None),
            "error": self.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else None,
            "process": record.process,
            "thread": record.threadName,
        }
        return json.dumps({name: value for name, value in line.items() if value is not None}, ensure_ascii=False)


def configure(service: str, form: LogFormat, *, level: str = "INFO") -> None:
    """Let everything that this process logs from `level` on go to stderr, in place of what was set before.

    Raises:
        InvalidInputError: there is no such level.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise InvalidInputError(f"There is no log level {level!r}: DEBUG, INFO, WARNING, ERROR and CRITICAL are known.")
    handler = logging.StreamHandler()
    handler.addFilter(SubjectFilter())
    handler.setFormatter(JsonFormatter(service) if form == "json" else logging.Formatter(_TEXT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    logging.captureWarnings(True)
