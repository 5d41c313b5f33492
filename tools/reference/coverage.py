"""What a run on the sandbox proves, from the tables that the sandbox itself answers with."""

from __future__ import annotations

from collections.abc import Iterator

from ecsgen.sandbox.coverage import KNOWN, Proof, of
from ecsgen.sandbox.server.coverage import SUBJECTS
from reference.markdown import join, table

INTRODUCTION = """\
# What a run on the sandbox proves

Generated from the sandbox's own tables. `ecsgen apply --sandbox` prints the label of every kind of resource that a run
made, and with `--json` they stand under `proved`. [The sandbox](../sandbox.md) explains the labels.
"""

KINDS = """\
## Kinds of resources

The label is the least that is true of the whole resource, with a Docker Engine. Where one of the load balancers is a network
load balancer, load balancers, listeners and target groups are accepted by the API. A kind that is not listed counts as not covered.
"""

SUBJECT_HEADING = """\
## Subject by subject

"With an engine": without a Docker Engine the row falls back to what the API accepts.
"""


def page() -> str:
    """The whole page."""
    return join(_lines())


def _lines() -> Iterator[str]:
    yield from INTRODUCTION.splitlines()
    yield ""
    yield from SUBJECT_HEADING.splitlines()
    yield ""
    rows = ([row.name, f"{row.level}{', with an engine' if row.needs_engine else ''}", row.note] for row in SUBJECTS)
    yield from table(("subject", "label", "note"), rows)
    yield ""
    yield from KINDS.splitlines()
    yield ""
    for proof in Proof:
        kinds = sorted(kind for kind in KNOWN if of(kind, tasks_are_real=True) is proof)
        if kinds:
            yield from (f"**{proof[0].upper()}{proof[1:]}**", "", ", ".join(f"`{kind}`" for kind in kinds), "")
