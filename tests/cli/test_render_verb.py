"""`render`: what it writes, respects and removes; --check, --diff and --force."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import HELLO, Run

TWO = HELLO + "  worker:\n    image: nginx:1.27\n"
ENVIRONMENTS = f"{HELLO}environments:\n  staging: {{}}\n  prod: {{network: {{azs: 3}}}}\n"


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_it_writes_beside_the_description(ecsgen: Run, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "ecsgen.yaml").rename(folder / "sub" / "ecsgen.yaml")
    result = ecsgen("render", "-f", "sub/ecsgen.yaml")
    assert result.code == 0
    assert result.out == ""
    written = files(folder / "sub" / "infra")
    assert {"ecsgen.lock.json", "default/service_web.tf", "registry/repositories.tf", "modules/ecr/main.tf"} <= written
    assert ecsgen("render", "-f", "sub/ecsgen.yaml").err.endswith("nothing to change\n")


def test_another_folder(ecsgen: Run, folder: Path) -> None:
    assert ecsgen("-o", "terraform/all", "render").code == 0
    assert (folder / "terraform/all/default/cluster.tf").is_file()
    assert not (folder / "infra").exists()


def test_json(ecsgen: Run) -> None:
    document = ecsgen("render", "--json").document
    assert set(document) == {"out", "created", "updated", "removed", "unchanged", "kept"}
    assert document["out"] == "infra"
    assert "default/service_web.tf" in document["created"]
    again = ecsgen("render", "--json").document
    assert not again["created"] + again["updated"] + again["removed"]
    assert "default/service_web.tf" in again["unchanged"]


def test_check_and_diff_write_nothing(ecsgen: Run, folder: Path) -> None:
    checked = ecsgen("render", "--check")
    assert checked.code == 3
    assert "differs: default/cluster.tf" in checked.err
    assert checked.out == ""
    assert not (folder / "infra").exists()
    ecsgen("render")
    assert ecsgen("render", "--check").code == 0
    (folder / "ecsgen.yaml").write_text(HELLO.replace("8080", "9090"))
    before = (folder / "infra/default/service_web.tf").read_text()
    diff = ecsgen("render", "--diff")
    assert diff.code == 0
    changed = [line for line in diff.out.splitlines() if line.startswith(("+ ", "- "))]
    assert [line.strip("+- ") for line in changed if "container_port" in line] == [
        "container_port = 8080",
        "container_port = 9090",
    ]
    assert ecsgen("render", "--diff", "--check").code == 3
    assert (folder / "infra/default/service_web.tf").read_text() == before


def test_check_with_json_is_one_document(ecsgen: Run) -> None:
    result = ecsgen("render", "--check", "--diff", "--json")
    assert result.code == 3
    assert result.document["differs"] is True
    assert "default/cluster.tf" in result.document["files"]
    assert "+module" in result.document["diff"]
    ecsgen("render")
    assert ecsgen("render", "--check", "--json").document == {"differs": False, "files": []}


def test_an_edited_file_is_respected(ecsgen: Run, folder: Path) -> None:
    ecsgen("render")
    edited = folder / "infra/default/cluster.tf"
    edited.write_text(edited.read_text() + "# mine\n")
    (folder / "ecsgen.yaml").write_text(HELLO.replace("hello", "other"))
    refused = ecsgen("render")
    assert refused.code == 2
    assert "default/cluster.tf: it was edited by hand" in refused.err
    assert edited.read_text().endswith("# mine\n")
    assert 'name                  = "hello' not in (folder / "infra/default/service_web.tf").read_text()
    assert "hello-default" in (folder / "infra/default/service_web.tf").read_text(), "nothing else was written either"
    assert ecsgen("render", "--force").code == 0
    assert "# mine" not in edited.read_text()


def test_foreign_files_are_left(ecsgen: Run, folder: Path) -> None:
    root = folder / "infra/default"
    root.mkdir(parents=True)
    (root / "mine.tf").write_text("# mine\n")
    ecsgen("render")
    (root / "cluster_override.tf").write_text("# an override\n")
    (folder / "ecsgen.yaml").write_text(TWO)
    assert ecsgen("render").code == 0
    assert (root / "mine.tf").read_text() == "# mine\n"
    assert (root / "cluster_override.tf").read_text() == "# an override\n"
    assert ecsgen("render", "--check").code == 0


def test_a_foreign_file_in_the_way(ecsgen: Run, folder: Path) -> None:
    (folder / "infra/default").mkdir(parents=True)
    (folder / "infra/default/cluster.tf").write_text("# mine\n")
    refused = ecsgen("render")
    assert refused.code == 2
    assert "default/cluster.tf" in refused.err
    assert files(folder / "infra") == {"default/cluster.tf"}


def test_the_file_of_a_removed_service_goes(ecsgen: Run, folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(TWO)
    ecsgen("render")
    (folder / "ecsgen.yaml").write_text(HELLO)
    assert ecsgen("render", "--json").document["removed"] == ["default/service_worker.tf"]
    assert not (folder / "infra/default/service_worker.tf").exists()


def test_the_repository_of_a_removed_service_stays(ecsgen: Run, folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(HELLO + "  api:\n    build: ./api\n")
    ecsgen("render")
    (folder / "ecsgen.yaml").write_text(HELLO)
    ecsgen("render")
    assert 'module "api_repository"' in (folder / "infra/registry/repositories.tf").read_text()


@pytest.mark.parametrize("words", [(), ("-e", "prod")])
def test_environments(ecsgen: Run, folder: Path, words: tuple[str, ...]) -> None:
    (folder / "ecsgen.yaml").write_text(ENVIRONMENTS)
    assert ecsgen("render", *words).code == 0
    roots = {path.split("/")[0] for path in files(folder / "infra")}
    assert roots == {"ecsgen.lock.json", "modules", "registry", "prod", *(() if words else ("staging",))}


def test_one_environment_leaves_the_others_as_they_are(ecsgen: Run, folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(ENVIRONMENTS)
    ecsgen("render")
    (folder / "ecsgen.yaml").write_text(ENVIRONMENTS.replace("8080", "9090"))
    updated = ecsgen("render", "-e", "prod", "--json").document["updated"]
    assert sorted(updated) == ["ecsgen.lock.json", "prod/service_web.tf"]
    assert ecsgen("render", "--check").code == 3
    assert ecsgen("render", "--check", "-e", "prod").code == 0


def test_an_environment_that_is_renamed_is_one_that_goes_and_one_that_comes(ecsgen: Run, folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(ENVIRONMENTS)
    ecsgen("render")
    state = folder / "infra/prod/terraform.tfstate"
    state.write_text("{}")
    staging = {path.name: path.read_bytes() for path in (folder / "infra/staging").iterdir()}
    (folder / "ecsgen.yaml").write_text(ENVIRONMENTS.replace("prod:", "live:"))
    result = ecsgen("render", "--json")
    document = result.document
    assert {path.split("/")[0] for path in document["created"]} == {"live"}
    assert {path.split("/")[0] for path in document["removed"]} == {"prod"}
    assert sorted(document["updated"]) == ["ecsgen.lock.json", "registry/repositories.tf"]  # whose images are kept
    assert result.err == (
        "warning: prod is not described any more: its files are gone, and what it deployed stays up, known only to its "
        "state. To take it down, describe it again, and run ecsgen destroy --env prod first\n"
    )
    assert {path.name: path.read_bytes() for path in (folder / "infra/staging").iterdir()} == staging
    assert list((folder / "infra/prod").iterdir()) == [state]
    assert ecsgen("render").err.endswith("nothing to change\n")


def test_an_environment_comes_back_as_it_was(ecsgen: Run, folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(ENVIRONMENTS)
    ecsgen("render")
    before = {path: (folder / "infra" / path).read_bytes() for path in files(folder / "infra")}
    (folder / "ecsgen.yaml").write_text(ENVIRONMENTS.replace("  prod: {network: {azs: 3}}\n", ""))
    assert "warning: prod is not described any more" in ecsgen("render", "-e", "staging").err
    assert "prod" not in {path.split("/")[0] for path in files(folder / "infra")}
    (folder / "ecsgen.yaml").write_text(ENVIRONMENTS)
    assert ecsgen("render").err.endswith("created, 2 updated\n")
    assert {path: (folder / "infra" / path).read_bytes() for path in files(folder / "infra")} == before


def test_nothing_is_written_for_a_bad_description(ecsgen: Run, folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(HELLO.replace("8080", "80a"))
    result = ecsgen("render")
    assert result.code == 2
    assert "ecsgen.yaml:6:11: error EG102" in result.err
    assert not (folder / "infra").exists()


def test_warnings_are_shown_and_do_not_stop_it(ecsgen: Run, folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(TWO.replace("nginx:1.27", "nginx"))
    result = ecsgen("render")
    assert result.code == 0
    assert "warning EG303" in result.err


def test_the_lock_file_keeps_priorities(ecsgen: Run, folder: Path) -> None:
    shop = HELLO.replace("http: {}", "http: {path: /m}")
    (folder / "ecsgen.yaml").write_text(shop)
    ecsgen("render")
    before = (folder / "infra/default/service_web.tf").read_text()
    more = "".join(f"  s{n}:\n    image: nginx:1.27\n    port: 80\n    http: {{path: /{n}}}\n" for n in "az")
    (folder / "ecsgen.yaml").write_text(shop + more)
    ecsgen("render")
    assert (folder / "infra/default/service_web.tf").read_text() == before


def test_a_priority_taken_over_from_another_rule_is_a_warning(ecsgen: Run, folder: Path) -> None:
    two = HELLO.replace(
        "http: {}",
        "http: {{path: /a, priority: {}}}\n  api:\n    image: nginx:1.27\n    port: 80\n    http: {{path: /b, priority: {}}}",
    )
    (folder / "ecsgen.yaml").write_text(two.format(10, 20))
    assert ecsgen("render").code == 0
    (folder / "ecsgen.yaml").write_text(two.format(20, 10))
    shown = ecsgen("validate").out
    assert (
        "ecsgen.yaml:7:32: warning EG419: priority 20 was that of api: AWS refuses it while that rule still has it"
        in shown
    )


@pytest.mark.parametrize("words", [("render",), ("render", "--check"), ("render", "--diff"), ("validate",)])
def test_an_output_that_is_a_file(ecsgen: Run, folder: Path, words: tuple[str, ...]) -> None:
    (folder / "x").write_text("mine")
    result = ecsgen(*words, "-o", "x")
    assert result.code == 2
    assert "x is not a folder" in result.err
    assert (folder / "x").read_text() == "mine"
