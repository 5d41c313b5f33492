"""What every module promises as text: whole, documented, and nothing in it that nobody uses."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ecsgen.components import ALL

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.parent for path in (ROOT / "modules").glob("*/main.tf"))


def _module_docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("module_docs", ROOT / "tools" / "module_docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["module_docs"] = module
    spec.loader.exec_module(module)
    return module


module_docs = _module_docs()
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)


def resource_files(module: Path) -> list[Path]:
    """The files that hold a module's resources: main.tf, and one for each part that would make it long."""
    others = {"variables.tf", "outputs.tf", "versions.tf"}
    return sorted(path for path in module.glob("*.tf") if path.name not in others)


def _code(module: Path) -> str:
    """The Terraform of a module without comments."""
    text = "\n".join(path.read_text() for path in sorted(module.glob("*.tf")))
    return re.sub(r"(^|\s)#.*$", "", text, flags=re.MULTILINE)


def test_every_module_carries_a_room() -> None:
    assert {path.name for path in MODULES} == {module for module in ALL.values() if module is not None}


@each_module
def test_a_module_is_whole(module: Path) -> None:
    files = {str(path.relative_to(module)) for path in module.rglob("*.*") if ".terraform" not in str(path)}
    resources = {path.name for path in resource_files(module)}
    tests = {f"tests/{path.name}" for path in (module / "tests").glob("*.tftest.hcl")}
    assert f"tests/{module.name}.tftest.hcl" in tests
    assert files == {"README.md", "outputs.tf", "variables.tf", "versions.tf", *resources, *tests}
    assert "main.tf" in resources


@each_module
def test_every_file_says_first_what_it_is_for(module: Path) -> None:
    for path in [*module.glob("*.tf"), *module.glob("tests/*.hcl")]:
        assert re.match(r"# [A-Z].+[.]\n\n", path.read_text()), path


@each_module
def test_the_provider_comes_from_outside(module: Path) -> None:
    code = _code(module)
    assert not re.search(r'^provider "', code, re.MULTILINE)
    assert not re.search(r"\bbackend\b|local-exec|remote-exec", code)


def test_all_modules_work_with_the_same_versions() -> None:
    versions = {(module / "versions.tf").read_text() for module in MODULES}
    assert len(versions) == 1
    (text,) = versions
    assert 'version = ">= 5.80, < 7.0"' in text
    assert 'required_version = ">= 1.10"' in text


@each_module
def test_nothing_that_provider_6_deprecates(module: Path) -> None:
    """From the provider's upgrade guide to version 6, as far as it is about what the modules use."""
    deprecated = (
        r"aws_region\.\w+\.name\b",
        r"^\s+vpc\s+= true",
        r"\blog_group_name\s+= aws_cloudwatch_log_group\.flow",
        r"\bmanaged_policy_arns\b",
        r"\binline_policy\b",
        r"\binference_accelerator\b",
    )
    for pattern in deprecated:
        assert not re.search(pattern, _code(module), re.MULTILINE), pattern


@each_module
def test_every_input_is_described_and_used(module: Path) -> None:
    code = _code(module)
    for variable in module_docs.variables(module):
        assert variable.description.endswith("."), variable.name
        assert variable.type != "any", variable.name
        outside = "".join(path.read_text() for path in [*resource_files(module), module / "outputs.tf"])
        assert re.search(rf"\bvar\.{variable.name}\b", outside), f"{variable.name} is not used"
    used = set(re.findall(r"\bvar\.(\w+)", code))
    assert used == {variable.name for variable in module_docs.variables(module)}


@each_module
def test_an_input_is_null_only_where_null_means_something(module: Path) -> None:
    """A null that was not foreseen reaches AWS as its own default, not as ours."""
    blocks = re.findall(
        r'^variable "(\w+)" \{\n(.*?)^\}', (module / "variables.tf").read_text(), re.MULTILINE | re.DOTALL
    )
    assert blocks
    for name, body in blocks:
        takes_null = re.search(r"^  default\s+= null$", body, re.MULTILINE)
        refuses_null = re.search(r"^  nullable\s+= false$", body, re.MULTILINE)
        assert bool(takes_null) != bool(refuses_null), name


@each_module
def test_every_output_is_described(module: Path) -> None:
    outputs = module_docs.outputs(module)
    assert outputs
    for output in outputs:
        assert output.description.endswith("."), output.name


