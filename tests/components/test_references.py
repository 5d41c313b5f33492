"""References in place of texts: printed as they stand wherever they can stand, refused where ecsgen decides something."""

from __future__ import annotations

import re
import subprocess
import zlib
from pathlib import Path
from typing import Any

import hcl2
import pytest
from descriptions import check, messages, render, to_yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ecsgen.checks.environment import check as environment_check
from ecsgen.description.load import parse
from ecsgen.description.overlay import for_environment
from ecsgen.description.references import references
from ecsgen.description.typed import environment_names, read
from ecsgen.hcl import Reference, to_hcl
from ecsgen.problems import Path as Place

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/ecsgen.yaml"))
PROBE = re.compile(r"\blocal\.probe_[0-9]+\b")

PLANNED = [
    path
    for path in EXAMPLES
    if path.parent.name in {"everything", "firelens", "jobs", "references", "sidecars", "tcp", "volumes"}
]
CHOICES: frozenset[Place] = frozenset({("domain", "certificate")})
"""Where a word chooses another thing than a reference does, so that the rest of the example would not fit."""
WHOLE_LISTS = ("command", "entrypoint", "subnets", "security_groups")
LATER = "terraform_data.later.id"
LATER_LIST = f'split(",", {LATER})'
MOCKED = """
mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["a", "b", "c", "d"] }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", reverse_dns_prefix = "com.amazonaws" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1", name = "eu-west-1" }
  }
}

run "plan" {
  command = plan
}
"""


def base(**service: Any) -> dict[str, Any]:
    return {"name": "hello", "region": "eu-west-1", "services": {"web": {"image": "nginx:1.27", **service}}}


def ref(text: str) -> dict[str, str]:
    return {"ref": text}


def probed(node: Any, kept: frozenset[Place], path: Place = ()) -> Any:
    """The same data with a reference of its own in place of every scalar that is not below a kept path."""
    if any(path[:depth] in kept for depth in range(len(path) + 1)):
        return node
    if isinstance(node, dict) and set(node) != {"ref"}:
        return {key: probed(value, kept, (*path, key)) for key, value in node.items()}
    if isinstance(node, list):
        return [probed(value, kept, (*path, index)) for index, value in enumerate(node)]
    return ref(f"local.probe_{zlib.crc32(repr(path).encode())}")


def written(node: Any, path: Place) -> Place:
    """The part of a path that the data has: a value that stands for a list of one has no first item."""
    for depth, step in enumerate(path):
        known = range(len(node)) if isinstance(node, list) else node if isinstance(node, dict) else ()
        if step not in known:
            return path[:depth]
        node = node[step]
    return path


def with_probes(example: Path) -> str:
    """An example with a reference in every place that takes one, in its first environment."""
    document = parse(example.read_text(encoding="utf-8"), "ecsgen.yaml")
    data = for_environment(document, environment_names(document)[0]).root
    kept: frozenset[Place] = CHOICES
    while True:
        typed = read(parse(to_yaml(probed(data, kept)), "ecsgen.yaml"))
        findings = list(typed.findings)
        if not findings and typed.description is not None:
            found = environment_check(typed.description, "default", {})
            findings = [finding for finding in found if finding.code == "EG121"]
        if not findings:
            return to_yaml(probed(data, kept))
        refused = {written(data, finding.path) for finding in findings}
        assert refused - kept, findings
        kept |= refused


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_a_reference_is_printed_as_it_stands_wherever_it_can_stand(example: Path) -> None:
    """Every value of every example is tried: a key that takes references and loses or quotes one fails here.

    A new key that names something, or decides something before Terraform runs, is `Fixed` and not `Text`.
    """
    text = with_probes(example)
    examined = check(text)
    assert [str(problem) for problem in examined.errors] == []
    description = examined.environments["default"]
    placed = {str(reference): path for path, reference in references(description)}
    assert placed or example.parent.name != "everything"
    seen: set[str] = set()
    for path, rendered in render(text).items():
        for line in filter(PROBE.search, rendered.splitlines()):
            value = re.sub(r'"(local\.probe_[0-9]+)"(?= += (?:\1|\{)$)', "", line)  # a key that names its own value
            where = f"{path}: {line}"
            assert path.startswith("default/"), where
            assert not any(PROBE.search(quoted) for quoted in re.findall(r'"(?:[^"\\]|\\.)*"', value)), where
            for name in PROBE.findall(value):
                assert re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.\[-])", value), where
                seen.add(name)
    assert [placed[name] for name in sorted(placed.keys() - seen)] == []


