"""Loading: what is kept of a file, and what is said about one that cannot be read."""

from __future__ import annotations

import os
import resource
import sys
import tracemalloc
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from ecsgen.description import compose
from ecsgen.description.document import Map, Mark, Seq, split_lines
from ecsgen.description.load import MAX_BYTES, load, parse
from ecsgen.problems import DescriptionError, Finding, Problem
from ecsgen.scalars import Plain

HELLO = """\
name: hello
services:
  web:
    build: .
    port: 8080
    env: {ON: on, OCT: 010, DAY: 2024-01-01, "TIME": 12:30:00, QUOTED: "8080"}
    command: [httpd, "-f"]
"""


@pytest.fixture(params=["c", "python"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both parsers of PyYAML: the one in C is not everywhere."""
    if request.param == "c" and not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(compose, "_LOADER", yaml.CSafeLoader if request.param == "c" else yaml.SafeLoader)


def problems(source: str | bytes) -> list[Problem]:
    """What is wrong with the text as such, whether or not the rest of it could be read."""
    try:
        found = sorted(parse(source, "ecsgen.yaml").problems)
    except DescriptionError as error:
        found = list(error.problems)
    assert found
    assert all(problem.hint for problem in found)
    return found


def said(source: str | bytes) -> list[tuple[int, int, str, str]]:
    return [(problem.line, problem.column, problem.code, problem.message) for problem in problems(source)]


@pytest.mark.usefixtures("loader")
class TestKept:
    def test_scalars_stand_as_written(self) -> None:
        env = parse(HELLO, "f").root["services"]["web"]["env"]  # type: ignore[index, call-overload]
        assert isinstance(env, Map)
        assert dict(env) == {"ON": "on", "OCT": "010", "DAY": "2024-01-01", "TIME": "12:30:00", "QUOTED": "8080"}
        assert [type(env[key]) for key in ("ON", "QUOTED")] == [Plain, str]
        assert {type(key) for key in env} == {str}

    def test_quoted_and_block_texts(self) -> None:
        root = parse("a: 'it''s'\nb: |\n  one\n  two\nc: >-\n  one\n  two\nd: one\n  two\n", "f").root
        assert dict(root) == {"a": "it's", "b": "one\ntwo\n", "c": "one two", "d": "one two"}
        assert [type(value) for value in root.values()] == [str, str, str, Plain]

    @pytest.mark.parametrize("null", ["", "~", "null", "Null", "NULL", "!!null null"])
    def test_null(self, null: str) -> None:
        root = parse(f"a: {null}\nb: [{null or '~'}]\n", "f").root
        assert dict(root) == {"a": None, "b": [None]}

    def test_quoted_null_is_text(self) -> None:
        assert dict(parse("a: 'null'\nb: \"\"\nc: !!str null\nd: ! ~\n", "f").root) == {
            "a": "null",
            "b": "",
            "c": "null",
            "d": "~",
        }

    def test_core_tags_change_nothing(self) -> None:
        root = parse("a: !!int 5\nb: !!str 5\nc: !!map {x: !!seq [!!bool yes]}\n", "f").root
        assert dict(root) == {"a": "5", "b": "5", "c": {"x": ["yes"]}}
        assert [type(root["a"]), type(root["b"])] == [Plain, str]

    def test_keys_are_text_as_written(self) -> None:
        assert list(parse("8080: a\non: b\n1.0: c\n2024-01-01: d\n'': e\n", "f").root) == [
            "8080",
            "on",
            "1.0",
            "2024-01-01",
            "",
        ]

    def test_a_nul_escape_is_left_to_typing(self) -> None:
        document = parse('a:\n  b: "x\\0y"\n', "f")
        assert document.root == {"a": {"b": "x\0y"}}
        assert document.place(("a", "b")) == Mark(2, 6)

    def test_byte_order_mark(self) -> None:
        assert dict(parse(b"\xef\xbb\xbfname: x\n", "f").root) == {"name": "x"}
        assert dict(parse("\ufeffname: x\n", "f").root) == {"name": "x"}

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_line_ends(self, end: str) -> None:
        document = parse(f"a: 1{end}{end}b: 2{end}c: |{end}  x{end}  y{end}", "f")
        assert dict(document.root) == {"a": "1", "b": "2", "c": "x\ny\n"}
        assert document.place(("b",)) == Mark(3, 4)
        assert document.source(3) == "b: 2"

    def test_any_script(self) -> None:
        document = parse("ключ: 日本 😀\n'e\u0301': [\u200b]\n", "f")
        assert dict(document.root) == {"ключ": "日本 😀", "e\u0301": ["\u200b"]}
        assert parse("a: 😀 # x\n😀: {b: c}\n", "f").place(("😀", "b")) == Mark(2, 8)


@pytest.mark.usefixtures("loader")
class TestAliases:
    def test_alias(self) -> None:
        document = parse("a: &x\n  p: 1\nb: *x\nc: &y text\nd: [*y, *x]\n", "f")
        assert document.root == {"a": {"p": "1"}, "b": {"p": "1"}, "c": "text", "d": ["text", {"p": "1"}]}
        assert document.place(("b",)) == Mark(3, 1)
        assert document.place(("b", "p")) == Mark(2, 6)
        assert document.place(("d", 0)) == Mark(5, 5)

    def test_merge(self) -> None:
        document = parse("a: &a {p: 1, q: 2}\nb: &b {q: 3, r: 4}\nc:\n  p: 5\n  <<: [*a, *b]\n  s: 6\n", "f")
        assert document.root["c"] == {"p": "5", "s": "6", "q": "2", "r": "4"}
        assert document.place(("c", "p")) == Mark(4, 6)
        assert document.place(("c", "r")) == Mark(2, 17)

    def test_merge_of_a_merged_map(self) -> None:
        assert parse("a: &a {p: 1}\nb: &b {<<: *a}\nc: {<<: *b}\n", "f").root["c"] == {"p": "1"}

    def test_quoted_merge_key_is_a_key(self) -> None:
        assert parse("'<<': {a: 1}\n", "f").root == {"<<": {"a": "1"}}

    def test_an_anchor_can_be_set_again(self) -> None:
        assert parse("a: &x 1\nb: *x\nc: &x 2\nd: *x\n", "f").root == {"a": "1", "b": "1", "c": "2", "d": "2"}

    def test_alias_as_key(self) -> None:
        assert parse("a: &x web\n*x : 1\n", "f").root == {"a": "web", "web": "1"}

    @pytest.mark.parametrize(
        ("text", "line", "column", "message"),
        [
            ("a: *x\n", 1, 4, "the alias *x has no anchor before it"),
            ("a: &x [1, *x]\n", 1, 11, "the alias *x stands for a part that holds itself"),
            ("a: &x 1\nb: &x {c: *x}\n", 2, 11, "the alias *x stands for a part that holds itself"),
            ("<<: 5\n", 1, 5, "a merge key takes a map or a list of maps"),
            ("a: &a {}\n<<: [*a, 5]\n", 2, 5, "a merge key takes a map or a list of maps"),
        ],
    )
    def test_refused(self, text: str, line: int, column: int, message: str) -> None:
        assert said(text) == [(line, column, "EG010", message)]

    def test_two_merge_keys(self) -> None:
        assert said("<<: {a: 1}\n<<: {b: 1}\n") == [(2, 1, "EG007", "the merge key << stands twice in one map")]


class TestPlaces:
    def test_scalars_items_and_maps(self) -> None:
        document = parse(HELLO, "f")
        assert document.place(()) == Mark(1, 1)
        assert document.place(("name",)) == Mark(1, 7)
        assert document.place(("name",), on_key=True) == Mark(1, 1)
        assert document.place(("services", "web")) == Mark(3, 3)
        assert document.place(("services", "web", "env", "DAY")) == Mark(6, 34)
        assert document.place(("services", "web", "env", "DAY"), on_key=True) == Mark(6, 29)
        assert document.place(("services", "web", "command", 1)) == Mark(7, 22)

    @pytest.mark.parametrize(
        ("path", "place"),
        [
            (("services", "web", "cpu"), Mark(3, 3)),
            (("services", "web", "http", "health", "path"), Mark(3, 3)),
            (("services", "web", "command", 9), Mark(7, 5)),
            (("services", "web", "command", "x"), Mark(7, 5)),
            (("services", "web", "build", "context"), Mark(4, 12)),
            (("services", 0), Mark(2, 1)),
            (("region",), Mark(1, 1)),
        ],
    )
    def test_what_was_not_written_stands_at_its_nearest_parent(self, path: tuple[str | int, ...], place: Mark) -> None:
        assert parse(HELLO, "f").place(path) == place

    def test_null_stands_at_its_key(self) -> None:
        assert parse("a:\nb: ~\n", "f").place(("b",)) == Mark(2, 1)

    def test_to_problem(self) -> None:
        problem = parse(HELLO, "ecsgen.yaml").to_problem(
            Finding(("services", "web", "port"), "EG103", "too low", "write more")
        )
        assert str(problem) == "ecsgen.yaml:5:11: error EG103: too low; write more"
        assert problem.source == "    port: 8080"

    def test_source_outside_the_file(self) -> None:
        document = parse("a: 1", "f")
        assert [document.source(line) for line in (0, 1, 2, -1)] == ["", "a: 1", "", ""]


class TestFile:
    def refused(self, path: Path) -> Problem:
        with pytest.raises(DescriptionError) as caught:
            load(path)
        (problem,) = caught.value.problems
        assert problem.file == str(path)
        assert problem.hint
        return problem

    def test_loads(self, tmp_path: Path) -> None:
        path = tmp_path / "ecsgen.yaml"
        path.write_text(HELLO)
        assert load(path).name == str(path)
        assert load(path, "shown").name == "shown"
        assert load(path).root["name"] == "hello"

    def test_missing(self, tmp_path: Path) -> None:
        problem = self.refused(tmp_path / "ecsgen.yaml")
        assert (problem.code, problem.message) == ("EG001", "there is no such file")
        assert "ecsgen init" in problem.hint

    def test_missing_with_the_other_extension(self, tmp_path: Path) -> None:
        (tmp_path / "ecsgen.yml").write_text(HELLO)
        assert f"-f {tmp_path / 'ecsgen.yml'}" in self.refused(tmp_path / "ecsgen.yaml").hint

    def test_folder(self, tmp_path: Path) -> None:
        problem = self.refused(tmp_path)
        assert (problem.code, problem.message) == ("EG001", "this is a folder and not a file")

    def test_below_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "x").write_text("")
        assert self.refused(tmp_path / "x" / "y").message == "the file cannot be read: Not a directory"

    def test_unreadable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> int:
            raise PermissionError(13, "Permission denied")

        # A file's mode would not keep root out.
        monkeypatch.setattr(os, "open", refuse)
        assert self.refused(tmp_path / "ecsgen.yaml").message == "the file cannot be read: Permission denied"

    def test_impossible_name(self) -> None:
        assert self.refused(Path("a\0b")).message == "the file cannot be read: embedded null byte"
        assert "too long" in self.refused(Path("x" * 5000)).message

    def test_pipe_and_device_are_not_waited_for(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        for path in (pipe, Path("/dev/zero"), Path("/dev/null")):
            assert self.refused(path).message == "this is a pipe or a device and not a file"

    def test_too_large_is_not_read(self, tmp_path: Path) -> None:
        path = tmp_path / "ecsgen.yaml"
        with path.open("wb") as file:
            file.truncate(100 * 1024 * 1024)
        tracemalloc.start()
        try:
            problem = self.refused(path)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert (problem.code, problem.message) == (
            "EG004",
            "the file has 104,857,600 bytes, and a description may have 8,388,608",
        )
        assert peak < 1024 * 1024


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("source", "line", "column", "code", "message"),
    [
        (b"", 1, 1, "EG002", "the description is empty"),
        (b"\xef\xbb\xbf", 1, 1, "EG002", "the description is empty"),
        (b"\n \n", 1, 1, "EG002", "the description is empty"),
        (b"# nothing\n# here\n", 1, 1, "EG002", "the description is empty"),
        (b"---\n", 2, 1, "EG002", "the description is empty"),
        (b"~\n", 1, 1, "EG002", "the description is empty"),
        (b"- a\n", 1, 1, "EG011", "a description is a map of keys, and this is a list"),
        (b"\nhello\n", 2, 1, "EG011", "a description is a map of keys, and this is a single text"),
        (b"a: 1\n---\nb: 2\n", 2, 1, "EG011", "a second YAML document begins here"),
        (b"\x7fELF\0\0\0\0\xff\xfe", 1, 1, "EG003", "the file is binary, or UTF-16 text"),
        (b"\x89PNG\r\n\x1a\n\0IHDR and more text than zeros", 1, 1, "EG003", "the file is binary and not text"),
        ("name: x\n".encode("utf-16"), 1, 1, "EG003", "the file is UTF-16 text"),
        ("name: x\n".encode("utf-16-be"), 1, 1, "EG003", "the file is binary, or UTF-16 text"),
        ("name: x\n# café\n".encode("latin-1"), 2, 6, "EG003", "byte 0xE9 is not UTF-8 text"),
        (b"\xef\xbb\xbfa: \xff\n", 1, 4, "EG003", "byte 0xFF is not UTF-8 text"),
        (b"a: 1\nb: \xc3", 2, 4, "EG003", "byte 0xC3 is not UTF-8 text"),
        (b"a: \xed\xa0\x80\n", 1, 4, "EG003", "byte 0xED is not UTF-8 text"),
        (b"a: 1\nb: x\0y\n", 2, 5, "EG006", "the character U+0000 cannot stand in YAML as it is"),
        (b"a: \x1b[0m\n", 1, 4, "EG006", "the character U+001B cannot stand in YAML as it is"),
        ("a: 'x\u0085y'\n".encode(), 1, 6, "EG006", "the character U+0085 cannot stand in YAML as it is"),
        ("a: 'x\u2028y'\n".encode(), 1, 6, "EG006", "the character U+2028 cannot stand in YAML as it is"),
        ("a: 1\n\ufeffb: 2\n".encode(), 2, 1, "EG006", "the character U+FEFF cannot stand in YAML as it is"),
        ("a: \uffff\n".encode(), 1, 4, "EG006", "the character U+FFFF cannot stand in YAML as it is"),
        (
            b"a: !!python/object/apply:os.system [id]\n",
            1,
            4,
            "EG008",
            "the tag !!python/object/apply:os.system is not possible here",
        ),
        (b"a: !Ref x\n", 1, 4, "EG008", "the tag !Ref is not possible here"),
        (b"a: !!binary aGk=\n", 1, 4, "EG008", "the tag !!binary is not possible here"),
        (b"a: !!set {x}\n", 1, 4, "EG008", "the tag !!set is not possible here"),
        (b"? [a, b]\n: c\n", 1, 3, "EG009", "a key is text, and this one is a list"),
        (b"? {a: b}\n: c\n", 1, 3, "EG009", "a key is text, and this one is a map"),
        (b"a:\n  ~: c\n", 2, 3, "EG009", "a key is text, and this one is nothing (null)"),
        (b"?\n: c\n", 1, 2, "EG009", "a key is text, and this one is nothing (null)"),
    ],
)
def test_not_a_description(source: bytes, line: int, column: int, code: str, message: str) -> None:
    assert said(source) == [(line, column, code, message)]


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("a: b: c\n", 1, 5, "a colon stands where no key can be"),
        ("a: 1\n  b: 2\n", 2, 4, "a colon stands where no key can be"),
        ("a: 1\n\tb: 2\n", 2, 1, "a tab stands where YAML wants spaces"),
        ("a:\n\t- b\n", 2, 1, "a tab stands where YAML wants spaces"),
        ("a: @x\n", 1, 4, "a text cannot begin with @"),
        ("a: `x`\n", 1, 4, "a text cannot begin with `"),
        ("a: %x\n", 1, 4, "a text cannot begin with %"),
        ("a: [1, 2\nb: 3\n", 2, 2, "a list in [ ] is not closed, or a comma is missing (it began in line 1)"),
        ("a: {x: 1\n", 2, 1, "a map in { } is not closed, or a comma is missing (it began in line 1)"),
        ("a: 1\nb: 'x\nc: 2\n", 2, 4, "a quote is opened here and never closed"),
        ('a: "x', 1, 4, "a quote is opened here and never closed"),
        ('a: "\\q"\n', 1, 5, "an unknown escape after a backslash"),
        ('a: "\\u12"\n', 1, 7, "an escape with too few digits"),
        ("a:\n  b: 1\n c: 2\n", 3, 2, "this line does not fit the lines above it"),
        ("a: 1\nfoo\nb: 2\n", 2, 1, "a key without a colon"),
        ("a: - b\n", 1, 4, "a list item stands where none can be"),
        ("a: 1\n...\nb\n", 3, 1, "text stands behind the end of the description"),
        ("a: !x!y z\n", 1, 4, "! begins a tag, and this one is not known"),
        ("a: |x\n y\n", 1, 5, "text stands behind | or >"),
        ("a: [1 2]]\n", 1, 9, "this line does not fit the lines above it"),
    ],
)
def test_syntax(text: str, line: int, column: int, what: str) -> None:
    (problem,) = problems(text)
    # PyYAML's two parsers agree on the line, not always on the column.
    assert (problem.line, problem.code, problem.message) == (line, "EG005", f"this is not valid YAML: {what}")
    assert problem.source == text.split("\n")[line - 1]
    if compose._LOADER is not yaml.SafeLoader:
        assert problem.column == column


def test_duplicates_are_reported_together_with_both_places() -> None:
    text = "a: 1\nb: {c: 1, d: 2, c: 3}\na: 2\nservices:\n  web: {}\n  'web': {}\n"
    assert said(text) == [
        (2, 17, "EG007", "the key c stands twice in this map, first in column 5"),
        (3, 1, "EG007", "the key a stands twice in this map, first in line 1"),
        (6, 3, "EG007", "the key web stands twice in this map, first in line 5"),
    ]


def test_problems_before_a_syntax_error_are_reported_with_it() -> None:
    assert [(problem.line, problem.code) for problem in problems("a: 1\na: 2\nb: !x 3\nc: 'open\n")] == [
        (2, "EG007"),
        (3, "EG008"),
        (4, "EG005"),
    ]


def test_every_forbidden_character_has_its_place_and_escape() -> None:
    found = problems("a: x\x07y\nb: \x85\u2029\n")
    assert [(problem.line, problem.column) for problem in found] == [(1, 5), (2, 4), (2, 5)]
    assert [problem.hint.split()[4] for problem in found] == ["\\x07", "\\N", "\\P"]
    for problem in found:
        escape = problem.hint.split()[4]
        written = parse(f'a: "{escape}"', "f").root["a"]
        assert f"U+{ord(str(written)):04X}" in problem.message


LAUGHS = {
    "lists": "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)),
    "maps": "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{x: *a{i - 1}, y: *a{i - 1}}}\n" for i in range(1, 45)),
    "merges": "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 45)),
    "one large": "a: &a [" + "x, " * 100_000 + "]\nb: [*a, *a, *a]\n",
}
DEEP = {
    "flow lists": "a: " + "[" * 30_000,
    "flow maps": "a: " + "{a: " * 30_000,
    "block lists": "- " * 30_000 + "a",
    "block maps": "".join(f"{' ' * depth}a:\n" for depth in range(2_000)),
    "complex keys": "? " * 30_000,
    "aliases": "a0: &a0 "
    + "[" * 40
    + "]" * 40
    + "\n"
    + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 30_000)),
}


@pytest.mark.parametrize("kind", LAUGHS)
def test_aliases_cost_what_they_expand_to(kind: str) -> None:
    tracemalloc.start()
    try:
        ((_, _, code, message),) = said(LAUGHS[kind])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (code, message) == ("EG004", "the aliases expand the description to more than 300,000 values")
    assert peak < 100 * 1024 * 1024


@pytest.mark.parametrize("kind", DEEP)
@pytest.mark.usefixtures("loader")
def test_depth_is_bounded(kind: str) -> None:
    ((_, _, code, message),) = said(DEEP[kind])
    assert (code, message) == ("EG004", "the description is nested deeper than 50 levels")


def test_fifty_levels_are_read() -> None:
    node: object = parse("a: " + "[" * 49 + "]" * 49, "f").root
    depth = 0
    while isinstance(node, (Map, Seq)) and node:
        node = node["a"] if isinstance(node, Map) else node[0]
        depth += 1
    assert depth == 49
    assert said("a: " + "[" * 50 + "]" * 50)[0][2] == "EG004"


def test_number_of_values_is_bounded() -> None:
    assert said("a: [" + "x," * 400_000 + "]")[0][2:] == ("EG004", "the description has more than 300,000 values")


def test_number_of_problems_is_bounded() -> None:
    assert len(problems("a: 1\n" * 5_000)) == 100
    assert len(problems("\x01" * 5_000)) == 20


@pytest.mark.parametrize(
    "text",
    [
        "#" * MAX_BYTES,
        "\n" * MAX_BYTES,
        "-" * MAX_BYTES,
        "a: '" + "x\n " * 2_000_000,
        "a" + ":" * 8_000_000,
        "&a " * 2_000_000,
    ],
    ids=["comment", "lines", "text", "quote", "colons", "anchors"],
)
def test_large_texts_are_refused_or_read_in_bounded_memory(text: str) -> None:
    assert problems(text)
    # Kilobytes on Linux, bytes on macOS; of the whole test run so far.
    unit = 1 if sys.platform == "darwin" else 1024
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit < 1024**3


def test_over_the_size_limit_as_text() -> None:
    assert said("#" * (MAX_BYTES + 1))[0][2] == "EG004"


pieces = st.lists(
    st.sampled_from(
        [
            *"abc:-?&*!|>'\"%@`[]{}#,~<\n \t\r\\0é😀",
            "\n  ",
            ": ",
            "- ",
            "<<: ",
            "*a",
            "&a ",
            "!!str ",
            "---\n",
            "...\n",
            "\x00",
            "\u2028",
        ]
    )
)


@given(pieces)
@example(["a: ", "&a ", "[", "*a", "]"])
@example(["---"])
@pytest.mark.parametrize("parser", [yaml.CSafeLoader, yaml.SafeLoader])
def test_any_text_is_read_or_refused(parser: type, pieces: list[str]) -> None:
    text = "".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compose, "_LOADER", parser)
        try:
            document = parse(text, "f")
        except DescriptionError as error:
            found = error.problems
        else:
            found = ()
            assert document.place(("x",)) == document.root.mark
    for problem in found:
        assert problem.hint
        assert split_lines(text)[problem.line - 1] == problem.source
        assert 1 <= problem.column <= len(problem.source) + 1