@each_module
def test_sections_come_in_one_order(module: Path) -> None:
    parts = [module_docs.sections(path) for path in resource_files(module)]
    assert all(parts)
    for name in ("variables.tf", "outputs.tf"):
        found = module_docs.sections(module / name)
        assert set(found) <= {section for part in parts for section in part}, name
        for part in parts:
            assert [section for section in found if section in part] == [one for one in part if one in found], name


@each_module
def test_the_readme_is_up_to_date(module: Path) -> None:
    assert module_docs.documented(module) == (module / "README.md").read_text()


def test_the_check_names_a_readme_that_is_out_of_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = tmp_path / "small"
    module.mkdir()
    (module / "main.tf").write_text("")
    (module / "variables.tf").write_text(
        'variable "size" {\n  description = "How | large."\n  type        = number\n}\n'
    )
    (module / "outputs.tf").write_text('output "size" {\n  description = "As given."\n  value       = var.size\n}\n')
    readme = module / "README.md"
    readme.write_text(f"# small\n\n{module_docs.BEGIN}\n{module_docs.END}\n")
    monkeypatch.setattr(module_docs, "MODULES", tmp_path)

    assert module_docs.main(["--check"]) == 1
    assert "modules/small/README.md is out of date" in capsys.readouterr().err

    assert module_docs.main([]) == 0
    assert "| `size` | `number` | required | How \\| large. |" in readme.read_text()
    assert "| `size` | As given. |" in readme.read_text()
    assert module_docs.main(["--check"]) == 0


def test_a_readme_without_a_place_for_the_tables_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# small\n")
    with pytest.raises(ValueError, match="add the lines"):
        module_docs.documented(tmp_path)


@pytest.mark.parametrize("module", ["service", "autoscaling"])
def test_a_module_has_the_line_that_its_variants_replace(module: str) -> None:
    lines = (ROOT / "modules" / module / "main.tf").read_text().splitlines()
    assert lines.count("    ignore_changes = []") == 1


def test_the_file_system_has_the_line_that_its_variant_replaces() -> None:
    lines = (ROOT / "modules" / "efs" / "main.tf").read_text().splitlines()
    assert lines.count("    prevent_destroy = false") == 1


def test_another_access_point_comes_before_the_old_one_goes() -> None:
    """The tasks that run lose the files with the access point that they use."""
    code = _code(ROOT / "modules" / "efs")
    found = re.search(r'^resource "aws_efs_access_point" "this" \{\n(.*?)^\}', code, re.MULTILINE | re.DOTALL)
    assert found is not None
    assert "create_before_destroy = true" in found[1]


def test_what_private_tasks_live_by_is_taken_away_after_them() -> None:
    """Terraform destroys before it updates a service, but for what was to be created first."""
    code = _code(ROOT / "modules" / "network")
    blocks = re.findall(r'^resource "(\w+)" "(\w+)" \{\n(.*?)^\}', code, re.MULTILINE | re.DOTALL)
    ways = {
        (kind, name): "create_before_destroy = true" in body
        for kind, name, body in blocks
        if kind in {"aws_subnet", "aws_route", "aws_nat_gateway", "aws_vpc_endpoint"}
        or (kind, name) == ("aws_vpc_security_group_ingress_rule", "endpoints")
    }
    assert len(ways) == 8
    assert all(ways.values()), ways
    (reach,) = (body for kind, name, body in blocks if (kind, name) == ("terraform_data", "reach"))
    for way in ("aws_route.private", "aws_vpc_endpoint.gateway", "aws_vpc_endpoint.interface"):
        assert way in reach[reach.index("depends_on") :]


def test_the_next_certificate_leaves_the_record_that_both_need() -> None:
    """ACM gives a name one record in an account. Made anew, the old one would be taken away last, and so the only one."""
    code = _code(ROOT / "modules" / "domain")
    (record,) = re.findall(r'^resource "aws_route53_record" "validation" \{\n(.*?)^\}', code, re.MULTILINE | re.DOTALL)
    assert "allow_overwrite = true" in record
    assert "ignore_changes = [name, type, records]" in record


def test_a_capacity_provider_goes_after_the_cluster_has_let_go_of_it() -> None:
    """ECS deletes none that a cluster has, and only this makes Terraform update the cluster before it deletes."""
    text = _code(ROOT / "modules" / "ec2_capacity")
    resource = re.search(r'^resource "aws_ecs_capacity_provider" "this" \{$.*?^\}$', text, re.MULTILINE | re.DOTALL)
    assert resource
    assert re.search(r"^  lifecycle \{\s+create_before_destroy = true\s+\}$", resource[0], re.MULTILINE)
