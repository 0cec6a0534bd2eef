"""OpenTelemetry traces, where they are switched on: a span for each request, each job, and each of a job's stages.

Off, nothing of OpenTelemetry is imported. On, it wants the extra `tracing`; where spans are sent is what
OpenTelemetry's own variables say, `OTEL_EXPORTER_OTLP_ENDPOINT` first of all.
"""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from shared.errors import InvalidInputError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

_FLUSH_MILLISECONDS: Final = 5_000


class _State:
    """Which service traces, and with what: each process makes its own, since a job's is forked."""

    service: str | None = None
    provider: "TracerProvider | None" = None
    process: int = 0


def prepare(service: str, *, is_on: bool) -> None:
    """Switch tracing on for this process and those that it forks.

    Raises:
        InvalidInputError: the packages are not there.
    """
    if is_on and find_spec("opentelemetry") is None:
        raise InvalidInputError(
            "MARQUEE_TRACING needs OpenTelemetry, which is not installed: pip install 'marquee[tracing]'."
        )
    _State.service = service if is_on else None


def is_on() -> bool:
    """Whether spans are made."""
    return _State.service is not None


def tracer() -> "Tracer":
    """What makes spans in this process; only to be called where tracing is on."""
    if _State.provider is None or _State.process != os.getpid():
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        resource = Resource.create({"service.name": f"marquee-{_State.service}"})
        _State.provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        _State.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        _State.process = os.getpid()
    return _State.provider.get_tracer("marquee")


def flush() -> None:
    """Send what was not sent yet, waiting a few seconds at most: the process may end now."""
    if _State.provider is not None and _State.process == os.getpid():
        _State.provider.force_flush(_FLUSH_MILLISECONDS)


def parent_of(traceparent: str | None) -> "Context":
    """The context that a `traceparent` (W3C) names, an empty one where there is none or it is none."""
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {"traceparent": traceparent} if traceparent else {}
    return TraceContextTextMapPropagator().extract(carrier, Context())


def current_traceparent() -> str | None:
    """The span that is current here, for whoever goes on elsewhere; None where there is none."""
    if not is_on():
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")


class JobSpan:
    """The span of a job with one of each stage in it. It costs nothing where tracing is off."""

    def __init__(self, kind: str, attributes: Mapping[str, Any], traceparent: str | None) -> None:
        self._span: Span | None = None
        self._stage: Span | None = None
        if is_on():
            from opentelemetry.trace import SpanKind

            self._span = tracer().start_span(
                f"job {kind}", parent_of(traceparent), SpanKind.CONSUMER, attributes=attributes
            )

    def stage(self, name: str) -> None:
        """A stage begins, and the one before it has ended."""
        if self._span is not None:
            from opentelemetry.trace import set_span_in_context

            self._end_stage()
            self._stage = tracer().start_span(name, set_span_in_context(self._span))

    def end(self, state: str, *, is_error: bool) -> None:
        """The job has ended here."""
        if self._span is not None:
            from opentelemetry.trace import Status, StatusCode

            self._end_stage()
            self._span.set_attribute("marquee.job.state", state)
            if is_error:
                self._span.set_status(Status(StatusCode.ERROR))
            self._span.end()
            flush()

    @contextlib.contextmanager
    def current(self) -> Iterator[None]:
        """What is asked for within is asked for by this job."""
        if self._span is None:
            yield
            return
        from opentelemetry.trace import use_span

        with use_span(self._span, record_exception=False, set_status_on_exception=False):
            yield

    def _end_stage(self) -> None:
        if self._stage is not None:
            self._stage.end(time.time_ns())
            self._stage = None
