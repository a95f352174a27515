"""Sends spans to an OpenTelemetry collector; imported only where one is set up.

An exception is told by its kind alone: its words may quote a message.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from core.settings import Telemetry
from core.tracing import installed

_NAME = "financemaster"
_PATH = "/v1/traces"
_TRACE_PARENT = "traceparent"
_EXPORT_SECONDS = 3.0
_EXPORT_EVERY_MILLIS = 1000
_propagator = TraceContextTextMapPropagator()


class OtlpTracer:
    """Keeps spans in batches and sends them by OTLP over HTTP; a lost collector costs nothing."""

    def __init__(self, settings: Telemetry) -> None:
        """Send to the collector of ``settings``."""
        # What goes wrong with a collector is said once here, not with every batch.
        logging.getLogger("opentelemetry").setLevel(logging.ERROR)
        token = settings.token.get_secret_value()
        exporter = OTLPSpanExporter(
            endpoint=settings.endpoint.rstrip("/") + _PATH,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=_EXPORT_SECONDS,
        )
        self._provider = TracerProvider(
            resource=Resource({"service.name": _NAME, "service.version": _version()}),
            sampler=ParentBased(TraceIdRatioBased(settings.share)),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, schedule_delay_millis=_EXPORT_EVERY_MILLIS)
        )
        self._tracer = self._provider.get_tracer(_NAME)

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, str], parent: str) -> Iterator[_Open]:
        """Open a span; it becomes the one that others here open theirs below."""
        above = _propagator.extract({_TRACE_PARENT: parent}) if parent else None
        with self._tracer.start_as_current_span(
            name,
            context=above,
            attributes=dict(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as opened:
            try:
                yield _Open(opened)
            except BaseException as error:
                opened.set_attribute("error.type", type(error).__name__)
                opened.set_status(trace.StatusCode.ERROR)
                raise

    def carrier(self) -> str:
        """Return where the open span stands, as W3C Trace Context writes it."""
        told: dict[str, str] = {}
        _propagator.inject(told, contexts.get_current())
        return told.get(_TRACE_PARENT, "")

    def close(self) -> None:
        """Send what is left, in bounded time."""
        self._provider.shutdown()


class _Open:
    """A span that has not ended."""

    def __init__(self, opened: trace.Span) -> None:
        self._opened = opened

    def say(self, name: str, word: str) -> None:
        """Add an attribute."""
        self._opened.set_attribute(name, word)


@contextmanager
def sending(settings: Telemetry) -> Iterator[None]:
    """Trace the whole process to the collector of ``settings`` meanwhile."""
    tracer = OtlpTracer(settings)
    try:
        with installed(tracer):
            yield
    finally:
        tracer.close()


def _version() -> str:
    try:
        return version(_NAME)
    except PackageNotFoundError:
        return "0"
