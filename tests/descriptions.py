"""Descriptions for tests: written as YAML text, made by Hypothesis, rendered without a disk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from hcl_values import NASTY
from hypothesis import strategies as st

from ecsgen import application
from ecsgen.checks import Examined, examine
from ecsgen.components.logs import RETENTIONS
from ecsgen.components.task import FARGATE
from ecsgen.description.load import parse
from ecsgen.description.normal_form import breaks_an_escape, joins_wrongly
from ecsgen.description.overlay import for_environment
from ecsgen.description.typed import read
from ecsgen.render.render import Renderer
from ecsgen.render.template_set import templates

_SAFE = re.compile(r"[^ !#-\[\]-~\xa1-\xac\xae-\u1fff\u2030-\u205e\u2070-\ud7ff\U00010000-\U000e0000]")


def to_yaml(value: Any) -> str:
    """A value as one line of YAML: maps and lists in braces, texts in double quotes."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{to_yaml(str(key))}: {to_yaml(item)}' for key, item in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(to_yaml, value))}]"
    if isinstance(value, str):
        return f'"{_SAFE.sub(_escape, value)}"'
    return {True: "true", False: "false", None: "null"}[value] if isinstance(value, (bool, type(None))) else str(value)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def check(description: Mapping[str, Any] | str) -> Examined:
    """A description after all checks."""
    text = description if isinstance(description, str) else to_yaml(dict(description))
    return examine(parse(text, "ecsgen.yaml"), {})


def messages(description: Mapping[str, Any] | str) -> list[str]:
    """Its problems, as they are printed but for the file's name."""
    return [str(problem).removeprefix("ecsgen.yaml:") for problem in check(description).problems]


def render(
    description: Mapping[str, Any] | str, priorities: Mapping[str, Mapping[str, int]] | None = None
) -> dict[str, str]:
    """Its files; an error of the description fails the test. `priorities` are the lock file's."""
    examined = check(description)
    assert not examined.errors, [str(problem) for problem in examined.errors]
    environments = examined.environments
    kept = priorities or {}
    applications = [application.resolve(found, name, kept.get(name, {})) for name, found in environments.items()]
    images = {build.key for found in applications for build in found.builds}
    base = read(for_environment(examined.document, "")).description
    assert base is not None
    accounts = {found.account for found in environments.values() if found.account}
    registry = application.resolve_registry(base, images, [], environments, accounts)
    return Renderer(templates(None), "ecsgen.yaml").files(applications, registry)


texts = st.one_of(
    st.text(NASTY, max_size=12),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
    st.lists(st.sampled_from(["${a}", "%{if x}", "$${", "%%{", "<<EOT\n", "EOT", '"', "\\", "\n", "#", "'"])).map(
        "".join
    ),
).filter(lambda text: not breaks_an_escape(text) and not joins_wrongly(text))
"""Texts that are hard to write in YAML or in HCL, but for the few that Terraform cannot carry."""

labels = st.from_regex(r"[a-z](-?[a-z0-9]){0,10}", fullmatch=True)


def _distinct(found: Mapping[str, Any]) -> bool:
    """Whether keys stay different when Terraform normalizes them, and where IAM ignores their case."""
    return len({unicodedata.normalize("NFC", key).lower() for key in found}) == len(found)


