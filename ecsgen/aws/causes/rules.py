"""AWS's words for tasks that never start, and ours: images, logs, commands, addresses, capacity. A table, no code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

UNREACHABLE = (
    r"i/o timeout|context deadline exceeded|connection issue between|no such host|request canceled|signal: killed"
    r"|network is unreachable|connection refused|no route to host|send request failed|Client\.Timeout"
)
DENIED = (
    r"not authorized to perform|AccessDenied|403 Forbidden|401 Unauthorized|no basic auth|authorization failed|denied"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A text that matches `pattern` means `headline`; both texts may use the pattern's groups and {container}, {image},
    {capacity}, {memory}, {cpu}, {arch}. `where` is below the container, the service, or the top of the description.
    """

    pattern: str
    headline: str
    hint: str
    where: tuple[str, ...]
    scope: Literal["container", "service", "top"] = "container"


@dataclass(frozen=True, slots=True)
class Family:
    """Rules that apply to texts which match `prefix`, in order; the last rule of a family with a prefix takes all."""

    prefix: str
    rules: tuple[Rule, ...]


PULL = Family(
    r"CannotPull\w*Error|pull access denied|failed to pull",
    (
        Rule(
            r"descriptor matching platform '?(?P<platform>[\w/]+)|no matching manifest for (?P<other>[\w/]+)",
            "the image of {container} is not built for {platform}{other}",
            "build it for that platform, or set `arch` to what the image is built for ({image})",
            ("arch",),
            "service",
        ),
        Rule(
            r"toomanyrequests|429 Too Many Requests|pull rate limit",
            "the registry limits how often {image} may be pulled",
            "copy the image into a registry of your own, or give `credentials` for this one",
            ("image",),
        ),
        Rule(
            r"no space left on device",
            "the image of {container} does not fit on the task's disk",
            "raise `storage`, or make the image smaller",
            ("storage",),
            "service",
        ),
        Rule(
            r"repository does not exist or may require|pull access denied",
            "the registry has no image {image}, or does not show it to the task",
            "check the name; a private image needs `credentials` (outside ECR) or the registry's permission (in ECR)",
            ("image",),
        ),
        Rule(
            r"manifest unknown|name unknown|not found|no such image|does not exist",
            "the image of {container} does not exist: {image}",
            "check its name and tag; an image of this project is built and pushed by `ecsgen build`",
            ("image",),
        ),
        Rule(
            DENIED,
            "the task may not pull the image of {container}: {image}",
            "its execution role, or the repository's policy, must allow ecr:BatchGetImage and "
            "ecr:GetDownloadUrlForLayer; outside ECR, give `credentials`",
            ("image",),
        ),
        Rule(UNREACHABLE, "the task cannot reach the registry of {image}", "{route}", ("network",), "top"),
        Rule("", "the image of {container} cannot be pulled: {image}", "see the reason ECS gives", ("image",)),
    ),
)

INIT = Family(
    r"ResourceInitializationError|unable to pull secrets|failed to initialize logging driver|failed to validate logger",
    (
        Rule(
            rf"(?:logger args|logging driver|CloudWatch log)(?s:.)*(?:{UNREACHABLE})",
            "the task cannot reach CloudWatch Logs",
            "{route}",
            ("network",),
            "top",
        ),
        Rule(
            r"(?:logger args|logging driver)(?s:.)*(?:log group does not exist|cannot find the Amazon CloudWatch log)",
            "the log group of {container} does not exist",
            "someone removed it: `ecsgen apply` creates it again",
            ("logs",),
            "service",
        ),
        Rule(
            rf"(?:logger args|logging driver)(?s:.)*(?:{DENIED})",
            "the task may not write to its log group",
            "its execution role must allow logs:CreateLogStream and logs:PutLogEvents (and use of the log group's key)",
            ("logs",),
            "service",
        ),
        Rule(
            r"logger args|logging driver",
            "the log of {container} cannot be set up",
            "see the reason ECS gives",
            ("logs",),
            "service",
        ),
        Rule(
            r"env files?|environment file",
            "an environment file of {container} cannot be read",
            "check that the object exists in S3 and that the execution role may read it",
            ("env_files",),
        ),
        Rule(
            rf"(?:registry auth|ECR)(?s:.)*(?:{DENIED})(?s:.)*ecr:|ecr:GetAuthorizationToken",
            "the task may not sign in to ECR",
            "its execution role must allow ecr:GetAuthorizationToken",
            ("image",),
        ),
        Rule(
            rf"(?:registry auth|ECR)(?s:.)*(?:{UNREACHABLE})",
            "the task cannot reach ECR",
            "{route}",
            ("network",),
            "top",
        ),
        Rule("", "the task's resources cannot be set up", "see the reason ECS gives", ()),
    ),
)

