"""Where the state is: the block in backend.tf of each root."""

from __future__ import annotations

from descriptions import render

SERVICES = "services: {web: {build: .}}"
CLOUD = "state: {cloud: {organization: example, project: Web shop}}"


def backend(text: str) -> str:
    """A file without its header."""
    return text.partition("\n\n")[2]


def test_each_root_has_its_workspace_in_hcp_terraform() -> None:
    files = render(f"name: shop\nregion: eu-west-1\n{CLOUD}\n{SERVICES}\nenvironments: {{staging: {{}}, prod: {{}}}}\n")
    for root in ("registry", "staging", "prod"):
        assert backend(files[f"{root}/backend.tf"]) == (
            "terraform {\n"
            "  cloud {\n"
            '    organization = "example"\n'
            "\n"
            "    workspaces {\n"
            f'      name    = "shop-{root}"\n'
            '      project = "Web shop"\n'
            "    }\n"
            "  }\n"
            "}\n"
        )


def test_without_a_project_none_is_named() -> None:
    files = render(f"name: shop\nregion: eu-west-1\nstate: {{cloud: {{organization: example}}}}\n{SERVICES}\n")
    assert "project" not in files["default/backend.tf"]


def test_an_environment_can_have_its_state_elsewhere() -> None:
    files = render(
        f"name: shop\nregion: eu-west-1\nstate: {{s3: {{bucket: shop-state}}}}\n{SERVICES}\n"
        "environments: {staging: {state: {cloud: {organization: example}}}, prod: {}}\n"
    )
    assert 'backend "s3"' in files["registry/backend.tf"]
    assert 'backend "s3"' in files["prod/backend.tf"]
    assert "cloud {" in files["staging/backend.tf"]
    assert "shop-state" not in files["staging/backend.tf"]
