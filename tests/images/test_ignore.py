"""`.dockerignore`: reading it, and matching paths as Docker does. What real builds see is compared in test_live_context."""

from __future__ import annotations

import pytest

from ecsgen.images.ignore import BadPatternError, Matcher, literal, read_patterns


def left_out(lines: list[str], path: str) -> bool:
    """Matches folder by folder, as a walk does."""
    matcher = Matcher(read_patterns("\n".join(lines)))
    known: tuple[bool, ...] = ()
    result = False
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        result, known = matcher.match("/".join(parts[:count]), known)
    return result


def test_reading_cleans_lines_as_docker_does() -> None:
    text = "\ufeff# comment\n\n  spaced  \r\n/rooted/\n./here\n../up\na//b/../c\n! /kept/\n #not a comment\n!\n/\n"
    assert read_patterns(text) == ["spaced", "rooted", "here", "../up", "a/c", "!kept", "#not a comment", "!", "/"]


@pytest.mark.parametrize(
    ("lines", "path", "expected"),
    [
        (["a.txt"], "a.txt", True),
        (["a.txt"], "sub/a.txt", False),
        (["sub"], "sub/deep/a.txt", True),
        (["sub/"], "sub/a.txt", True),
        (["*.txt"], "a.txt", True),
        (["*.txt"], "sub/a.txt", False),
        (["*/*.txt"], "sub/a.txt", True),
        (["**/*.txt"], "a.txt", True),
        (["**/*.txt"], "x/y/a.txt", True),
        (["**/a"], "za", False),
        (["**a"], "za", True),
        (["sub/**"], "sub", False),
        (["sub/**"], "sub/x", True),
        (["sub/**/x"], "sub/x", True),
        (["sub/**/x"], "sub/a/b/x", True),
        (["tmp?"], "tmpa", True),
        (["tmp?"], "tmp", False),
        (["tmp?"], "tmp/a", False),
        (["[a-c]x"], "bx", True),
        (["[^a-c]x"], "bx", False),
        (["[!a]x"], "!x", True),
        ([r"\*"], "*", True),
        ([r"\*"], "x", False),
        (["a.c"], "abc", False),
        (["a.c*"], "abc", False),
        (["a+(b)*"], "a+(b)c", True),
        (["a\\$b*"], "a$b", True),
        (["*", "!keep"], "keep", False),
        (["*", "!keep"], "keep/inside", False),
        (["*", "!keep", "keep/not"], "keep/not", True),
        (["!keep", "*"], "keep", True),
        (["docs", "!docs/README.md"], "docs/README.md", False),
        (["docs", "!docs/README.md"], "docs/other.md", True),
        (["**"], "any/where", True),
        (["."], "a", False),
        (["Ä*"], "Äpfel", True),
        (["a\nb"], "a\nb", False),
    ],
)
def test_matching(lines: list[str], path: str, expected: bool) -> None:
    assert left_out(lines, path) is expected


@pytest.mark.parametrize("line", ["[", "[]", "a[b", "[a-]", "[-a]", "[z-a]", "\\", "!", "![", "[]a]"])
def test_a_pattern_that_docker_refuses_is_refused(line: str) -> None:
    with pytest.raises(BadPatternError) as caught:
        Matcher(read_patterns(line))
    assert caught.value.args[0] == line


@pytest.mark.parametrize(
    "path", ["a", "a/b c", " lead", "trail ", "!a", "#a", "[x]", "a*b", "a?b", "a\\b", "a^b", "tab\tbed", "ü/ß", "a\nb"]
)
def test_a_literal_matches_its_path_and_survives_a_file(path: str) -> None:
    assert left_out([literal(path)], path)
    assert not left_out([literal(path)], "zz")
    assert left_out(["*", f"!{path}", literal(path)], f"{path}/inside")


def test_folders_are_searched_only_where_something_can_come_back() -> None:
    assert not Matcher(["node_modules"]).may_take_back_inside("node_modules")
    assert not Matcher(["*", "!src/app"]).may_take_back_inside("node_modules")
    assert Matcher(["*", "!src/app"]).may_take_back_inside("src")
    assert Matcher(["*", "!**/*.py"]).may_take_back_inside("node_modules")