SAFE_START = ("local.", "var.", "module.", "data.", "aws_db_instance.")
PIECES = [
    *SAFE_START,
    "a",
    "_b",
    "-",
    "c1",
    ".",
    "..",
    "[0]",
    "[*]",
    '["k"]',
    '["${x}"]',
    "[",
    "]",
    "${",
    "}",
    "%{",
    '"',
    "'",
    "\n",
    " ",
    "#",
    "//",
    "/*",
]
PIECES += [
    "(",
    ")",
    "+",
    "?",
    ":",
    "==",
    "for",
    "in",
    "null",
    "file",
    "lookup(",
    "<<EOT",
    "\\",
    "é",
    "\u212b",
    "\u2028",
    "self.",
    "path.",
    "each.",
    "aws_",
    "_",
    "0",
]
attempts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=9).map("".join), st.text(max_size=20))


@given(attempts)
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_traversal_or_an_error_at_its_place(text: str) -> None:
    """No text that a user writes becomes code: a second parser reads what is printed as that one reference."""
    description = base(env={"A": "x", "B": ref(text)})
    loaded = check(description)
    errors = loaded.errors
    if errors:
        assert {problem.code for problem in errors} <= {"EG120", "EG102", "EG106", "EG112"}
        assert all(problem.line == 1 and problem.column > 1 for problem in errors)
        return
    printed = to_hcl(loaded.environments["default"].services["web"].env["B"])
    assert printed == text
    assert re.fullmatch(
        r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]+\]|\[\"[A-Za-z0-9_./:@-]+\"\])+", printed
    )
    assert str(hcl2.loads(f"a = {printed}\n")["a"]).replace(" ", "") == f"${{{printed}}}"
    assert f" {printed}\n" in render(description)["default/service_web.tf"]


@pytest.mark.parametrize("make", [str, lambda text: str.__new__(Reference, text)])
def test_a_text_that_is_no_reference_is_never_printed_bare(make: Any) -> None:
    for text in ('file("/etc/passwd")', "local.a + 1", "${local.a}", "local.a\nx = 1"):
        if make is str:
            assert to_hcl(make(text)).startswith('"')
        else:
            with pytest.raises(ValueError, match="not a reference"):
                to_hcl(make(text))


def test_texts_and_references_that_read_alike_stay_two_values() -> None:
    statement = {
        "actions": "s3:GetObject",
        "resources": ["arn:aws:s3:::b/*", ref("local.z"), ref("local.a"), ref("local.a")],
    }
    text = render(base(permissions={"statements": [statement]}))["default/service_web.tf"]
    assert 'resources = ["arn:aws:s3:::b/*", local.a, local.z]' in " ".join(text.split())
    assert sorted({"local.x", Reference("local.x"), Reference("local.a"), "z"}) == [
        "local.x",
        "z",
        Reference("local.a"),
        Reference("local.x"),
    ]
    assert Reference("local.x") != "local.x"
    assert Reference("local.x") != "local.x"


def test_whole_lists() -> None:
    service = base(
        command=ref("local.command"),
        network={"subnets": ref("module.vpc.private_subnets"), "security_groups": ref("aws_security_group.db[*].id")},
    )
    text = " ".join(render(service)["default/service_web.tf"].split())
    assert "subnet_ids = module.vpc.private_subnets " in text
    assert "security_group_ids = aws_security_group.db[*].id " in text
    assert "command = local.command " in text


