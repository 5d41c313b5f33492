from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from ecsgen.render.verify import VerifyError, verify

ROOT = Path(__file__).resolve().parents[2]

MODULE = {
    "modules/ecr/main.tf": 'resource "aws_ecr_repository" "this" {\n  name = var.name\n  tags = local.tags\n}\n',
    "modules/ecr/variables.tf": dedent("""\
        variable "name" {
          type = string
        }
        variable "keep" {
          type    = number
          default = null
        }
        locals {
          tags = { keep = var.keep }
        }
        """),
    "modules/ecr/outputs.tf": 'output "url" {\n  value = aws_ecr_repository.this.repository_url\n}\n',
    "modules/ecr/README.md": "# not { Terraform",
}
CALL = 'module "web" {\n  source = "../modules/ecr"\n\n  name = "web"\n}\n'


def errors(main: str, **more: str) -> list[str]:
    """What is wrong with a root of one file, `registry/main.tf`, without that name; `more` adds files beside it."""
    files = {**MODULE, "registry/main.tf": main, **{f"registry/{name}.tf": text for name, text in more.items()}}
    return [str(error).removeprefix("registry/main.tf:") for error in verify(files)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        CALL,
        CALL + 'output "urls" {\n  value = { web = module.web.url }\n}\n',
        'module "web" { source = "../modules/ecr", }\n'.replace(", }", "\n  name = var.n\n}") + 'variable "n" {}\n',
        CALL.replace(
            '"web" {',
            '"web" {\n  for_each = toset(["a"])\n  depends_on = [module.other]\n  providers = { aws = aws.b }',
        )
        + 'output "x" {\n  value = [module.web["a"].url, module.web[local.k].url, values(module.web)[*].url]\n}\n'
        + CALL.replace('"web" {', '"other" {')
        + 'locals {\n  k = "a"\n}\n',
        'module "far" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "~> 5.0"\n  cidr    = "x"\n}\n'
        'output "y" {\n  value = module.far.anything\n}\n',
        "moved {\n  from = module.old\n  to   = module.web\n}\nremoved {\n  from = aws_x.gone\n}\n" + CALL,
        'data "aws_region" "here" {}\noutput "r" {\n  value = "${data.aws_region.here.name}-${each.value}-${path.module}"\n}\n',
        'resource "aws_a" "b" {\n  x = <<-EOT\n    ${aws_a.c[0].id} module.nowhere.x\n  EOT\n}\nresource "aws_a" "c" {\n  count = 1\n}\n',
        "locals {\n  a = [for var_x in [1] : var_x.y if local.b.module.z]\n  b = {}\n}\n",
    ],
)
def test_good(text: str) -> None:
    assert errors(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            CALL.replace("name =", "nane ="),
            [
                '1: module "web" is not given "name", which ../modules/ecr requires; add `name = …` to the call',
                '4: module "web" is given "nane", which ../modules/ecr does not take; did you mean "name"?',
            ],
        ),
        (
            CALL.replace('name = "web"', 'name = "web"\n  zzz = 1'),
            ['5: module "web" is given "zzz", which ../modules/ecr does not take; its inputs: keep, name'],
        ),
        (
            CALL.replace("modules/ecr", "modules/ecs"),
            ['2: module "web" calls ../modules/ecs, and there is no such folder; did you mean "ecr"?'],
        ),
        (
            CALL.replace("../modules/ecr", "./ecr"),
            ['2: module "web" calls ./ecr, and there is no such folder; did you mean "ecr"?'],
        ),
        ('module "web" {\n  name = 1\n}\n', ['1: module "web" has no `source`; say which module it calls']),
        (
            CALL + 'output "u" {\n  value = module.web.uri\n}\n',
            ['7: module.web.uri: ../modules/ecr has no output "uri"; did you mean "url"?'],
        ),
        (
            CALL + 'output "u" {\n  value = "${module.web["a"].arn}"\n}\n',
            ['7: module.web.arn: ../modules/ecr has no output "arn"; its outputs: url'],
        ),
        (
            CALL + 'output "u" {\n  value = module.wep.url\n}\n',
            ['7: module.wep: there is no such module in registry/; did you mean "web"?'],
        ),
        (
            'output "u" {\n  value = [\n    var.x,\n    local.y\n  ]\n}\n',
            [
                "3: var.x: there is no such variable in registry/; registry/ has: none",
                "4: local.y: there is no such local value in registry/; registry/ has: none",
            ],
        ),
        (
            'resource "aws_a" "b" {}\noutput "u" {\n  value = <<-E\n    ${aws_a.c.id}\n    ${data.aws_d.e.id}\n  E\n}\n',
            [
                '4: aws_a.c: there is no such resource in registry/; did you mean "aws_a.b"?',
                "5: data.aws_d.e: there is no such data source in registry/; registry/ has: aws_a.b",
            ],
        ),
        (
            CALL + CALL,
            [
                "1: module.web is also declared in line 6; keep one of the two",
                "6: module.web is also declared in line 1; keep one of the two",
            ],
        ),
        (
            'variable "a" {}\nlocals {\n  b = 1\n}\nlocals {\n  b = 2\n}\n\nvariable "a" {}\n',
            [
                "1: var.a is also declared in line 9; keep one of the two",
                "3: local.b is also declared in line 6; keep one of the two",
                "6: local.b is also declared in line 3; keep one of the two",
                "9: var.a is also declared in line 1; keep one of the two",
            ],
        ),
    ],
)
def test_bad(text: str, expected: list[str]) -> None:
    assert errors(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'a = "x\n',
            "1: not valid HCL: the line ends within a string; check the brackets, quotes and equal signs around it",
        ),
        (
            "a = <<EOT\nx\n",
            "1: not valid HCL: the heredoc EOT is not closed; check the brackets, quotes and equal signs around it",
        ),
        (
            'b = 1\na = "${f(\n',
            "2: not valid HCL: the string is not closed; check the brackets, quotes and equal signs around it",
        ),
        (
            "a = 1\n/* x\n",
            "2: not valid HCL: the comment is not closed; check the brackets, quotes and equal signs around it",
        ),
        ("a = @\n", "1: not valid HCL: unexpected '@'; check the brackets, quotes and equal signs around it"),
        (
            "b {\n  a = = 1\n}\n",
            "2: not valid HCL: unexpected '= 1'; check the brackets, quotes and equal signs around it",
        ),
        (
            "b {\n  a = [1, 2\n",
            "2: not valid HCL: the file ends within a bracket; check the brackets, quotes and equal signs around it",
        ),
        (
            "b {\n  a = 1 +\n}\n",
            "3: not valid HCL: unexpected '}'; check the brackets, quotes and equal signs around it",
        ),
        ("}\n", "1: not valid HCL: unexpected '}'; check the brackets, quotes and equal signs around it"),
        (
            'a = "$${b"\n',
            r"""1: not valid HCL: unexpected '$${b"'; write `$\u007b` instead of `$${`: """
            "python-hcl2 refuses it here, and to Terraform both are the same",
        ),
        (
            'a = "%%{ if"\n',
            r"""1: not valid HCL: unexpected '%%{ if"'; write `%\u007b` instead of `%%{`: """
            "python-hcl2 refuses it here, and to Terraform both are the same",
        ),
        (
            'a = "${~ b ~}"\n',
            """1: not valid HCL: unexpected '~ b ~}"'; python-hcl2 does not know `${~ … ~}`, which trims blanks: """
            "use `${trimspace(…)}` or a heredoc",
        ),
        (
            'a = "${\nb\n}"\n',
            "1: not valid HCL: the line ends too early; python-hcl2 wants an interpolation on one line: "
            "move its expression into a local value",
        ),
        ("a = !!b\n", "1: not valid HCL: unexpected '!b'; python-hcl2 refuses two signs in a row: use parentheses"),
        (
            "a = /* c */ 1\n",
            "1: not valid HCL: unexpected '/* c */ 1'; python-hcl2 refuses a comment there: put it on a line of its own",
        ),
        ("é = 1\n", "1: not valid HCL: unexpected 'é = 1'; python-hcl2 takes only ASCII in names outside of quotes"),
        (
            "a = <<_E\n_E\n",
            "1: not valid HCL: unexpected '<<_E'; python-hcl2 wants a heredoc's marker to begin with a letter",
        ),
    ],
)
def test_syntax(text: str, expected: str) -> None:
    assert errors(text) == [expected]


