"""A collector of traces on loopback: understands OTLP over HTTP, or takes a connection and never answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """What was sent to it."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        self.hangs = hangs
        self.asked = threading.Event()
        self.let_go = threading.Event()

    @property
    def spans(self) -> list[Span]:
        found = []
        for body in self.bodies:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    found += scope.spans
        return found


def facts(span: Span) -> dict[str, str | int]:
    """Return the attributes of a span."""
    kinds = {each.key: each.value.WhichOneof("value") for each in span.attributes}
    return {each.key: getattr(each.value, kinds[each.key]) for each in span.attributes}


@contextmanager
def collecting(*, hangs: bool = False) -> Iterator[tuple[Collector, str]]:
    """Lend a collector and its address."""
    collector = Collector(hangs=hangs)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.asked.set()
            if collector.hangs:
                collector.let_go.wait(60)
                return
            collector.paths.append(self.path)
            collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield collector, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        collector.let_go.set()
        server.shutdown()
        server.server_close()
