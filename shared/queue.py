"""The queue: one Celery application's settings, and how a job's id is put on it."""

import logging
from typing import Any, Final
from urllib.parse import urlsplit

from celery import Celery
from kombu import Exchange, Queue
from kombu.exceptions import OperationalError

from shared.errors import UnavailableError
from shared.jobs import JobKind, Sender
from shared.settings import QueueSettings

_SOCKET_SECONDS: Final = 10.0  # longer than the second that a worker's call for messages is answered in

log = logging.getLogger(__name__)


def make_celery(settings: QueueSettings) -> Celery:
    """A Celery application on the Redis that the settings name. It connects when it is first used."""
    app = Celery("marquee", broker=_broker(settings.redis_url.get_secret_value()), set_as_current=False)
    app.conf.update(
        # JSON only: a message can't carry code.
        task_serializer="json",
        accept_content=["json"],
        # What becomes of a job is written in the graph; a result backend would only be one more thing to lose.
        task_ignore_result=True,
        task_create_missing_queues=False,
        # The default exchange: bindings of any other are kept in Redis, and a Redis that has lost them drops messages.
        task_queues=[Queue(kind.value, Exchange(""), routing_key=kind.value) for kind in JobKind],
        task_routes={kind.task: {"queue": kind.value} for kind in JobKind},
        worker_prefetch_multiplier=1,
        # On SIGQUIT a running job has this long to end. On SIGTERM it is given up by itself: see `shared.ending`.
        worker_soft_shutdown_timeout=10.0,
        worker_enable_soft_shutdown_on_idle=True,
        worker_hijack_root_logger=False,
        broker_transport_options=_transport_options(settings),
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
    )
    return app


def _broker(url: str) -> str:
    """The address as kombu needs it.

    Of `rediss://` it would not check the certificate unless told to. Of sentinels it takes one at a time and would ask
    without a password after the first has gone: each gets the user, password and database that one of them names.
    """
    parts = [urlsplit(part) for part in url.split(";")]
    if parts[0].scheme == "rediss" and "ssl_cert_reqs" not in parts[0].query:
        return f"{url}{'&' if parts[0].query else '?'}ssl_cert_reqs=required"
    if parts[0].scheme != "sentinel":
        return url
    who = max((part.netloc.rpartition("@")[:2] for part in parts), key=lambda found: bool(found[1]))
    path = max(part.path for part in parts)
    hosts = (part.netloc.rpartition("@")[2] for part in parts)
    return ";".join(f"sentinel://{''.join(who)}{host}{path}" for host in hosts)


def _transport_options(settings: QueueSettings) -> dict[str, Any]:
    patience = {"socket_connect_timeout": _SOCKET_SECONDS, "socket_timeout": _SOCKET_SECONDS}
    # A shorter visibility timeout hands a long job out several times at once.
    options: dict[str, Any] = {"visibility_timeout": round(settings.longest_job_hours * 3_600), **patience}
    if settings.redis_sentinel_master is not None:
        password = settings.redis_sentinel_password
        options["master_name"] = settings.redis_sentinel_master
        options["sentinel_kwargs"] = {"password": password.get_secret_value() if password else None, **patience}
    return options


def waiting(app: Celery, kind: JobKind) -> int:
    """How many messages wait on a queue; those that a worker holds are not among them.

    Raises:
        UnavailableError: the queue does not answer.
    """
    try:
        with app.connection_for_read(transport_options={"max_retries": 1}) as connection:
            queue = Queue(kind.value, Exchange(""), routing_key=kind.value, channel=connection.default_channel)
            return int(queue.queue_declare().message_count)  # type: ignore[union-attr]  # the stub takes it for a str
    except OperationalError as error:
        raise UnavailableError(f"The queue (Redis) does not answer: {error}") from error


def sender(app: Celery) -> Sender:
    """Puts job ids on the queue of `app`, trying for a few seconds."""
    retry = {"max_retries": 3, "interval_start": 0.2, "interval_step": 0.3, "interval_max": 1.0}

    def send(kind: JobKind, job_id: str) -> None:
        try:
            app.send_task(kind.task, args=[job_id], queue=kind.value, retry=True, retry_policy=retry)
        except OperationalError as error:
            raise UnavailableError(
                f"The queue (Redis) does not answer, so job {job_id} was not queued: {error}"
            ) from error

    return send
