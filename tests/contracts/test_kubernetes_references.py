"""deploy/kubernetes refers only to what is there: names, ports, images, ways between pods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from checks import tree
from core.settings import Settings
from tests.contracts.test_kubernetes import (
    _BASE,
    _CONTAINERS,
    _DEPLOYMENTS,
    _FOLDER,
    _LISTENING,
    _container,
    _documents,
    _matches,
    _of,
)


class TestReferences:
    """What `kustomize build` and the cluster itself would stumble over."""

    def test_no_two_are_of_one_kind_and_name_in_the_base(self):
        named = [
            (document["kind"], document["metadata"]["name"])
            for path in _BASE.glob("*.yaml")
            for document in _documents(path)
            if path.name != "kustomization.yaml"
        ]
        assert len(named) == len(set(named)) > 20

    def test_a_patch_changes_something_that_is_there(self):
        there = {
            (document["kind"], document["metadata"]["name"])
            for path in _BASE.glob("*.yaml")
            for document in _documents(path)
            if path.name != "kustomization.yaml"
        }
        (listed,) = _documents(_FOLDER / "example" / "kustomization.yaml")
        for patch in listed["patches"]:
            for document in _documents(_FOLDER / "example" / patch["path"]):
                assert (document["kind"], document["metadata"]["name"]) in there

    @pytest.mark.parametrize(("place", "container"), _CONTAINERS, ids=[p for p, _ in _CONTAINERS])
    def test_an_image_has_a_version_and_its_settings_are_there(self, place: str, container: Any):
        (listed,) = _documents(_BASE / "kustomization.yaml")
        ours = {image["name"] for image in listed["images"] if image["newTag"]}
        assert container["image"] in ours or ":" in container["image"], place
        for source in container.get("envFrom", ()):
            if "configMapRef" in source:
                assert source["configMapRef"]["name"] in _of("ConfigMap")
        for variable in container.get("env", ()):
            assert not variable.get("valueFrom"), "named settings come from whole maps and secrets"

    def test_the_ingress_leads_to_a_port_of_its_service(self):
        for ingress in _of("Ingress").values():
            for rule in ingress["spec"]["rules"]:
                assert rule["host"] in {h for tls in ingress["spec"]["tls"] for h in tls["hosts"]}
                for path in rule["http"]["paths"]:
                    asked = path["backend"]["service"]
                    offered = _of("Service")[asked["name"]]["spec"]["ports"]
                    assert asked["port"]["name"] in {port["name"] for port in offered}

    def test_the_host_of_the_ingress_is_the_address_that_users_are_told(self):
        (told,) = _documents(_FOLDER / "example" / "config.yaml")
        hosts = {rule["host"] for one in _of("Ingress").values() for rule in one["spec"]["rules"]}
        assert {f"https://{host}" for host in hosts} == {told["data"]["FM_PUBLIC_BASE_URL"]}

    def test_a_way_between_pods_joins_pods_that_there_are_at_a_port_that_is_open(self):
        joined = 0
        for policy in _of("NetworkPolicy").values():
            rules = (*policy["spec"].get("ingress", ()), *policy["spec"].get("egress", ()))
            for rule in rules:
                for peer in (*rule.get("from", ()), *rule.get("to", ())):
                    if "podSelector" in peer:
                        found = _chosen_by(peer["podSelector"])
                        assert found
                        joined += 1
                        if "to" in rule:
                            asked = {port["port"] for port in rule["ports"]}
                            assert asked <= {port for name in found for port in _opened(name)}
        assert joined >= 2

    def test_there_is_a_way_out_for_letters_and_providers(self):
        out = _of("NetworkPolicy")["outwards"]["spec"]["egress"]
        ports = {
            port["port"]
            for rule in out
            if any("ipBlock" in peer for peer in rule.get("to", ()))
            for port in rule["ports"]
        }
        assert {443, Settings(_env_file=None).mail.port} <= ports

    @pytest.mark.parametrize("name", _LISTENING)
    def test_prometheus_finds_every_process_by_what_it_looks_for(self, name: str):
        annotations = _DEPLOYMENTS[name]["spec"]["template"]["metadata"]["annotations"]
        path = tree.ROOT / "deploy" / "observability" / "prometheus.yaml"
        (scrape,) = yaml.safe_load(path.read_text())["scrape_configs"]
        looked_at = {
            label.removeprefix("__meta_kubernetes_pod_annotation_")
            for rule in scrape["relabel_configs"]
            for label in rule["source_labels"]
            if "_annotation_" in label
        }
        written = {key.replace("/", "_").replace(".", "_") for key in annotations}
        assert looked_at <= written
        assert annotations["prometheus.io/scrape"] == "true"


def _chosen_by(selector: Mapping[str, Any]) -> list[str]:
    """Return the deployments whose pods a selector chooses."""
    return [
        name
        for name, deployment in _DEPLOYMENTS.items()
        if _matches(selector, deployment["spec"]["template"]["metadata"])
    ]


def _opened(name: str) -> set[int]:
    return {port["containerPort"] for port in _container(name).get("ports", ())}
