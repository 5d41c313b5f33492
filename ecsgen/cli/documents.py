"""The JSON documents of `--json` and the other machine formats; `docs/json.md` describes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ecsgen import __version__
from ecsgen.errors import EcsgenError
from ecsgen.problems import CODES, DescriptionError, Problem, Severity


def problem_document(problem: Problem) -> dict[str, Any]:
    """One problem; line and column count from 1."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "severity": str(problem.severity),
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
    }


def problems_document(problems: Iterable[Problem], environments: Iterable[str]) -> dict[str, Any]:
    """The result of `validate`."""
    listed = list(problems)
    return {
        "valid": not any(problem.severity is Severity.ERROR for problem in listed),
        "environments": list(environments),
        "problems": [problem_document(problem) for problem in listed],
    }


def error_document(error: EcsgenError) -> dict[str, Any]:
    """An error that ended the command."""
    document: dict[str, Any] = {
        "error": {
            "kind": error.kind,
            "exit_code": error.exit_code,
            "what": error.what,
            "why": error.why,
            "hint": error.hint,
            "details": list(error.details),
        }
    }
    if isinstance(error, DescriptionError):
        document["problems"] = [problem_document(problem) for problem in error.problems]
    return document


def github(problem: Problem) -> str:
    """A workflow command of GitHub Actions, which shows the problem at its line in the pull request."""
    level = "error" if problem.severity is Severity.ERROR else "warning"
    text = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
    place = f"file={_property(problem.file)},line={problem.line},col={problem.column},title={_property(problem.code)}"
    return f"::{level} {place}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def sarif(problems: Iterable[Problem]) -> dict[str, Any]:
    """SARIF 2.1.0, as code scanning services read it."""
    listed = list(problems)
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "ecsgen",
                        "version": __version__,
                        "rules": [
                            {"id": code, "shortDescription": {"text": CODES[code]}}
                            for code in sorted({problem.code for problem in listed})
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(problem) for problem in listed],
            }
        ],
    }


def _result(problem: Problem) -> dict[str, Any]:
    import os
    from urllib.parse import quote

    return {
        "ruleId": problem.code,
        "level": "error" if problem.severity is Severity.ERROR else "warning",
        "message": {"text": f"{problem.message}; {problem.hint}" if problem.hint else problem.message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(os.fsencode(problem.file))},
                    "region": {"startLine": problem.line, "startColumn": problem.column},
                }
            }
        ],
    }
