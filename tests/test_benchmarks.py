"""The benchmarks run: what they measure is valid, and the table prints. How long anything takes is not tested."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.description import SERVED, description
from benchmarks.measure import exponent
from benchmarks.table import Row, lines, skipped
from ecsgen.pipeline.project import open_project, render


@pytest.mark.parametrize("services", [1, SERVED + 5])
def test_the_description_has_no_problem_and_renders(tmp_path: Path, services: int) -> None:
    file = tmp_path / "ecsgen.yaml"
    file.write_text(description(services))
    project = open_project(file, None, None)
    assert project.examined.problems == ()
    rendered = [path for path in render(project) if path.startswith("default/service_")]
    assert len(rendered) == services


def test_the_table_of_the_smallest_size_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "validate", "--only", "render", "--size", "1"]) == 0
    printed = capsys.readouterr().out
    for verb in ("validate", "render"):
        assert f"ecsgen {verb}, 1 service: CPU" in printed
        assert f"ecsgen {verb}, 1 service: memory" in printed


def test_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "validate", "--size", "1", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["unit"], row["measured"] > 0) for row in rows] == [("s", True), ("MB", True)]


def test_a_row_says_whether_it_meets_its_target() -> None:
    rows = [
        Row("fast", 0.3, "s", 0.4),
        Row("slow", 0.5, "s", 0.4),
        Row("free", 12.4, "MB"),
        skipped("none", "no engine"),
    ]
    assert [line.split() for line in lines(rows)[1:]] == [
        ["fast", "0.30", "s", "0.40", "s", "ok"],
        ["slow", "0.50", "s", "0.40", "s", "over"],
        ["free", "12", "MB"],
        ["none", "skipped", "no", "engine"],
    ]


def test_the_exponent_of_a_power_is_found() -> None:
    assert exponent({size: 3 * size**1.5 for size in (1, 10, 100)}) == pytest.approx(1.5)
