"""Tells an OpenTelemetry collector of errands and steps (OTLP over HTTP). Not the log, and no numbers.

A span says what the log may say: lane or stage, the deposit's name, numbers of pages, SHA-256 of files, codes of
errors; never the words of an error, which may quote a paper. Spans are sent in batches from a thread of its own; what
a collector that is away does not take is forgotten.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

import requests
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from pipeline.errors import SohoaError
from pipeline.plan import Step
from workers.log import trace_of
from workers.model import Errand
from workers.tracing import errand_at_work

#: Spans kept for a collector that is away, a few MB; older ones are forgotten. A page makes two.
_MOST_KEPT = 2048
_BATCH = 512
#: Milliseconds between batches, and seconds for one to be taken.
_EVERY_MS, _SECONDS = 2000, 5
#: Seconds that the end of a process may take for its last spans.
_LAST_SECONDS = 3.0


class CollectorTraces:
    """Satisfies `workers.tracing.Traces`."""

    def __init__(self, address: str, process: str) -> None:
        """Tell the collector at *address* of the work of *process*; nothing is asked of it yet.

        Everything is said here: what the library would otherwise take from its own environment variables could send
        spans elsewhere.
        """
        session = requests.Session()
        session.trust_env = False  # no proxy, and no password of somebody's .netrc
        exporter = OTLPSpanExporter(endpoint=address, headers={}, timeout=_SECONDS, session=session)
        said = {"service.name": "sohoa", "service.version": version("sohoa"), "service.instance.id": process}
        self._provider = TracerProvider(
            sampler=ALWAYS_ON, resource=Resource(said), shutdown_on_exit=False, id_generator=_ByDeposit()
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                exporter,
                max_queue_size=_MOST_KEPT,
                schedule_delay_millis=_EVERY_MS,
                max_export_batch_size=_BATCH,
                export_timeout_millis=_SECONDS * 1000,
            )
        )
        self._tracer = self._provider.get_tracer("sohoa")

    @contextmanager
    def errand(self, errand: Errand) -> Iterator[None]:
        """See `Traces.errand`: a root, since no message need carry who sent it."""
        facts: dict[str, str | int] = {"sohoa.dossier": errand.deposit}
        if errand.number:
            facts["sohoa.page"] = errand.number
        with self._span(errand.lane.value, facts, SpanKind.CONSUMER, Context()):
            yield

    def ended(self, ending: str, code: str) -> None:
        """See `Traces.ended`."""
        span = trace.get_current_span()
        span.set_attribute("sohoa.ending", ending)
        if code:
            _fail(span, code)

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        """See `Traces.step`: below the errand that it belongs to."""
        facts: dict[str, str | int] = {}
        if len(step.inputs) == 1:
            facts["sohoa.document"] = step.inputs[0][1]
        if "index" in step.params:
            facts["sohoa.page_of_document"] = step.params["index"] + 1
        with self._span(step.stage, facts, SpanKind.INTERNAL, None) as span:
            try:
                yield
            except SohoaError as error:
                _fail(span, error.code)
                raise
            except Exception as error:
                _fail(span, type(error).__name__)
                raise

    def close(self) -> None:
        """See `Traces.close`: a collector that hangs keeps no process from ending."""
        end = threading.Thread(target=self._provider.shutdown, daemon=True)
        end.start()
        end.join(_LAST_SECONDS)

    @contextmanager
    def _span(self, name: str, facts: dict[str, str | int], kind: SpanKind, context: Context | None) -> Iterator[Span]:
        with self._tracer.start_as_current_span(
            name, context=context, kind=kind, attributes=facts, record_exception=False, set_status_on_exception=False
        ) as span:
            yield span


class _ByDeposit(RandomIdGenerator):
    """Gives all work on a deposit one trace id, made from its name as the log's is."""

    def generate_trace_id(self) -> int:
        errand = errand_at_work()
        return int(trace_of(errand.deposit), 16) if errand else super().generate_trace_id()

    def is_trace_id_random(self) -> bool:
        return False


def _fail(span: Span, code: str) -> None:
    span.set_attribute("error.type", code)
    span.set_status(Status(StatusCode.ERROR, code))
