"""What the corpus of errors cannot show: which problem is reported for which environment, and nothing that breaks the checks."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from descriptions import check, messages, to_yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ecsgen.checks import examine
from ecsgen.description.document import Document, Map, Mark, Node, Seq
from ecsgen.description.load import load, parse
from ecsgen.problems import DescriptionError, Severity
from ecsgen.problems import Path as Place
from ecsgen.scalars import Plain

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SHOP = "name: shop\nregion: eu-west-1\nservices:\n  web:\n    image: nginx:1.27\n"


def test_a_problem_of_the_base_is_reported_once() -> None:
    text = SHOP + "    cpu: 300\n    prot: 80\nenvironments:\n  a: {}\n  b: {tags: {x: y}}\n  c: {}\n"
    assert messages(text) == [
        "6:10: error EG305: Fargate has no tasks of 300 CPU units; write 256, 512, 1024, 2048, 4096, 8192 or 16384",
        '7:5: error EG101: "prot" is not a known key in web; did you mean port?',
    ]


def test_a_problem_of_the_base_is_reported_once_even_where_it_reads_differently() -> None:
    overlays = "environments:\n  a: {services: {web: {cpu: 512}}}\n  b: {services: {web: {cpu: 1024}}}\n"
    (found,) = messages(SHOP + "    memory: 700\n" + overlays)
    assert found.startswith("6:13: error EG305: ")
    assert "(in " not in found


def test_a_problem_that_only_some_environments_have_names_them() -> None:
    overlays = "environments:\n  a: {}\n  b: {services: {web: {cpu: 1024}}}\n  c: {services: {web: {cpu: 1024}}}\n"
    (found,) = messages(SHOP + "    memory: 512\n" + overlays)
    assert "6:13: error EG305: Fargate has no tasks of 1024 CPU units with 512 MiB of memory (in b, c);" in found


def test_a_problem_in_the_text_of_an_environment_names_none() -> None:
    (found,) = messages(SHOP + "environments:\n  a: {}\n  b: {services: {web: {cpu: 300}}}\n")
    assert found.startswith("8:29: error EG305: ")
    assert "(in " not in found


def test_an_environment_can_mend_the_base() -> None:
    text = SHOP + "    cpu: 300\nenvironments:\n  a: {services: {web: {cpu: 512, memory: 1024}}}\n"
    assert messages(text) == []


def test_one_environment_alone() -> None:
    text = SHOP + "environments:\n  a: {services: {web: {cpu: 300}}}\n  b: {}\n"
    assert not examine(parse(text, "f"), {}, "b").errors
    assert examine(parse(text, "f"), {}, "a").errors


def test_an_environment_of_another_account_may_repeat_names() -> None:
    services = "services:\n  c-d: {image: nginx:1.27}\n  d: {image: nginx:1.27}\n"
    overlays = "environments:\n  b: {account: '111111111111'}\n  b-c: {account: '222222222222'}\n"
    assert messages(f"name: shop\nregion: eu-west-1\n{services}{overlays}") == []


def test_required_keys_may_come_from_the_environments() -> None:
    text = "name: shop\nenvironments:\n  a: {region: eu-west-1, services: {web: {image: 'nginx:1.27'}}}\n"
    assert messages(text) == []


def test_requiring_a_good_description() -> None:
    with pytest.raises(DescriptionError) as caught:
        check("name: shop\n").require()
    assert [problem.code for problem in caught.value.problems] == ["EG109", "EG109"]
    warned = check(SHOP.replace(":1.27", ""))
    assert warned.require() is warned
    assert [problem.severity for problem in warned.problems] == [Severity.WARNING]


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        ("port: x, http: {}", "EG411"),
        ("http: [a], scaling: {max: 3, requests: 5}", "EG511"),
        ("capacity: {fargate: 5}", "EG502"),
        ("essential: false, sidecars: {a: 5}", "EG308"),
        ("depends_on: {a: START}, sidecars: {a: 5}", "EG330"),
        ("depends_on: {a: HEALTHY}, sidecars: {a: {image: b:1, health: 5}}", "EG332"),
        ("deploy: {min_healthy: x, max: 100}", "EG501"),
        ("image: [a]", "EG301"),
        ("cpu: x, memory: 4 GB", "EG305"),
        ("cpu: x, limits: {cpu: 512}", "EG306"),
    ],
)
def test_nothing_is_said_about_what_could_not_be_read(body: str, hidden: str) -> None:
    image = "" if body.startswith("image") else "image: nginx:1.27, "
    found = messages(f"name: shop\nregion: eu-west-1\nservices:\n  web: {{{image}{body}}}\n")
    assert found
    assert not [line for line in found if hidden in line]


def replaced(node: Node, path: Place, value: Node) -> Node:
    """A document with another part in one place."""
    if not path:
        return value
    if isinstance(node, Map):
        changed = node.copy()
        changed[str(path[0])] = replaced(node[str(path[0])], path[1:], value)
        return changed
    assert isinstance(node, Seq)
    listed = Seq(node.mark)
    listed.extend(node)
    listed.marks.extend(node.marks)
    listed[int(path[0])] = replaced(node[int(path[0])], path[1:], value)
    return listed


def paths(node: Node, path: Place = ()) -> list[Place]:
    if isinstance(node, Map):
        return [found for key, value in node.items() for found in ((*path, key), *paths(value, (*path, key)))]
    if isinstance(node, Seq):
        return [found for index, value in enumerate(node) for found in ((*path, index), *paths(value, (*path, index)))]
    return []


def strange() -> list[Node]:
    """Values that few places take."""
    mark = Mark(1, 1)
    empty, listed, mapped, nested = Map(mark), Seq(mark), Map(mark), Seq(mark)
    for item in (None, Plain("x")):
        nested.append(item)
        nested.marks.append(mark)
    mapped.put("a", nested, (mark, mark))
    plain = ["x", "true", "-1", "0", "1.5", "1e999", "9" * 17, "9" * 40, "0x1f", "1:30"]
    return [None, "", "\0", "e\u0301", empty, listed, mapped, nested, *map(Plain, plain)]


EVERYTHING = load(EXAMPLES / "everything" / "ecsgen.yaml", "f")
ENVIRONMENTS = load(EXAMPLES / "environments" / "ecsgen.yaml", "f")


@given(st.sampled_from([EVERYTHING, ENVIRONMENTS]), st.data())
@settings(max_examples=400, deadline=None)
def test_a_strange_value_anywhere_is_a_problem_or_a_value(document: Document, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(paths(document.root)))
    root = replaced(document.root, path, data.draw(st.sampled_from(strange())))
    assert isinstance(root, Map)
    for problem in examine(document.with_root(root), {}).problems:
        assert 1 <= problem.line <= len(document.lines)
        assert 1 <= problem.column <= len(document.lines[problem.line - 1]) + 1
        assert problem.message
        assert problem.hint


def test_a_thousand_services_have_a_thousand_problems() -> None:
    services = {f"s{n}": {"image": "nginx:1.27", "env": {"N": str(n)}, "cpu": 300} for n in range(1000)}
    for n in range(100):
        services[f"s{n}"] |= {"port": 80, "http": {"path": f"/s{n}"}}
    text = to_yaml({"name": "big", "region": "eu-west-1", "services": services})
    assert len(examine(parse(text, "f"), {}).errors) == 1000


WEB = "services: {web: {image: nginx:1.27}}\n"
MUCH = {
    "unknown keys": ("services: {web: {REPEATED}}", "k{}: 1", "EG101"),
    "broken services": ("services: {REPEATED}", "s{}: {{imge: x, prt: 1}}", "EG301"),
    "blocks": (f"{WEB}load_balancer: {{allow: [REPEATED]}}", "10.0.0.0/8", "EG406"),
    "rules": ("services: {REPEATED}", "s{}: {{image: x:1, port: 1, http: {{}}}}", "EG418"),
}
"""What stands ten thousand times in a description: around it, the thing itself, and a code that it brings."""


@pytest.mark.parametrize("what", MUCH)
def test_much_that_is_wrong_takes_bounded_time(what: str) -> None:
    around, part, code = MUCH[what]
    repeated = ", ".join(part.format(number) for number in range(10_000))
    document = parse(f"name: shop\nregion: eu-west-1\n{around.replace('REPEATED', repeated)}\n", "f")
    started = time.process_time()
    assert code in {problem.code for problem in examine(document, {}).errors}
    assert time.process_time() - started < 20  # it takes two; comparing each with each took minutes
