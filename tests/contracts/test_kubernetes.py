"""deploy/kubernetes starts what exists, asks what answers, and gives nobody more than he needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import _parser
from checks import example, tree
from core.settings import Settings
from workers.jobs import Queue

_FOLDER = tree.ROOT / "deploy" / "kubernetes"
_BASE = _FOLDER / "base"
_SCHEMAS = ("1.31", "1.36")


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load_all(path.read_text())


def _files() -> list[Path]:
    return sorted(path for path in _FOLDER.rglob("*.yaml") if path.name != "kustomization.yaml")


_ALL: list[tuple[str, dict[str, Any]]] = [
    (path.name, document) for path in _files() for document in _documents(path)
]


def _of(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for _, each in _ALL if each["kind"] == kind}


_DEPLOYMENTS = _of("Deployment")
_OURS = [name for name in _DEPLOYMENTS if name != "redis"]
_LISTENING = [name for name in _OURS if name != "beat"]


def _pod(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = _DEPLOYMENTS[name]["spec"]["template"]["spec"]
    return spec


def _container(name: str) -> dict[str, Any]:
    (only,) = _pod(name)["containers"]
    assert isinstance(only, dict)
    return only


def _pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every pod there will be, of whatever kind."""
    for name in _DEPLOYMENTS:
        yield name, _pod(name)
    for name, job in _of("Job").items():
        yield name, job["spec"]["template"]["spec"]
    for name, cron in _of("CronJob").items():
        yield name, cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]


_PODS = dict(_pods())
_CONTAINERS = [
    (f"{name}/{container['name']}", container)
    for name, pod in _PODS.items()
    for container in (*pod.get("initContainers", ()), *pod["containers"])
]


class TestFiles:
    @pytest.mark.parametrize("folder", ["base", "example"])
    def test_a_kustomization_lists_every_file_beside_it_and_no_other(self, folder: str):
        (listed,) = _documents(_FOLDER / folder / "kustomization.yaml")
        named = [*listed["resources"], *(patch["path"] for patch in listed.get("patches", ()))]
        local = {name for name in named if not name.startswith("..")}
        there = {path.name for path in (_FOLDER / folder).glob("*.yaml")} - {"kustomization.yaml"}
        assert local == there
        assert all((_FOLDER / folder / name).exists() for name in named)

    @pytest.mark.slow
    @pytest.mark.parametrize("version", _SCHEMAS)
    def test_every_manifest_is_valid_for_the_published_schemas(self, version: str):
        schemas = pytest.importorskip(
            "kubernetes_validate", reason="python -m pip install kubernetes-validate"
        )
        for name, document in _ALL:
            assert schemas.validate(document, version, strict=True) == version, name

    def test_no_secret_stands_in_any_file(self):
        for secret in _of("Secret").values():
            assert not any(secret["stringData"].values())
        assert not any("secrets" in name for name in (path.name for path in _BASE.iterdir()))


