"""Environments over the base: what merges, replaces, removes and starts anew, and where each part was written."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsgen.description.document import Document, Map, Mark
from ecsgen.description.load import parse
from ecsgen.description.overlay import for_environment, idle_removals, overlay
from ecsgen.problems import Severity


def merged(base: str, environment: str) -> dict[str, Any]:
    return dict(overlay(parse(base, "f").root, parse(environment, "f").root))


@pytest.mark.parametrize(
    ("base", "environment", "expected"),
    [
        ("a: 1", "b: 2", {"a": "1", "b": "2"}),
        ("a: 1", "a: 2", {"a": "2"}),
        ("a: {b: {c: 1, d: 2}}", "a: {b: {c: 3}}", {"a": {"b": {"c": "3", "d": "2"}}}),
        ("a: [1, 2, 3]", "a: [4]", {"a": ["4"]}),
        ("a: [1]", "a: []", {"a": []}),
        ("a: {b: 1}", "a: 5", {"a": "5"}),
        ("a: 5", "a: {b: 1}", {"a": {"b": "1"}}),
        ("a: [1]", "a: {b: 1}", {"a": {"b": "1"}}),
        ("a: {b: 1}", "a: {}", {"a": {"b": "1"}}),
        ("a: 1\nb: 2", "a: null", {"b": "2"}),
        ("a: {b: 1, c: 2}", "a: {b: ~}", {"a": {"c": "2"}}),
        ("a: {b: {c: 1}}", "a: {b: }", {"a": {}}),
        ("a: 1", "b: {c: null, d: {e: ~, f: 1}}", {"a": "1", "b": {"d": {"f": "1"}}}),
        ("a: 1", "b: 'null'", {"a": "1", "b": "null"}),
        ("a: 1", "b: [null]", {"a": "1", "b": [None]}),
    ],
)
def test_merge(base: str, environment: str, expected: object) -> None:
    assert merged(base, environment) == expected


@pytest.mark.parametrize(
    ("base", "environment", "expected"),
    [
        (
            "{vpc: new, cidr: 10.0.0.0/16, azs: 3}",
            "{vpc: vpc-1, public_subnets: [a]}",
            {"vpc": "vpc-1", "public_subnets": ["a"]},
        ),
        ("{cidr: 10.0.0.0/16}", "{vpc: vpc-1}", {"vpc": "vpc-1"}),
        ("{cidr: 10.0.0.0/16}", "{vpc: default}", {"vpc": "default"}),
        ("{cidr: 10.0.0.0/16}", "{vpc: new, azs: 3}", {"cidr": "10.0.0.0/16", "vpc": "new", "azs": "3"}),
        ("{cidr: 10.0.0.0/16}", "{azs: 3}", {"cidr": "10.0.0.0/16", "azs": "3"}),
        ("{vpc: vpc-1, public_subnets: [a]}", "{vpc: vpc-2}", {"vpc": "vpc-2"}),
        ("{vpc: vpc-1, public_subnets: [a]}", "{vpc: vpc-1}", {"vpc": "vpc-1", "public_subnets": ["a"]}),
        (
            "{vpc: {tags: {a: b}}, public_subnets: [a]}",
            "{vpc: {tags: {a: c}}}",
            {"vpc": {"tags": {"a": "c"}}, "public_subnets": ["a"]},
        ),
        ("{vpc: vpc-1, public_subnets: [a]}", "{vpc: {tags: {a: b}}}", {"vpc": {"tags": {"a": "b"}}}),
        ("{vpc: vpc-1, public_subnets: [a]}", "{vpc: new}", {"vpc": "new"}),
        (
            "{vpc: vpc-1, public_subnets: [a]}",
            "{private_subnets: [b]}",
            {"vpc": "vpc-1", "public_subnets": ["a"], "private_subnets": ["b"]},
        ),
        ("{vpc: vpc-1, public_subnets: [a]}", "{vpc: null}", {"public_subnets": ["a"]}),
        ("{vpc: [x], cidr: y}", "{vpc: {z: 1}}", {"vpc": {"z": "1"}}),
    ],
)
def test_network_starts_anew_when_its_vpc_changes(base: str, environment: str, expected: object) -> None:
    assert merged(f"network: {base}", f"network: {environment}") == {"network": expected}


@pytest.mark.parametrize(
    "place", ["services: {web: %s}", "services: {web: {sidecars: {log: %s}}}", "jobs: {nightly: %s}"]
)
@pytest.mark.parametrize(
    ("base", "environment", "expected"),
    [
        ("{build: ., cpu: 256}", "{image: nginx}", "{image: nginx, cpu: 256}"),
        ("{build: {context: .}, cpu: 256}", "{image: nginx}", "{image: nginx, cpu: 256}"),
        ("{image: x, credentials: y, cpu: 256}", "{build: .}", "{build: ., cpu: 256}"),
        ("{image: x, credentials: y}", "{image: z}", "{image: z, credentials: y}"),
        ("{build: .}", "{build: ., image: z}", "{build: ., image: z}"),
        ("{build: .}", "{build: null, image: z}", "{image: z}"),
        ("{build: .}", "{cpu: 512}", "{build: ., cpu: 512}"),
        (
            "{volumes: {d: {path: /d, efs: {id: x}}}}",
            "{volumes: {d: {ebs: {}}}}",
            "{volumes: {d: {path: /d, ebs: {}}}}",
        ),
    ],
)
def test_a_container_is_built_or_taken(place: str, base: str, environment: str, expected: str) -> None:
    assert merged(place % base, place % environment) == parse(place % expected, "f").root


@pytest.mark.parametrize(
    ("base", "environment", "expected"),
    [
        ("cluster: {insights: enhanced}", "cluster: {existing: x}", {"cluster": {"existing": "x"}}),
        ("cluster: {existing: x}", "cluster: {existing: y}", {"cluster": {"existing": "y"}}),
        (
            "cluster: {existing: x}",
            "cluster: {insights: enabled}",
            {"cluster": {"existing": "x", "insights": "enabled"}},
        ),
        ("load_balancer: {scheme: internal}", "load_balancer: {existing: x}", {"load_balancer": {"existing": "x"}}),
        ("state: {s3: {bucket: b}}", "state: {cloud: {project: p}}", {"state": {"cloud": {"project": "p"}}}),
        (
            "state: {s3: {bucket: b, prefix: p}}",
            "state: {s3: {bucket: c}}",
            {"state": {"s3": {"bucket": "c", "prefix": "p"}}},
        ),
        ("state: local", "state: {s3: {bucket: b}}", {"state": {"s3": {"bucket": "b"}}}),
        ("services: {w: {scaling: {max: 5}}}", "services: {w: {count: 1}}", {"services": {"w": {"count": "1"}}}),
        (
            "services: {w: {count: 2}}",
            "services: {w: {scaling: {max: 5}}}",
            {"services": {"w": {"scaling": {"max": "5"}}}},
        ),
    ],
)
def test_other_choices(base: str, environment: str, expected: object) -> None:
    assert merged(base, environment) == expected


@pytest.mark.parametrize(
    ("base", "environment", "expected"),
    [
        ("{capacity: {ec2: {base: 1}}}", "{capacity: {spot: {}}}", "{capacity: {spot: {}}}"),
        ("{capacity: {fargate: {}, spot: {}}}", "{capacity: {ec2: {weight: 2}}}", "{capacity: {ec2: {weight: 2}}}"),
        ("{capacity: {fargate: {}, spot: {}}}", "{capacity: {spot: null}}", "{capacity: {fargate: {}}}"),
        (
            "{logs: {retention: 7, driver: firelens, options: {Name: s3}, memory: 60}}",
            "{logs: {driver: awslogs}}",
            "{logs: {retention: 7, driver: awslogs}}",
        ),
        ("{logs: {retention: 7}}", "{logs: {driver: firelens, options: {Name: s3}}}", None),
        (
            "{volumes: {v: {path: /v, efs: {owner: '1:1', protect: true}}}}",
            "{volumes: {v: {efs: {file_system: fs-1}}}}",
            "{volumes: {v: {path: /v, efs: {file_system: fs-1}}}}",
        ),
        (
            "{volumes: {v: {path: /v, efs: {file_system: fs-1, access_point: ap}}}}",
            "{volumes: {v: {efs: {share: other}}}}",
            "{volumes: {v: {path: /v, efs: {share: other}}}}",
        ),
        ("{volumes: {v: {efs: {owner: '1:1'}}}}", "{volumes: {v: {efs: {backup: false}}}}", None),
        (
            "{scaling: {max: 3, queue: {backlog: 5, visibility: 60}}}",
            "{scaling: {queue: {name: orders}}}",
            "{scaling: {max: 3, queue: {backlog: 5, name: orders}}}",
        ),
        (
            "{scaling: {queue: {backlog: 5, name: orders}}}",
            "{scaling: {queue: {arn: a}}}",
            "{scaling: {queue: {backlog: 5, arn: a}}}",
        ),
    ],
)
def test_choices_of_a_service(base: str, environment: str, expected: str | None) -> None:
    """None: nothing of the base is dropped."""
    wrap = "services: {{web: {}}}"
    found = merged(wrap.format(base), wrap.format(environment))
    if expected is not None:
        assert found == parse(wrap.format(expected), "f").root
    else:
        assert _keys(parse(wrap.format(base), "f").root) <= _keys(found)


def _keys(node: object, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    if not isinstance(node, dict):
        return set()
    return {(*path, key) for key in node}.union(*(_keys(value, (*path, key)) for key, value in node.items()))


@pytest.mark.parametrize(
    ("base", "environment", "expected"),
    [
        ("{build: ./x}", "{build: {args: {A: b}}}", "{build: {context: ./x, args: {A: b}}}"),
        ("{build: {context: ./x, target: t}}", "{build: ./y}", "{build: {context: ./y, target: t}}"),
        ("{build: ./x}", "{build: ./y}", "{build: ./y}"),
        (
            "{sidecars: {p: {build: ./x}}}",
            "{sidecars: {p: {build: {target: t}}}}",
            "{sidecars: {p: {build: {context: ./x, target: t}}}}",
        ),
        ("{secrets: {A: 'ssm:/a'}}", "{secrets: {A: {kms_key: k}}}", "{secrets: {A: {from: 'ssm:/a', kms_key: k}}}"),
        ("{secrets: {A: {from: x, kms_key: k}}}", "{secrets: {A: y}}", "{secrets: {A: {from: y, kms_key: k}}}"),
        ("{http: true}", "{http: {host: a.b}}", "{http: {host: a.b}}"),
        ("{http: {host: a.b}}", "{http: true}", "{http: {host: a.b}}"),
        ("{http: {host: a.b}}", "{http: false}", "{http: false}"),
        ("{http: false}", "{http: {host: a.b}}", "{http: {host: a.b}}"),
        ("{capacity: fargate}", "{capacity: {spot: {}}}", "{capacity: {fargate: {}, spot: {}}}"),
        ("{capacity: {spot: {weight: 2}}}", "{capacity: spot}", "{capacity: {spot: {weight: 2}}}"),
        ("{capacity: ec2}", "{capacity: {spot: {}}}", "{capacity: {spot: {}}}"),
        (
            "{capacity: {fargate: {base: 1}, spot: {weight: 3}}}",
            "{capacity: fargate}",
            "{capacity: {fargate: {base: 1}}}",
        ),
        ("{capacity: {fargate: {}, spot: {weight: 3}}}", "{capacity: spot}", "{capacity: {spot: {weight: 3}}}"),
        ("{capacity: {fargate: {}, spot: {}}}", "{capacity: ec2}", "{capacity: ec2}"),
        ("{env: {A: b}}", "{env: c}", "{env: c}"),
        ("{volumes: {d: /d}}", "{volumes: {d: {efs: {}}}}", "{volumes: {d: {path: /d, efs: {}}}}"),
        ("{volumes: {d: {path: /d, efs: {}}}}", "{volumes: {d: /e}}", "{volumes: {d: {path: /e}}}"),
        ("{credentials: a}", "{credentials: {kms_key: k}}", "{credentials: {from: a, kms_key: k}}"),
        (
            "{credentials: {ref: var.a}}",
            "{credentials: {kms_key: k}}",
            "{credentials: {from: {ref: var.a}, kms_key: k}}",
        ),
        (
            "{logs: {secret_options: {A: 'ssm:/a'}}}",
            "{logs: {secret_options: {A: {kms_key: k}}}}",
            "{logs: {secret_options: {A: {from: 'ssm:/a', kms_key: k}}}}",
        ),
    ],
)
def test_short_forms_merge_as_the_maps_they_stand_for(base: str, environment: str, expected: str) -> None:
    wrap = "services: {{web: {}}}"
    assert merged(wrap.format(base), wrap.format(environment)) == parse(wrap.format(expected), "f").root


def test_an_expanded_short_form_keeps_its_place() -> None:
    base = parse("services:\n  web:\n    build: ./x\n", "f")
    found = base.with_root(overlay(base.root, parse("services: {web: {build: {target: t}}}", "f").root))
    assert found.place(("services", "web", "build", "context")) == Mark(3, 12)


@pytest.mark.parametrize("key", ["name: x", "registry: {keep: 5}", "templates: t", "environments: {}"])
def test_what_belongs_to_all_environments_is_not_laid_over(key: str) -> None:
    document = parse(f"name: hello\nenvironments:\n  prod:\n    {key}\n    region: eu-west-1\n", "f")
    assert dict(for_environment(document, "prod").root) == {"name": "hello", "region": "eu-west-1"}


DOCUMENT = """\
name: hello
services:
  web:
    port: 8080
    cpu: 256
