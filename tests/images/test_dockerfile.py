"""What is read out of Dockerfiles: instructions, base images, and what needs BuildKit."""

from __future__ import annotations

import pytest

from ecsgen.images.dockerfile import Instruction, base_images, needs_buildkit, parse, substitute


def bases(text: str, target: str | None = None, **args: str) -> tuple[str, ...]:
    return base_images(parse(text), args, target, "linux/arm64")


def test_instructions_are_joined_and_numbered() -> None:
    text = "\n".join(
        [
            "# a comment",
            "from scratch",
            "RUN one \\",
            "    # inside",
            "",
            "    && two",
            "COPY --chown=1:1 --from=base /a \\",
            " /b",
        ]
    )
    assert parse(text).instructions == (
        Instruction("FROM", (), "scratch", 2),
        Instruction("RUN", (), "one     && two", 3),
        Instruction("COPY", ("--chown=1:1", "--from=base"), "/a  /b", 7),
    )


def test_here_documents_are_not_instructions() -> None:
    text = "FROM a\nRUN <<EOF cat > /x\nFROM b\nEOF\nCOPY <<-'X' <<Y /z/\n\tFROM c\n\tX\nFROM d\nY\nFROM e\n"
    assert [(each.keyword, each.line, each.heredoc) for each in parse(text).instructions] == [
        ("FROM", 1, False),
        ("RUN", 2, True),
        ("COPY", 5, True),
        ("FROM", 10, False),
    ]


@pytest.mark.parametrize("run", ['RUN sh -c "cat <<EOF"', "RUN cat <<< word", "RUN echo $((1 <<EOF))", "RUN x <<EOF"])
def test_what_only_looks_like_a_here_document(run: str) -> None:
    assert bases(f"FROM a\n{run}\nFROM b\n", target=None) == ("b",)
    assert not parse(f"{run}\nFROM b").instructions[0].heredoc


def test_the_escape_directive() -> None:
    text = "# escape=`\nFROM a\nRUN one `\n two\nRUN c:\\\nFROM b\n"
    assert [each.text for each in parse(text).instructions] == ["a", "one  two", "c:\\", "b"]


def test_the_syntax_directive_counts_only_at_the_top() -> None:
    assert parse("# syntax=docker/dockerfile:1\nFROM a").syntax == "docker/dockerfile:1"
    assert parse("# first\n# syntax=docker/dockerfile:1\nFROM a").syntax == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM scratch", ()),
        ("FROM python:3.12-slim", ("python:3.12-slim",)),
        (
            "FROM --platform=$BUILDPLATFORM golang:1 AS build\nFROM alpine\nCOPY --from=build /a /a",
            ("alpine", "golang:1"),
        ),
        ("FROM a AS One\nFROM one AS two\nFROM TWO", ("a",)),
        ("FROM a\nFROM b\nCOPY --from=0 / /", ("a", "b")),
        ("FROM a\nCOPY --from=b:1 / /\nRUN --mount=type=bind,from=c,target=/c true", ("a", "b:1", "c")),
        ("FROM unused\nFROM a", ("a",)),
        ("ARG V=3.12\nFROM python:$V", ("python:3.12",)),
        ("ARG V=3.12\nARG I=python:${V}-slim\nFROM ${I}", ("python:3.12-slim",)),
        ('ARG A="quoted" B=b\nFROM $A/$B', ("quoted/b",)),
        ("FROM base-$TARGETARCH", ("base-arm64",)),
        ("FROM ${MISSING:-fallback}", ("fallback",)),
        ("FROM x${TARGETARCH:+-cross}", ("x-cross",)),
        ("FROM ${UNKNOWN}", ("${UNKNOWN}",)),
        ("FROM a\nARG V=inside\nFROM b:$V", ("b:$V",)),
        ("FROM a AS a", ("a",)),
        ("# nothing at all", ()),
        ("FROM", ()),
    ],
)
def test_base_images(text: str, expected: tuple[str, ...]) -> None:
    assert bases(text) == expected


def test_arguments_of_the_build_win_and_are_taken_as_they_are() -> None:
    assert bases("ARG IMAGE=a\nFROM $IMAGE", IMAGE="b$c") == ("b$c",)


def test_only_what_the_target_needs() -> None:
    text = "FROM a AS first\nFROM b AS second\nFROM c\n"
    assert bases(text, target="First") == ("a",)
    assert bases(text, target="nothing of the kind") == ("c",)


def test_substitution_leaves_what_it_does_not_know() -> None:
    assert substitute("$A ${A} ${A:-d} ${B:-d} ${B-d} ${A:+y} ${B:+y} $B ${A#x}", {"A": "1"}) == (
        "1 1 1 d d y  $B ${A#x}"
    )


def test_what_needs_buildkit() -> None:
    text = """# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM golang AS build
ARG TARGETARCH
ARG OTHER
RUN --mount=type=cache,target=/root/.cache go build
RUN <<EOF
true
EOF
COPY --link --chmod=755 a b
ADD --checksum=sha256:x https://example.com/a /a
COPY --chown=1 --from=build /a /b
"""
    assert needs_buildkit(parse(text)) == [
        "# syntax=",
        "FROM --platform=$BUILDPLATFORM (line 2)",
        "ARG TARGETARCH (line 3)",
        "RUN --mount (line 5)",
        "RUN with a here-document (line 6)",
        "COPY --link (line 9)",
        "COPY --chmod (line 9)",
        "ADD --checksum (line 10)",
    ]
    assert needs_buildkit(parse("FROM a AS b\nRUN make --mount\nCOPY --from=b x y\nARG TARGETARCH=amd64")) == []