START = Family(
    r"Cannot(?:Start|Create)ContainerError|ContainerRuntime\w*Error|DockerTimeoutError|OCI runtime"
    r"|failed to create (?:new|shim|task)",
    (
        Rule(
            r"exec format error",
            "the program in {container} is built for another processor than {arch}",
            "build the image for {arch}, or set `arch` to what it is built for",
            ("arch",),
            "service",
        ),
        Rule(
            r"unable to find (?P<what>user|group) (?P<who>[^\s:]+)",
            "the image of {container} has no {what} {who}",
            "create it in the Dockerfile, or name another in `user`",
            ("user",),
        ),
        Rule(
            r"(?:exec: )?\"?(?P<program>[^\s\"]+)\"?: (?:executable file not found|stat [^:]+: no such file)",
            "{container} cannot start: there is no program {program} in its image",
            "check `command` and `entrypoint`, or the Dockerfile's CMD",
            ("command",),
        ),
        Rule(
            r"executable file not found|no such file or directory",
            "{container} cannot start: its program is not in the image",
            "check `command` and `entrypoint`, or the Dockerfile's CMD",
            ("command",),
        ),
        Rule(
            r"permission denied",
            "{container} cannot start: its program may not be executed",
            "make the file executable in the image (chmod +x), or check `user`",
            ("command",),
        ),
        Rule(
            r"[Mm]inimum memory|memory limit",
            "{container} has too little memory to start",
            "raise `memory`, or the container's own limit",
            ("memory",),
        ),
        Rule("", "{container} cannot be started", "see the reason ECS gives", ("command",)),
    ),
)

PLACE = Family(
    "",
    (
        Rule(
            r"(?:InsufficientFreeAddresses\w*|not have enough free|insufficient free address|Create Network Interface)"
            r"(?!(?s:.)*(?:[Ss]ecurity ?[Gg]roup|sg-))",
            "the task's subnet has no free address",
            "take larger subnets (`cidr`), or more of them (`azs`)",
            ("network",),
            "top",
        ),
        Rule(
            r"(?:SecurityGroup\w*|InvalidGroup\w*|security group)(?s:.)*"
            r"(?:not exist|NotFound|LimitExceeded|belong|not found)",
            "a security group of the task cannot be used",
            "check `security_groups`: they must exist, in the tasks' own network",
            ("network", "security_groups"),
            "service",
        ),
        Rule(
            r"limit on the number of (?P<what>vCPUs|tasks) you can run",
            "the account's limit on {what} running at once is reached",
            "ask for more in Service Quotas (AWS Fargate, {capacity} vCPU resource count), or run less",
            ("cpu",),
            "service",
        ),
        Rule(
            r"requested (?P<what>CPU|MEMORY) configuration is above your limit",
            "the account may not run a task with so much {what}",
            "ask for more in Service Quotas (AWS Fargate), or make the task smaller",
            ("cpu",),
            "service",
        ),
        Rule(
            r"[Cc]apacity is unavailable at this time",
            "AWS has no {capacity} capacity at the moment",
            "wait and apply again, use more zones (`azs`), or, for Spot, add Fargate: "
            "`capacity: {{fargate: {{base: 1, weight: 1}}, spot: {{weight: 3}}}}`",
            ("capacity",),
            "service",
        ),
        Rule(
            r"RESOURCE:(?P<what>\w+)|no container instance met all|No Container Instances were found"
            r"|provisioning capacity limit|ATTRIBUTE|insufficient (?P<other>CPU|memory)",
            "the cluster has no room for the task {what}{other}",
            "make the task smaller, or the cluster larger",
            ("capacity",),
            "service",
        ),
        Rule(
            r"unable to assume the role '?(?P<role>[^'\s]+)",
            "ECS may not take the role {role}",
            "a new role takes some seconds to be known: apply again; else its trust policy must name "
            "ecs-tasks.amazonaws.com",
            ("permissions",),
            "service",
        ),
        Rule(
            r"unable to stop or start tasks during a deployment",
            "the deployment cannot move: `deploy` lets ECS neither stop nor start a task",
            "lower `min_healthy` or raise `max`",
            ("deploy",),
            "service",
        ),
        Rule(
            r"IAM (?:permissions policies|trust relationship)",
            "ECS no longer has the permissions it needs for the service",
            "check the service-linked role AWSServiceRoleForECS and the task's roles",
            ("permissions",),
            "service",
        ),
        Rule(
            r"account is (?:currently )?blocked",
            "AWS has blocked this account from running tasks",
            "open a case with AWS Support: nothing in the description can change it",
            (),
            "service",
        ),
        Rule(
            r"TARGET GROUP IS NOT FOUND",
            "the service's target group does not exist any more",
            "someone removed it: `ecsgen apply` creates it again",
            ("http",),
            "service",
        ),
        Rule(
            r"Timeout waiting for (?P<what>network interface|EphemeralStorage) provisioning",
            "AWS did not provide the task's {what} in time",
            "this passes: apply again",
            (),
            "service",
        ),
        Rule(
            r"SpotInterruption|Spot Task was interrupted|Spot interruption",
            "AWS took the Spot capacity of the task back",
            "apply again; for tasks that must stay, use `capacity: fargate`",
            ("capacity",),
            "service",
        ),
    ),
)

# A runtime's error may name a ResourceInitializationError around it, so START goes first.
FAMILIES = (PULL, START, INIT, PLACE)