variables = texts.filter(lambda name: re.fullmatch(r"[^=\s][^=]*", name) is not None)
env = st.dictionaries(st.one_of(variables, st.sampled_from(["PATH", "null", "for"])), texts, max_size=4).filter(
    _distinct
)
tags = st.dictionaries(
    texts.filter(lambda key: key != "" and not key.lower().startswith("aws:")), texts, max_size=3
).filter(_distinct)
sizes = st.sampled_from([{"cpu": cpu, "memory": memory} for cpu, memories in FARGATE.items() for memory in memories])
images = st.sampled_from(
    [
        {"build": "."},
        {"build": {"context": "./app", "args": {"A": "b"}}},
        {"image": "nginx:1.27"},
        {"image": f"a/b@sha256:{'0' * 64}"},
    ]
)
secrets = st.dictionaries(
    st.sampled_from(["SECRET_A", "SECRET_B"]), st.sampled_from(["ssm:/a/b", "secretsmanager:a/b:key"]), max_size=2
)
health = st.fixed_dictionaries(
    {"command": st.one_of(texts.filter(str.strip), st.lists(texts.filter(str.strip), min_size=2, max_size=3))},
    optional={"interval": st.integers(60, 300), "start_period": st.integers(0, 60), "retries": st.integers(1, 10)},
).filter(lambda found: found["command"][0] not in {"CMD-SHELL", "NONE"})
process = st.fixed_dictionaries(
    {},
    optional={
        "command": st.lists(texts, min_size=1, max_size=6),
        "entrypoint": st.lists(texts, min_size=1, max_size=2),
        "env": env,
        "secrets": secrets,
        "health": health,
        "init": st.booleans(),
        "readonly_root": st.booleans(),
        "workdir": texts.map(lambda text: f"/{text}"),
        "stop_timeout": st.integers(0, 120),
        "linux": st.just({"drop": ["ALL"], "add": ["SYS_PTRACE"]}),
        "ulimits": st.integers(1, 1000).map(lambda soft: {"nofile": {"soft": soft, "hard": 2000}}),
    },
)
capacity = st.one_of(
    st.sampled_from(["fargate", "spot"]),
    st.integers(1, 9).map(lambda weight: {"fargate": {"base": 1}, "spot": {"weight": weight}}),
)
scaling = st.fixed_dictionaries(
    {"max": st.integers(5, 50)},
    optional={"min": st.integers(1, 4), "cpu": st.integers(1, 100), "memory": st.integers(1, 100)},
)
statements = st.lists(
    st.fixed_dictionaries(
        {"actions": st.sampled_from(["s3:GetObject", ["sqs:*", "sns:Publish"]]), "resources": st.just("*")},
        optional={
            "conditions": st.dictionaries(
                st.just("StringLike"),
                st.dictionaries(texts.filter(str.strip), texts, min_size=1, max_size=2).filter(_distinct),
            )
        },
    ),
    max_size=2,
).map(lambda found: {"statements": found})


@st.composite
def services(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """One service that has no error, whatever else is in the description."""
    service = {**draw(images), **draw(sizes), **draw(process)}
    sidecars = draw(st.dictionaries(labels.filter(lambda label: label != name), st.tuples(images, process), max_size=2))
    if sidecars:
        service["sidecars"] = {label: {**image, **other} for label, (image, other) in sidecars.items()}
        service["depends_on"] = dict.fromkeys(sidecars, "START")
    if draw(st.booleans()):
        rest = draw(st.fixed_dictionaries({}, optional={"grace": st.integers(60, 600), "drain": st.integers(0, 3600)}))
        service["port"] = draw(st.integers(1, 65535))
        service["http"] = {
            "host": f"{name}.example.com",
            "path": draw(st.sampled_from(["/", "/a", ["/b", "/c/d*"]])),
            **rest,
        }
    optional = {"capacity": capacity, "scaling": scaling, "permissions": statements, "tags": tags}
    service |= draw(st.fixed_dictionaries({}, optional=optional))
    if "scaling" not in service:
        service["count"] = draw(st.integers(0, 20))
    service["logs"] = {"retention": draw(st.sampled_from(RETENTIONS))}
    return service


@st.composite
def descriptions(draw: st.DrawFn, most: int = 3) -> dict[str, Any]:
    """A description without errors, with `most` services at most."""
    names = draw(st.lists(labels, min_size=1, max_size=most, unique=True))
    description: dict[str, Any] = {
        "name": draw(st.from_regex(r"[b-h](-?[a-z0-9]){0,8}", fullmatch=True)),
        "region": draw(st.sampled_from(["eu-west-1", "us-gov-west-1", "cn-north-1"])),
        "tags": draw(tags),
        "network": {"nat": draw(st.sampled_from(["single", "per_az"])), "azs": draw(st.integers(2, 6))},
        "services": {name: draw(services(name)) for name in names},
    }
    folded = {key.lower(): key for key in description["tags"]}
    for service in description["services"].values():
        service["tags"] = {
            key: value for key, value in service.get("tags", {}).items() if folded.get(key.lower(), key) == key
        }
    if draw(st.booleans()):
        description["environments"] = {
            name: {"tags": {"stage": name}, "load_balancer": {"idle_timeout": 30}} for name in ("staging", "prod")
        }
    return description


@st.composite
def shuffled(draw: st.DrawFn, value: Any) -> Any:
    """The same value with the keys of its maps in another order."""
    if isinstance(value, dict):
        return {key: draw(shuffled(value[key])) for key in draw(st.permutations(list(value)))}
    return value
