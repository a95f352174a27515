"""Figures of one process, and who may read figures at all; shared by web server and workers."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from bot.app import App
from core.connect.breaker import resting_among
from core.store.migrate import head


class ProcessFigures(Collector):
    """Collects what only this process knows: its version, its rounds, its breakers."""

    def __init__(self, app: App, job_runs: Callable[[], Mapping[str, int]]) -> None:
        """Look at ``app`` and at how often each job ran here."""
        self._app = app
        self._job_runs = job_runs

    def collect(self) -> Iterable[Metric]:
        """Yield every figure."""
        build = InfoMetricFamily("financemaster_build", "What runs here")
        build.add_metric((), {"version": own_version(), "schema": head()})
        yield build
        runs = CounterMetricFamily("financemaster_job_runs", "Job rounds here", labels=("job",))
        for job, number in sorted(self._job_runs().items()):
            runs.add_metric((job,), number)
        yield runs
        breakers = GaugeMetricFamily(
            "financemaster_breaker_open", "Services left alone", labels=("service",)
        )
        for service, is_open in sorted(resting(self._app).items()):
            breakers.add_metric((service,), float(is_open))
        yield breakers


def resting(app: App) -> dict[str, bool]:
    """Return each outside service with a breaker here, and whether it is being left alone."""
    jobs = app.jobs
    return {
        **resting_among((*app.catalog.lines, *jobs.rates, *jobs.prices, *jobs.banks.values())),
        **app.handler.resting(),
    }


def own_version() -> str:
    """Return the version that is installed; "0" for a folder that is not."""
    try:
        return version("financemaster")
    except PackageNotFoundError:
        return "0"


def may_read(app: App, headers: Mapping[str, str], host: str) -> bool:
    """Tell whether whoever asks from ``host`` may see figures: by token, or on this machine.

    A request that came through a proxy is not from this machine, whatever its last hop was.
    """
    token = app.settings.web.metrics_token.get_secret_value()
    if token:
        given = (headers.get("authorization") or "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    if "forwarded" in headers or "x-forwarded-for" in headers:
        return False
    return _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
