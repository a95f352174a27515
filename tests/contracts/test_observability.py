"""Alerts and the dashboard ask for figures that are told, in PromQL, and lead to a page."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import promql_parser
import pytest
import yaml
from prometheus_client.core import Metric

from bot.api.metrics import QUANTILES, Figures
from bot.api.process_figures import ProcessFigures
from bot.app import App
from checks import tree
from core.approvals.approval import ApprovalState
from core.connect.breaker import Breaker
from core.conversation.turn import InboundState
from core.messaging.channel import Reason
from core.messaging.outbound import MessageClass
from core.store.schedule_store import BACKUP_MARK
from tests.fakes.world import open_world
from workers.jobs import Queue
from workers.watchdog import Watch, Watchdog

_FOLDER = tree.ROOT / "deploy" / "observability"
_ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((_FOLDER / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
_DASHBOARD = json.loads((_FOLDER / "dashboard.json").read_text())
_PANELS = [panel for panel in _DASHBOARD["panels"] if panel["type"] != "row"]
_NAME = re.compile(r"\bfinancemaster_\w+")
_GROUPED = re.compile(r"\bby \(([^)]*)\)")
_MATCHED = re.compile(r"financemaster_\w+\{([^}]*)\}")
_CHOSEN = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_SHOWN = re.compile(r"\{\{\s*\$labels\.(\w+)")
_CHOSEN_OF = re.compile(r"(financemaster_\w+)\{([^}]*)\}")
_VALUES = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
# Every value that a label which is chosen by may have.
_TOLD_VALUES: dict[tuple[str, str], set[str]] = {
    ("financemaster_queue_oldest_seconds", "queue"): {queue.value for queue in Queue},
    ("financemaster_inbound", "state"): {state.value for state in InboundState},
    ("financemaster_approvals", "state"): {state.value for state in ApprovalState},
    ("financemaster_delivery_errors", "reason"): {reason.value for reason in Reason},
    ("financemaster_model_calls", "state"): {"answered"},
    ("financemaster_turn_seconds", "quantile"): {str(share) for share in QUANTILES},
}
_SENTENCE_PART = re.compile(r" \$(labels\.\w+|value)( \| humanize(Duration|Percentage)?)? ")
_EXPRESSIONS = [
    *((rule["alert"], rule["expr"]) for rule in _ALERTS),
    *((panel["title"], target["expr"]) for panel in _PANELS for target in panel["targets"]),
]


@pytest.fixture(scope="module")
def told() -> dict[str, set[str]]:
    """Every figure that is told and its labels, of a small world with one of everything."""
    world = open_world()
    chat = world.chat(world.user().id)
    world.queue(chat, message_class=MessageClass.ALERT)
    world.clock.advance(timedelta(seconds=5))
    with world.database.work() as uow:
        uow.schedules.set_mark(BACKUP_MARK, world.now.isoformat())
        uow.commit()
    Watchdog(world.context, Watch(), on_hang=lambda _who: None).look()
    jobs = SimpleNamespace(rates=(SimpleNamespace(breaker=Breaker()),), prices=(), banks={})
    app = cast(
        App,
        SimpleNamespace(
            clock=world.clock,
            database=world.database,
            jobs=jobs,
            handler=SimpleNamespace(resting=lambda: {"model": False}),
            catalog=SimpleNamespace(lines=[]),
        ),
    )
    found: list[Metric] = [
        *Figures(app).collect(),
        *ProcessFigures(app, lambda: {"prune": 1}).collect(),
    ]
    world.database.close()
    return dict(_named(metric) for metric in found)


def _named(metric: Metric) -> tuple[str, set[str]]:
    """Return what Prometheus calls a family, and its labels where it has rows."""
    suffix = {"counter": "_total", "info": "_info"}.get(metric.type, "")
    labels = {label for sample in metric.samples for label in sample.labels}
    return metric.name + suffix, labels | set(getattr(metric, "_labelnames", ()))


class TestExpressions:
    @pytest.mark.parametrize(("title", "expression"), _EXPRESSIONS)
    def test_is_promql(self, title: str, expression: str):
        promql_parser.parse(expression)

    @pytest.mark.parametrize(("title", "expression"), _EXPRESSIONS)
    def test_names_only_figures_and_labels_that_are_told(
        self, title: str, expression: str, told: dict[str, set[str]]
    ):
        names = set(_NAME.findall(expression))
        assert names
        assert names <= told.keys()
        labels = set().union(*(told[name] for name in names))
        asked = {one.strip() for group in _GROUPED.findall(expression) for one in group.split(",")}
        for chosen in _MATCHED.findall(expression):
            asked |= set(_CHOSEN.findall(chosen))
        assert asked <= labels

    def test_every_figure_that_is_told_stands_somewhere(self, told: dict[str, set[str]]):
        everywhere = " ".join(expression for _, expression in _EXPRESSIONS)
        unasked = told.keys() - set(_NAME.findall(everywhere))
        # The queue's age and number say the same of both, by name; tokens are a matter of money.
        assert unasked == {
            "financemaster_inbox_waiting",
            "financemaster_inbox_oldest_seconds",
            "financemaster_outbox_oldest_seconds",
            "financemaster_model_tokens",
        }

    def test_a_queue_that_is_chosen_exists(self):
        named = {
            name
            for _, expression in _EXPRESSIONS
            for chosen in re.findall(r'queue=~?"([^"]+)"', expression)
            for name in chosen.split("|")
        }
        assert named
        assert named <= {queue.value for queue in Queue}

    def test_a_value_that_is_chosen_is_one_that_is_told(self):
        chosen = [
            (figure, label, value)
            for _, expression in _EXPRESSIONS
            for figure, matchers in _CHOSEN_OF.findall(expression)
            for label, values in _VALUES.findall(matchers)
            for value in values.split("|")
        ]
        assert len(chosen) > 10
        for figure, label, value in chosen:
            assert value in _TOLD_VALUES[figure, label], (figure, label, value)

    @pytest.mark.parametrize(("title", "expression"), _EXPRESSIONS)
    def test_only_what_counts_up_is_asked_for_its_rate(self, title: str, expression: str):
        rated = set(re.findall(r"\b(?:rate|irate|increase)\((financemaster_\w+)", expression))
        counted = {name for name in _NAME.findall(expression) if name.endswith("_total")}
        assert rated == counted


class TestAlerts:
    def test_every_alert_has_its_own_name(self):
        names = [rule["alert"] for rule in _ALERTS]
        assert len(names) == len(set(names)) >= 15

    @pytest.mark.parametrize("rule", _ALERTS, ids=lambda rule: str(rule["alert"]))
    def test_says_how_urgent_it_is_and_since_when(self, rule: dict[str, Any]):
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert re.fullmatch(r"\d+[mhd]", rule["for"])
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}

    @pytest.mark.parametrize("rule", _ALERTS, ids=lambda rule: str(rule["alert"]))
    def test_leads_to_its_part_of_the_runbook(self, rule: dict[str, Any]):
        page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        text = (tree.ROOT / page).read_text()
        parts = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
        bodies = {part.partition("\n")[0].lower(): part.partition("\n")[2] for part in parts}
        assert anchor == rule["alert"].lower()
        assert len(bodies[anchor].split()) > 15

    def test_no_part_of_the_runbook_is_about_an_alert_that_is_gone(self):
        text = (tree.ROOT / "docs" / "runbook.md").read_text()
        told = set(re.findall(r"^### (FinanceMaster\w+)$", text, re.MULTILINE))
        assert told == {rule["alert"] for rule in _ALERTS}

    @pytest.mark.parametrize("rule", _ALERTS, ids=lambda rule: str(rule["alert"]))
    def test_shows_only_labels_that_its_expression_keeps(self, rule: dict[str, Any]):
        kept = {one.strip() for group in _GROUPED.findall(rule["expr"]) for one in group.split(",")}
        assert set(_SHOWN.findall(rule["annotations"]["summary"])) <= kept

    @pytest.mark.parametrize("rule", _ALERTS, ids=lambda rule: str(rule["alert"]))
    def test_writes_its_sentence_with_what_prometheus_knows(self, rule: dict[str, Any]):
        summary = rule["annotations"]["summary"]
        parts = re.findall(r"\{\{(.*?)\}\}", summary)
        assert summary.count("{{") == summary.count("}}") == len(parts)
        for part in parts:
            assert re.fullmatch(
                r" \$(labels\.\w+|value)( \| humanize(Duration|Percentage)?)? ", part
            )


class TestDashboard:
    @pytest.mark.parametrize("panel", _PANELS, ids=lambda panel: str(panel["title"]))
    def test_a_line_is_named_after_labels_that_its_expression_keeps(self, panel: dict[str, Any]):
        for target in panel["targets"]:
            found = _GROUPED.findall(target["expr"])
            kept = {one.strip() for one in (found[0].split(",") if found else ())}
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= kept

    def test_has_ids_of_its_own_and_no_panel_lies_on_another(self):
        panels = _DASHBOARD["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        taken: set[tuple[int, int]] = set()
        for panel in panels:
            at = panel["gridPos"]
            assert at["x"] + at["w"] <= 24
            cells = {
                (x, y)
                for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])
            }
            assert not cells & taken
            taken |= cells

    def test_reads_from_the_source_that_is_chosen_on_it(self):
        (variable,) = _DASHBOARD["templating"]["list"]
        assert variable["type"] == "datasource"
        sources = {panel["datasource"]["uid"] for panel in _PANELS}
        sources |= {target["datasource"]["uid"] for panel in _PANELS for target in panel["targets"]}
        assert sources == {"${" + variable["name"] + "}"}


class TestPrometheus:
    def test_reads_the_alerts_beside_it_with_a_token(self):
        told = yaml.safe_load((_FOLDER / "prometheus.yaml").read_text())
        assert all((_FOLDER / name).exists() for name in told["rule_files"])
        (scrape,) = told["scrape_configs"]
        assert scrape["authorization"]["credentials_file"]

    def test_the_adapter_tells_what_the_autoscalers_ask_for(self, told: dict[str, set[str]]):
        adapter = yaml.safe_load((_FOLDER / "adapter.yaml").read_text())
        offered = {rule["name"]["as"] for rule in adapter["rules"]["external"]}
        scaling = tree.ROOT / "deploy" / "kubernetes" / "base" / "autoscaling.yaml"
        asked = {
            metric["external"]["metric"]["name"]
            for scaler in yaml.safe_load_all(scaling.read_text())
            for metric in scaler["spec"]["metrics"]
            if metric["type"] == "External"
        }
        assert asked == offered <= told.keys()