environments:
  prod:
    services:
      web:
        cpu: 1.0
        env: {A: b}
      admin:
        port: 80
  staging:
  broken: 5
"""


class TestForEnvironment:
    document: Document

    @pytest.fixture(autouse=True)
    def load(self) -> None:
        self.document = parse(DOCUMENT, "ecsgen.yaml")

    def test_places_are_where_each_part_was_written(self) -> None:
        prod = for_environment(self.document, "prod")
        assert prod.name == "ecsgen.yaml"
        assert "environments" not in prod.root
        assert prod.place(("services", "web", "port")) == Mark(4, 11)
        assert prod.place(("services", "web", "cpu")) == Mark(10, 14)
        assert prod.place(("services", "web", "cpu"), on_key=True) == Mark(10, 9)
        assert prod.place(("services", "web", "env", "A")) == Mark(11, 18)
        assert prod.place(("services", "web", "memory")) == Mark(3, 3)
        assert prod.place(("services", "admin")) == Mark(12, 7)

    def test_nothing_of_the_document_changes(self) -> None:
        before = copy.deepcopy(dict(self.document.root))
        for_environment(self.document, "prod")
        assert self.document.root == before

    @pytest.mark.parametrize("name", ["staging", "broken", "absent"])
    def test_an_environment_that_says_nothing_is_the_base(self, name: str) -> None:
        root = for_environment(self.document, name).root
        assert root == {"name": "hello", "services": {"web": {"port": "8080", "cpu": "256"}}}

    def test_without_environments(self) -> None:
        document = parse("name: x\n", "f")
        assert for_environment(document, "default").root == {"name": "x"}


def test_removals_that_remove_nothing() -> None:
    base = parse("services: {web: {port: 80, health: {interval: 5}}}\n", "f").root
    text = "services: {web: {port: null, prot: ~, health: {timeout: ~, interval: ~}}, api: {x: null}}\nregion:\n"
    found = list(idle_removals(base, parse(text, "f").root, "prod"))
    root = ("environments", "prod")
    assert [finding.path for finding in found] == [
        (*root, "services", "web", "prot"),
        (*root, "services", "web", "health", "timeout"),
        (*root, "services", "api", "x"),
        (*root, "region"),
    ]
    assert {finding.severity for finding in found} == {Severity.WARNING}
    assert found[0].message == "there is no prot to remove: the description has none here"


trees = st.recursive(
    st.sampled_from(["null", "x", "new", "vpc-1", "[1]"]),
    lambda inner: st.dictionaries(
        st.sampled_from(["network", "vpc", "services", "build", "image", "a", "b"]), inner
    ).map(lambda node: "{" + ", ".join(f"{key}: {value}" for key, value in node.items()) + "}"),
    max_leaves=8,
)
maps = st.dictionaries(st.sampled_from(["network", "services", "a", "b"]), trees).map(
    lambda node: "{" + ", ".join(f"{key}: {value}" for key, value in node.items()) + "}"
)


def assert_marked(node: object) -> None:
    if isinstance(node, Map):
        assert set(node) == set(node.marks)
        for value in node.values():
            assert_marked(value)


@given(maps, maps)
def test_any_two_maps(base: str, environment: str) -> None:
    over = parse(environment, "f").root
    once = overlay(parse(base, "f").root, over)
    assert_marked(once)
    assert overlay(once, over) == once
    assert overlay(once, parse("{}", "f").root) == once