class TestProcesses:
    def test_there_are_the_processes_of_production(self):
        commands = {_container(name)["command"][1] for name in _OURS}
        assert commands == {"serve", "work", "executor", "beat"}

    @pytest.mark.parametrize(
        ("place", "container"),
        [each for each in _CONTAINERS if each[1]["image"] == "financemaster"],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_command_is_one_that_its_own_parser_takes(self, place: str, container: Any):
        program, *arguments = container["command"]
        assert program == "financemaster"
        _parser().parse_args(arguments)

    def test_each_queue_is_served_by_one_kind_of_worker_and_the_executors_by_none(self):
        served = [
            queue for name in _OURS for queue in _options(name).get("queues", ()) if name != "beat"
        ]
        assert sorted(served) == sorted(queue for queue in Queue if queue is not Queue.EXECUTOR)

    @pytest.mark.parametrize("name", _LISTENING)
    def test_every_port_is_the_one_that_the_process_is_told(self, name: str):
        (port,) = _container(name)["ports"]
        assert _options(name)["port"] == port["containerPort"]
        assert _options(name)["host"] == "0.0.0.0"
        annotations = _DEPLOYMENTS[name]["spec"]["template"]["metadata"]["annotations"]
        assert annotations["prometheus.io/port"] == str(port["containerPort"])

    def test_only_one_beat_and_never_two_while_it_is_replaced(self):
        beat = _DEPLOYMENTS["beat"]["spec"]
        assert beat["replicas"] == 1
        assert beat["strategy"] == {"type": "Recreate"}

    @pytest.mark.parametrize("name", _LISTENING)
    def test_the_others_are_two_and_replaced_without_a_gap(self, name: str):
        spec = _DEPLOYMENTS[name]["spec"]
        assert spec["replicas"] >= 2
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


class TestProbes:
    @pytest.mark.parametrize("name", _LISTENING)
    def test_a_process_is_asked_when_it_starts_serves_and_lives(self, name: str):
        container = _container(name)
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert container[probe]["httpGet"]["port"] == container["ports"][0]["name"]
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"

    def test_traffic_does_not_stop_because_workers_are_behind(self):
        path = _container("web")["readinessProbe"]["httpGet"]["path"]
        assert path == "/readyz?checks=database,schema"


class TestSettings:
    @pytest.mark.parametrize("place", ["ConfigMap", "Secret"])
    def test_every_variable_is_a_setting(self, place: str):
        known = {name for name, _ in example.variables(Settings)}
        for name, document in _of(place).items():
            variables = (document.get("data") or document["stringData"]).keys()
            if name != "financemaster-backup":  # for pg_dump, which has variables of its own
                assert variables <= known, name

    @pytest.mark.parametrize("name", _LISTENING)
    def test_what_a_process_is_given_makes_settings_that_start(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ):
        for variable, value in _given(name).items():
            monkeypatch.setenv(variable, value or "x" * 40)
        monkeypatch.setenv("FM_DATABASE__URL", "postgresql://a:b@db:5432/financemaster")
        settings = Settings(_env_file=None)
        assert settings.redis.url
        assert not settings.inline_workers

    def test_the_executor_knows_no_chat_and_no_model(self):
        assert not any(
            name.startswith(("FM_TELEGRAM", "FM_TWILIO", "FM_MODEL")) for name in _given("executor")
        )

    def test_what_is_the_executors_own_is_given_to_nobody_else(self):
        holders = [
            place for place, one in _CONTAINERS if "financemaster-executor" in _secrets_of(one)
        ]
        assert holders == ["executor/executor"]
        accounts = {name: pod["serviceAccountName"] for name, pod in _PODS.items()}
        assert [name for name, own in accounts.items() if own == "financemaster-executor"] == [
            "executor"
        ]

    def test_every_secret_is_in_the_template(self):
        named = {name for _, one in _CONTAINERS for name in _secrets_of(one)}
        assert named == set(_of("Secret"))


class TestRights:
    @pytest.mark.parametrize("name", _PODS)
    def test_a_pod_is_not_root_and_asks_the_cluster_nothing(self, name: str):
        pod = _PODS[name]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert pod["serviceAccountName"] in _of("ServiceAccount")
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert all("hostPath" not in volume for volume in pod["volumes"])

    @pytest.mark.parametrize(("place", "container"), _CONTAINERS, ids=[p for p, _ in _CONTAINERS])
    def test_a_container_has_limits_and_no_privilege(self, place: str, container: Any):
        rights = container["securityContext"]
        assert rights["allowPrivilegeEscalation"] is False
        assert rights["readOnlyRootFilesystem"] is True
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()

    @pytest.mark.parametrize(("place", "container"), _CONTAINERS, ids=[p for p, _ in _CONTAINERS])
    def test_what_a_container_mounts_is_there(self, place: str, container: Any):
        volumes = {each["name"]: each for each in _PODS[place.partition("/")[0]]["volumes"]}
        for mount in container["volumeMounts"]:
            claim = volumes[mount["name"]].get("persistentVolumeClaim")
            assert claim is None or claim["claimName"] in _of("PersistentVolumeClaim")

    def test_nothing_reaches_anything_unless_it_is_said(self):
        nothing = _of("NetworkPolicy")["nothing"]["spec"]
        assert nothing == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}

    @pytest.mark.parametrize("name", [name for name in _of("NetworkPolicy") if name != "nothing"])
    def test_a_way_in_leads_to_a_port_that_is_open(self, name: str):
        spec = _of("NetworkPolicy")[name]["spec"]
        chosen = [
            _container(each)
            for each, deployment in _DEPLOYMENTS.items()
            if _matches(spec["podSelector"], deployment["spec"]["template"]["metadata"])
        ]
        assert chosen
        opened = {port["containerPort"] for each in chosen for port in each.get("ports", ())}
        for rule in spec.get("ingress", ()):
            assert {port["port"] for port in rule["ports"]} <= opened