def test_whole_lists_of_a_job() -> None:
    job = {
        "image": "busybox:1.36",
        "network": {"subnets": ref("local.subnets"), "security_groups": ref("local.groups")},
    }
    text = " ".join(
        render({"name": "hello", "region": "eu-west-1", "jobs": {"report": job}})["default/job_report.tf"].split()
    )
    assert "subnet_ids = local.subnets " in text
    assert "security_group_ids = local.groups " in text


def test_what_a_reference_stands_for_cannot_be_taken_apart() -> None:
    with pytest.raises(TypeError, match=r"what local\.x stands for is not known"):
        sorted(set(Reference("local.x")))


def test_single_values_stand_for_lists_of_one() -> None:
    service = base(
        port=80,
        http={"host": ref("local.host"), "sources": ref("local.office")},
        health={"command": ref("local.check")},
        permissions={"statements": [{"actions": "s3:GetObject", "resources": ref("aws_s3_bucket.b.arn")}]},
    )
    text = " ".join(render(service)["default/service_web.tf"].split())
    for printed in (
        "hosts = [local.host]",
        "source_cidrs = [local.office]",
        'command = ["CMD-SHELL", local.check]',
        "resources = [aws_s3_bucket.b.arn]",
    ):
        assert printed in text


def test_what_is_known_after_the_apply_only_has_a_key_of_its_own() -> None:
    """Terraform refuses such a value as the key of a `for_each`, and in a `count`."""
    service = base(
        port=80,
        http={},
        secrets={
            "A": ref("aws_secretsmanager_secret.a.arn"),
            "B": {"from": ref("aws_ssm_parameter.b.arn")},
            "C": "ssm:/c",
        },
        permissions={"policies": [ref("aws_iam_policy.p.arn"), "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]},
    )
    service["services"]["web"]["image"] = ref("local.image")
    service["load_balancer"] = {"allow": [ref("local.office"), "192.0.2.0/24"], "waf": ref("aws_wafv2_web_acl.w.arn")}
    files = render(service)
    task = " ".join(files["default/service_web.tf"].split())
    assert 'secrets = { C = "ssm:/c" }' in task
    assert "secret_arns = { A = aws_secretsmanager_secret.a.arn B = aws_ssm_parameter.b.arn }" in task
    assert 'task_policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]' in task
    assert 'named_task_policy_arns = { "aws_iam_policy.p.arn" = aws_iam_policy.p.arn }' in task
    assert "ecr_images = [local.image]" in task
    balancer = " ".join(files["default/load_balancer.tf"].split())
    assert (
        'ingress_cidr_blocks = ["192.0.2.0/24"] named_ingress_cidr_blocks = { "local.office" = local.office }'
        in balancer
    )
    assert "web_acl_arn = aws_wafv2_web_acl.w.arn attach_web_acl = true" in balancer


def test_rules_with_the_same_reference_want_the_same_requests() -> None:
    def service(host: Any) -> dict[str, Any]:
        return {"image": "nginx:1.27", "port": 80, "http": {"host": host}}

    def of(first: Any, second: Any) -> list[str]:
        services = {"a": service(first), "b": service(second)}
        return messages({"name": "hello", "region": "eu-west-1", "services": services})

    assert "services a and b both want local.host" in of(ref("local.host"), ref("local.host"))[0]
    assert of(ref("local.host"), ref("local.other")) == []
    assert of("*.host", ref("local.host")) == []


@pytest.mark.parametrize(
    ("before", "after", "printed"),
    [
        ({"env": {"A": "x"}}, {"env": {"A": {"ref": "local.a"}}}, "A = local.a"),
        ({"env": {"A": {"ref": "local.a"}}}, {"env": {"A": "x"}}, 'A = "x"'),
        ({"env": {"A": {"ref": "local.a"}}}, {"env": {"A": {"ref": "local.b"}}}, "A = local.b"),
        ({"env": {"A": {"ref": "local.a"}}}, {"env": {"ref": "x"}}, 'A = local.a ref = "x"'),
        ({"secrets": {"A": "ssm:/a"}}, {"secrets": {"A": {"ref": "local.a"}}}, "secret_arns = { A = local.a }"),
        ({"secrets": {"A": {"ref": "local.a"}}}, {"secrets": {"A": "ssm:/a"}}, 'secrets = { A = "ssm:/a" }'),
        ({"secrets": {"A": {"ref": "local.a"}}}, {"secrets": {"A": {"from": "ssm:/a"}}}, 'secrets = { A = "ssm:/a" }'),
        (
            {"secrets": {"A": {"from": "ssm:/a", "kms_key": {"ref": "local.key"}}}},
            {"secrets": {"A": {"ref": "local.a"}}},
            "secret_arns = { A = local.a }",
        ),
        ({"network": {"subnets": ["subnet-12345678"]}}, {"network": {"subnets": {"ref": "local.s"}}}, "subnet_ids = local.s"),
        ({"network": {"subnets": {"ref": "local.s"}}}, {"network": {"subnets": ["subnet-12345678"]}}, 'subnet_ids = ["subnet-12345678"]'),
    ],
)  # fmt: skip
def test_an_environment_replaces_a_text_by_a_reference_and_back(before: Any, after: Any, printed: str) -> None:
    description = base(**before)
    description["environments"] = {"prod": {"services": {"web": after}}}
    assert printed in " ".join(render(description)["prod/service_web.tf"].split())


def test_a_certificate_of_ones_own_and_a_host() -> None:
    description = base(port=80, http={"host": ref("local.host")})
    description["domain"] = {"certificate": ref("aws_acm_certificate.main.arn")}
    assert [message for message in messages(description) if "error" in message] == []
    text = " ".join(render(description)["default/load_balancer.tf"].split())
    assert "certificate_arn = aws_acm_certificate.main.arn" in text
    description["domain"] = {"zone": "example.com"}
    assert "certificates and records are made for names that are known" in messages(description)[0]


def test_a_variable_and_a_tag_may_be_called_ref() -> None:
    text = " ".join(render(base(env={"ref": "main"}, tags={"ref": "main"}))["default/service_web.tf"].split())
    assert 'environment = { ref = "main" }' in text
    assert 'tags = { ref = "main" }' in text


@pytest.mark.terraform
@pytest.mark.parametrize("example", PLANNED, ids=lambda path: path.parent.name)
def test_terraform_plans_what_it_will_know_after_the_apply_only(
    example: Path, tmp_path: Path, terraform_env: dict[str, str], plugin_dir: str | None
) -> None:
    """Every reference is unknown in this plan, so none may decide how many resources there are, or what they are called."""
    text = with_probes(example)
    files = render(text)
    placed = {reference: path for path, reference in references(check(text).environments["default"])}
    files["default/own.tf"] = (
        'resource "terraform_data" "later" {}\n\nlocals {\n'
        + "".join(
            f"  {name[6:]} = {LATER_LIST if path[-1] in WHOLE_LISTS else LATER}\n"
            for name, path in sorted(placed.items())
        )
        + "}\n"
    )
    files["default/tests/plan.tftest.hcl"] = MOCKED
    images = {key for text in files.values() for key in re.findall(r'var\.images\["(.+?)"\]', text)}
    if images:
        files["default/images.auto.tfvars"] = f"images = {to_hcl(dict.fromkeys(sorted(images), 'a/b:1'))}\n"
    files["default/backend.tf"] = ""
    for path, text in files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    mirror = [f"-plugin-dir={plugin_dir}"] if plugin_dir else []
    for command in (["init", "-input=false", *mirror], ["test"]):
        done = subprocess.run(
            ["terraform", *command, "-no-color"],
            cwd=tmp_path / "default",
            env=terraform_env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, 0 failed" in done.stdout
