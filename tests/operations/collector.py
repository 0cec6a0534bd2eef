"""A collector of traces: takes what OpenTelemetry sends by OTLP over HTTP, and keeps it."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked at of a span; ids are hexadecimal, `parent` is empty where there is none."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, str]


@dataclass(slots=True)
class Collector:
    """What has come to `url`."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)

    def take(self, request: ExportTraceServiceRequest) -> None:
        for of_service in request.resource_spans:
            (service,) = (a.value.string_value for a in of_service.resource.attributes if a.key == "service.name")
            for span in (span for scope in of_service.scope_spans for span in scope.spans):
                ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                attributes = {a.key: a.value.string_value or str(a.value.int_value) for a in span.attributes}
                self.spans.append(Span(service, span.name, *ids, attributes))


@contextlib.contextmanager
def running_collector() -> Iterator[Collector]:
    """Run one on a free port of this machine."""
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            found.take(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that Python gives it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        found.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