def test_one_folder_is_one_module() -> None:
    assert (
        errors(CALL, outputs='output "u" {\n  value = [module.web.url, var.x]\n}\n', variables='variable "x" {}\n')
        == []
    )
    assert errors('variable "x" {}\n', other='variable "x" {}\n') == [
        "1: var.x is also declared in registry/other.tf line 1; keep one of the two",
        "registry/other.tf:1: var.x is also declared in registry/main.tf line 1; keep one of the two",
    ]


def test_a_file_that_cannot_be_read_hides_no_other_error_and_causes_none() -> None:
    assert errors(
        'output "u" {\n  value = var.x\n}\n' + CALL.replace("name ", "nane "), variables='variable "x" {\n'
    ) == [
        '4: module "web" is not given "name", which ../modules/ecr requires; add `name = …` to the call',
        '7: module "web" is given "nane", which ../modules/ecr does not take; did you mean "name"?',
        "registry/variables.tf:1: not valid HCL: the file ends within a bracket; "
        "check the brackets, quotes and equal signs around it",
    ]


def test_files_of_others_may_declare_and_override() -> None:
    files = {
        **MODULE,
        "registry/main.tf": CALL.replace('  name = "web"\n', "") + 'output "u" {\n  value = local.x\n}\n',
    }
    assert [error.line for error in verify(files)] == [1, 6]
    others = {
        "registry/mine.tf": "locals {\n  x = var.nowhere\n}\n",
        "registry/web_override.tf": 'module "web" {\n  name = "b"\n}\n',
    }
    assert verify(files, others) == []
    # Broken, or in JSON, they may declare anything.
    assert [error.line for error in verify(files, {"registry/mine.tf": 'x = "'})] == [1]
    assert [error.line for error in verify(files, {"registry/mine.tf.json": "{}"})] == [1]


def test_what_others_declare_again_is_said_of_our_file() -> None:
    found = verify({**MODULE, "registry/main.tf": CALL}, {"registry/mine.tf": CALL})
    message, hint = "module.web is also declared in registry/mine.tf line 1", "keep one of the two"
    assert found == [VerifyError("registry/main.tf", 1, message, hint)]


def test_only_the_files_named_are_parsed() -> None:
    refused = {**MODULE, "registry/main.tf": 'locals {\n  a = "$${b"\n}\n'}
    assert len(verify(refused)) == 1
    assert verify(refused, parse=["modules/ecr/main.tf"]) == []


def test_the_packaged_modules_are_valid() -> None:
    paths = sorted(ROOT.glob("modules/*/*.tf"))
    assert paths
    assert verify({str(path.relative_to(ROOT)): path.read_text() for path in paths}) == []