class TestSelectors:
    @pytest.mark.parametrize("name", _DEPLOYMENTS)
    def test_a_deployment_selects_its_own_pods_alone(self, name: str):
        spec = _DEPLOYMENTS[name]["spec"]
        for other, deployment in _DEPLOYMENTS.items():
            labels = deployment["spec"]["template"]["metadata"]
            assert _matches(spec["selector"], labels) is (other == name)

    def test_a_service_leads_to_a_port_of_a_deployment(self):
        for name, service in _of("Service").items():
            wanted = {"matchLabels": service["spec"]["selector"]}
            assert _matches(wanted, _DEPLOYMENTS[name]["spec"]["template"]["metadata"])
            ports = {port["name"] for port in _container(name)["ports"]}
            assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports

    def test_the_ingress_leads_to_a_service(self):
        for ingress in _of("Ingress").values():
            for rule in ingress["spec"]["rules"]:
                for path in rule["http"]["paths"]:
                    assert path["backend"]["service"]["name"] in _of("Service")

    def test_every_kind_with_two_keeps_one_while_nodes_are_emptied(self):
        budgets = _of("PodDisruptionBudget")
        assert set(budgets) == set(_LISTENING)
        for name, budget in budgets.items():
            assert budget["spec"]["minAvailable"] < _DEPLOYMENTS[name]["spec"]["replicas"]
            selected = _DEPLOYMENTS[name]["spec"]["template"]["metadata"]
            assert _matches(budget["spec"]["selector"], selected)


class TestAutoscaling:
    @pytest.mark.parametrize("name", _of("HorizontalPodAutoscaler"))
    def test_it_scales_a_deployment_and_leaves_it_at_least_as_many_as_it_starts_with(
        self, name: str
    ):
        spec = _of("HorizontalPodAutoscaler")[name]["spec"]
        assert spec["scaleTargetRef"]["name"] in _DEPLOYMENTS
        started = _DEPLOYMENTS[spec["scaleTargetRef"]["name"]]["spec"]["replicas"]
        assert started <= spec["minReplicas"] < spec["maxReplicas"]

    def test_limits_without_redis_are_shared_among_as_many_as_there_may_be(self):
        (config,) = _documents(_BASE / "config.yaml")
        most = _of("HorizontalPodAutoscaler")["web"]["spec"]["maxReplicas"]
        assert int(config["data"]["FM_WEB__PROCESSES"]) == most

    @pytest.mark.parametrize("name", [name for name in _OURS if name.startswith("worker")])
    def test_workers_go_by_the_age_of_queues_that_they_serve(self, name: str):
        metrics = _of("HorizontalPodAutoscaler")[name]["spec"]["metrics"]
        for metric in metrics:
            assert metric["type"] == "External"
            told = metric["external"]["metric"]
            assert told["name"] == "financemaster_queue_oldest_seconds"
            assert told["selector"]["matchLabels"]["queue"] in _options(name)["queues"]


def _options(name: str) -> Mapping[str, Any]:
    return vars(_parser().parse_args(_container(name)["command"][1:]))


def _secrets_of(container: Mapping[str, Any]) -> list[str]:
    sources = container.get("envFrom", ())
    return [source["secretRef"]["name"] for source in sources if "secretRef" in source]


def _given(name: str) -> dict[str, str]:
    """Return what a process finds in its environment; what comes later in the list wins."""
    (base,) = _documents(_BASE / "config.yaml")
    found: dict[str, str] = base["data"] | _of("ConfigMap")["financemaster"]["data"]
    for secret in _secrets_of(_container(name)):
        found |= _of("Secret")[secret]["stringData"]
    return found


def _matches(selector: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    wanted: dict[str, str] = selector["matchLabels"]
    return bool(wanted.items() <= metadata["labels"].items())
