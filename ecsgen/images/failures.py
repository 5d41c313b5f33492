"""The words for builds that fail: from what the builder said to what happened, why, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ecsgen.errors import ImageError
from ecsgen.images.build import Build
from ecsgen.images.plain import Failure

MEMORY = "137"
_EXIT_CODE = re.compile(r"(?:exit code: |returned a non-zero code: )(\d+)")
_PULLED = re.compile(
    r"(?:load metadata for|resolve image config for|FROM) (?:--platform=\S+ )?(?:docker-image://)?(?P<reference>\S+)"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern in the builder's message, and what it means. `{image}`, `{dockerfile}`, … are filled in."""

    pattern: re.Pattern[str]
    why: str
    hint: str


def rule(pattern: str, why: str, hint: str) -> Rule:
    """A rule whose pattern ignores case."""
    return Rule(re.compile(pattern, re.IGNORECASE), why, hint)


NETWORK_DOWN = (
    r"no such host|server misbehaving|connection refused|network is unreachable|no route to host|i/o timeout"
    r"|TLS handshake timeout|connection reset by peer|deadline exceeded|Client\.Timeout|unexpected EOF|: EOF\Z"
)
"""What Docker says when a registry cannot be reached."""

_PULL_RULES = (
    rule(
        r"toomanyrequests|429 Too Many Requests|pull rate limit",
        "its registry answers that this machine has pulled too many images for now",
        "wait, sign in with docker login for a higher limit, or use a copy of the image in another registry,"
        " for example public.ecr.aws/docker/library/NAME",
    ),
    rule(
        r"no match for platform|does not match the specified platform|no matching manifest",
        "it does not exist for {platform}",
        "choose a base image that does, or another arch in the description",
    ),
    rule(
        r"x509|certificate",
        "its registry's certificate is not trusted by the Docker Engine",
        "give the engine the certificate authority of the registry or of your network's proxy",
    ),
    rule(
        NETWORK_DOWN,
        "its registry cannot be reached from the Docker Engine",
        "check the network and the proxy of the Docker Engine: docker pull {image} must work"
        " (a copy that the engine has already counts if it is for {platform})",
    ),
    rule(
        r"pull access denied|insufficient_scope|authorization failed|401 Unauthorized|403 Forbidden|no basic auth|denied",
        "its registry refuses it to this user, or has no such repository",
        "check its name; if it is private, sign in with docker login first",
    ),
    rule(
        r"not found|manifest unknown|404",
        "its registry does not have it",
        "check its name and tag in {dockerfile}",
    ),
)

_RULES = (
    rule(
        r"exec format error",
        "a program in the image is for another processor than the one that runs the build",
        "this is a build for {platform}: build on such a machine, or install emulation for the engine"
        " (binfmt and qemu: on Debian apt-get install qemu-user-static binfmt-support)",
    ),
    rule(r"no space left on device", "the disk of the Docker Engine is full", "free some: docker system prune"),
    rule(
        r"dockerfile parse error|unknown instruction|file with no instructions|no build stage in current context"
        r"|unknown flag|requires (?:exactly|at least) \w+ argument|Dockerfile cannot be empty",
        "{dockerfile} has an error: {message}",
        "correct it",
    ),
    rule(
        r"target stage \S+ could not be found|failed to reach build target",
        "{dockerfile} has no stage {target}",
        "write FROM … AS {target} there, or name another target in the description",
    ),
    rule(
        r"failed to (?:compute cache key|calculate checksum)|COPY failed|ADD failed|no such file or directory: stat"
        r"|\"/[^\"]*\"(?: not found)?: not found",
        "the step {step} names a file that the build context does not have",
        "write its path relative to {context}, and see whether .dockerignore leaves it out",
    ),
    rule(
        r"secret \S+ not found|secret \S+: not found",
        "the step {step} needs a secret that the description does not give",
        "write it under build: {{secrets: {{ID: env:NAME}}}}",
    ),
    rule(
        r"client version \S+ is too old",
        "the docker command is too old for this engine",
        "install the buildx plugin of Docker (the package docker-buildx-plugin or docker-buildx)",
    ),
    rule(
        r"Cannot connect to the Docker daemon|error during connect|connection to the daemon",
        "the connection to the Docker Engine was lost",
        "see whether it still runs, and try again",
    ),
)

_OUTPUT_RULES = (
    rule(
        r"Temporary failure (?:in name resolution|resolving)|Could not resolve (?:host|proxy)|bad address|EAI_AGAIN"
        r"|getaddrinfo ENOTFOUND",
        "the step {step} could not resolve a host's name",
        "containers of this Docker Engine have no working DNS: check its network, proxy and DNS settings",
    ),
)


def explain(build: Build, failure: Failure) -> ImageError:
    """The error for a failed build."""
    output = "\n".join(failure.lines)
    exit_code = _EXIT_CODE.search(failure.message)
    pulled = None if exit_code else _pulled(failure)
    values = {
        "image": pulled or "",
        "platform": build.platform,
        "dockerfile": str(build.dockerfile),
        "context": str(build.context),
        "target": build.target or "",
        "step": failure.step or "that failed",
        "message": failure.message.rpartition("dockerfile parse error ")[2] or failure.message,
    }
    why, hint = _meaning(failure, output, pulled, exit_code[1] if exit_code else "")
    what = f"the image of {build.key} was not built"
    if pulled:
        noun = "Dockerfile frontend" if failure.step.startswith("resolve image config") else "base image"
        what = f"the {noun} {pulled} of {build.key} cannot be pulled"
    return ImageError(
        what,
        why=why.format_map(values),
        hint=hint.format_map(values),
        details=failure.lines or ((failure.message,) if failure.message else ()),
    )


def _meaning(failure: Failure, output: str, pulled: str | None, exit_code: str) -> tuple[str, str]:
    rules = _PULL_RULES if pulled else _RULES
    for each in rules:
        if each.pattern.search(failure.message):
            return each.why, each.hint
    if not pulled:
        for each in (*_RULES[:2], *_OUTPUT_RULES):
            if each.pattern.search(output):
                return each.why, each.hint
    if exit_code == MEMORY:
        return "the step {step} was killed, most likely for lack of memory", "give the Docker Engine more memory"
    if exit_code:
        return f"the step {{step}} ended with exit code {exit_code}", "read its last output, and correct {dockerfile}"
    return "{message}", "correct {dockerfile} if the message is about it; docker build gives the whole output"


def _pulled(failure: Failure) -> str | None:
    """The base image that the failed step was about to get."""
    match = _PULLED.match(failure.step.removeprefix("[internal] "))
    if match:
        return re.sub(r"^docker\.io/(?:library/)?", "", match["reference"])
    classic = re.search(r"pull access denied for ([^\s,]+)|manifest for (\S+) not found", failure.message)
    return (classic[1] or classic[2]) if classic else None
