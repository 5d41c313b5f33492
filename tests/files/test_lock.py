"""The lock file: its text, what it refuses, and how a merge is settled."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsgen.errors import UsageError
from ecsgen.files import LOCK_FILE, Lock, parse_lock, read_lock
from ecsgen.files.lock import MERGED

LOCK = Lock(
    version="1.2.0",
    template_set="ab12",
    files={"default/main.tf": "f00", "default/b.tf": "f01"},
    priorities={"default": {"web/main": 49000, "api/main": 20000}, "prod": {"web/main": 49000}},
    repositories=("web", "api"),
)
TEXT = """\
{
  "ecsgen": "1.2.0",
  "files": {
    "default/b.tf": "f01",
    "default/main.tf": "f00"
  },
  "format": 1,
  "priorities": {
    "default": {
      "api/main": 20000,
      "web/main": 49000
    },
    "prod": {
      "web/main": 49000
    }
  },
  "repositories": [
    "api",
    "web"
  ],
  "template_set": "ab12"
}
"""


def test_text() -> None:
    assert LOCK.to_text() == TEXT
    assert parse_lock(TEXT).to_text() == TEXT
    assert parse_lock(Lock().to_text()) == Lock()


@given(
    st.builds(
        Lock,
        version=st.text(),
        template_set=st.text(),
        files=st.dictionaries(st.from_regex(r"[a-z]+/[a-z_]+\.tf", fullmatch=True), st.text()),
        priorities=st.dictionaries(st.text(), st.dictionaries(st.text(), st.integers(), min_size=1)),
        repositories=st.sets(st.text()).map(lambda names: tuple(sorted(names))),
    )
)
def test_any_lock_reads_back(lock: Lock) -> None:
    unique = {environment: len(set(rules.values())) == len(rules) for environment, rules in lock.priorities.items()}
    read = parse_lock(lock.to_text())
    assert (read.version, read.template_set, read.files, read.repositories) == (
        lock.version,
        lock.template_set,
        lock.files,
        lock.repositories,
    )
    assert all(
        read.priorities[environment] == lock.priorities[environment] for environment, same in unique.items() if same
    )


def test_read(tmp_path: Path) -> None:
    assert read_lock(tmp_path) == Lock()
    assert read_lock(tmp_path / "absent") == Lock()
    (tmp_path / LOCK_FILE).write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert read_lock(tmp_path).to_text() == TEXT


def test_a_folder_or_link_is_no_lock_file(tmp_path: Path) -> None:
    (tmp_path / "other").write_text(TEXT)
    (tmp_path / LOCK_FILE).symlink_to(tmp_path / "other")
    with pytest.raises(UsageError, match="not a regular file"):
        read_lock(tmp_path)
    (tmp_path / LOCK_FILE).unlink()
    (tmp_path / LOCK_FILE).mkdir()
    with pytest.raises(UsageError, match="not a regular file"):
        read_lock(tmp_path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not JSON"),
        ("not json", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it is not a map"),
        ("{}", "it has no format"),
        ('{"format": "1"}', "it has no format"),
        ('{"format": 0}', "it has no format"),
        ('{"format": 1, "files": []}', "a map is expected where it has something else"),
        ('{"format": 1, "files": {"a": 1}}', "a text is expected where it has something else"),
        ('{"format": 1, "files": {"../x": "f"}}', "'../x' is not a path below the output folder"),
        ('{"format": 1, "files": {"/etc/passwd": "f"}}', "'/etc/passwd' is not a path below the output folder"),
        ('{"format": 1, "priorities": {"a": {"b": "c"}}}', "a number is expected where it has something else"),
        ('{"format": 1, "priorities": {"a": {"b": true}}}', "a number is expected where it has something else"),
        ('{"format": 1, "repositories": {}}', "a list is expected where it has something else"),
    ],
)
def test_damaged(text: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_lock(text, "infra/ecsgen.lock.json")
    assert caught.value.what == "infra/ecsgen.lock.json is damaged"
    assert caught.value.why == why
    assert "git checkout HEAD -- infra/ecsgen.lock.json" in caught.value.hint


def test_newer() -> None:
    with pytest.raises(UsageError) as caught:
        parse_lock('{"format": 2, "ecsgen": "9.0.0", "files": 5}')
    assert caught.value.what == "ecsgen.lock.json was written by a newer ecsgen (9.0.0)"
    assert "pip install --upgrade ecsgen" in caught.value.hint


def conflict(text: str, line: str, ours: list[str], theirs: list[str], base: list[str] | None = None) -> str:
    """The text with a merge conflict in place of one line, as git writes it."""
    block = ["<<<<<<< HEAD", *ours]
    if base is not None:
        block += ["||||||| 1a2b3c4", *base]
    block += ["=======", *theirs, ">>>>>>> feature/x"]
    lines = text.splitlines()
    at = lines.index(line)
    return "\n".join([*lines[:at], *block, *lines[at + 1 :]]) + "\n"


class TestMerge:
    line = '      "web/main": 49000'
    web = '      "web/main": 49000'

    def settle(self, ours: list[str], theirs: list[str], base: list[str] | None = None) -> Lock:
        text = TEXT.replace('    "prod": {\n      "web/main": 49000\n    }\n', '    "prod": {}\n')
        return parse_lock(conflict(text, self.line, ours, theirs, base))

    @pytest.mark.parametrize("base", [None, [], ['      "web/main": 1']])
    def test_both_sides_are_kept(self, base: list[str] | None) -> None:
        settled = self.settle(
            ['      "auth/main": 30000,', self.web], [self.web + ",", '      "zoo/main": 30001'], base
        )
        assert settled.priorities["default"] == {
            "api/main": 20000,
            "auth/main": 30000,
            "web/main": 49000,
            "zoo/main": 30001,
        }
        assert parse_lock(settled.to_text()) == settled

    def test_a_number_given_out_twice_is_kept_by_ours(self) -> None:
        settled = self.settle(['      "zoo/main": 30000,', self.web], ['      "auth/main": 30000,', self.web])
        assert settled.priorities["default"] == {"api/main": 20000, "web/main": 49000, "zoo/main": 30000}

    def test_a_rule_with_two_numbers_keeps_ours(self) -> None:
        settled = self.settle(['      "web/main": 49000'], ['      "web/main": 48000'])
        assert settled.priorities["default"]["web/main"] == 49000

    def test_commas_do_not_matter(self) -> None:
        settled = self.settle([self.web + ","], ['      "a/main": 5', '      "b/main": 6', self.web])
        assert settled.priorities["default"] == {"api/main": 20000, "a/main": 5, "b/main": 6, "web/main": 49000}

    def test_repositories_are_united(self) -> None:
        settled = parse_lock(conflict(TEXT, '    "web"', ['    "bar",', '    "web"'], ['    "web",', '    "zoo"']))
        assert settled.repositories == ("api", "bar", "web", "zoo")

    def test_files_of_both_sides(self) -> None:
        settled = parse_lock(
            conflict(
                TEXT,
                '    "default/main.tf": "f00"',
                ['    "default/main.tf": "f10"'],
                ['    "default/main.tf": "f20",', '    "x.tf": "f3"'],
            )
        )
        assert settled.files == {"default/b.tf": "f01", "default/main.tf": MERGED, "x.tf": "f3"}

    def test_ours_has_the_version(self) -> None:
        settled = parse_lock(conflict(TEXT, '  "ecsgen": "1.2.0",', ['  "ecsgen": "1.3.0",'], ['  "ecsgen": "1.4.0",']))
        assert settled.version == "1.3.0"

    def test_without_a_conflict_git_can_still_give_a_number_twice(self) -> None:
        text = TEXT.replace('      "api/main": 20000,', '      "api/main": 20000,\n      "b/main": 49000,')
        assert parse_lock(text).priorities["default"] == {"api/main": 20000, "b/main": 49000}

    def test_one_side_missing(self) -> None:
        whole = "\n".join(["<<<<<<< HEAD", TEXT.rstrip(), "=======", ">>>>>>> x", ""])
        with pytest.raises(UsageError, match="is damaged"):
            parse_lock(whole)


@given(
    st.lists(
        st.sampled_from([*TEXT.splitlines(), "<<<<<<< HEAD", "=======", ">>>>>>> b", "||||||| c", "}", ",", '"a": 1,'])
    )
)
def test_never_a_crash(lines: list[str]) -> None:
    try:
        assert isinstance(parse_lock("\n".join(lines)), Lock)
    except UsageError as error:
        assert error.hint  # noqa: PT017 - both ends are fine, a third is not
