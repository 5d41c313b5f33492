"""Problems of a description: where, which rule (a stable code), what is wrong and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ecsgen.errors import EcsgenError

CODES: dict[str, str] = {
    # The file
    "EG001": "The file cannot be read",
    "EG002": "The description is empty",
    "EG003": "The file is not UTF-8 text",
    "EG004": "The description is too large or too deep",
    "EG005": "The file is not valid YAML",
    "EG006": "A character cannot stand in YAML as it is",
    "EG007": "A key stands twice",
    "EG008": "A tag of YAML is not possible",
    "EG009": "A key is not text",
    "EG010": "An alias or a merge key does not fit",
    "EG011": "The file is not one map of keys",
    "EG012": "There is nothing to remove",
    # Values
    "EG101": "Unknown key",
    "EG102": "The value has another type",
    "EG103": "The number is out of range",
    "EG104": "The text has another form",
    "EG105": "The value is not one of those possible",
    "EG106": "The text holds what no AWS API takes",
    "EG107": "Terraform will change this text",
    "EG108": "Two keys become one in Terraform",
    "EG109": "Something is missing",
    "EG110": "The key belongs to all environments",
    "EG112": "Terraform cannot carry the text",
    # References
    "EG120": "Not a reference",
    "EG121": "A reference cannot stand here",
    "EG122": "Nothing declares what is referred to",
    "EG123": "The value of a secret by reference",
    # Names and tags
    "EG201": "The environment's name is reserved",
    "EG202": "AWS reserves the name",
    "EG203": "Unknown region",
    "EG204": "Too many tags",
    "EG205": "AWS does not take the tag",
    "EG206": "IAM does not take a character of the tag",
    "EG207": "Two services would have the same names in AWS",
    # Containers and tasks
    "EG301": "A container has no image, or two",
    "EG302": "Not an image reference",
    "EG303": "The image can mean another one tomorrow",
    "EG304": "Credentials for an image that is built",
    "EG305": "Fargate has no tasks of this size",
    "EG306": "Containers want more than the task has",
    "EG307": "Too many containers",
    "EG308": "No container is essential",
    "EG309": "A sidecar is named like the main container",
    "EG310": "A health check runs nothing",
    "EG311": "A container's health check takes longer than its interval",
    "EG320": "A soft limit is over the hard one",
    "EG321": "Too many env files",
    "EG322": "An empty command",
    "EG323": "The working directory is not absolute",
    "EG324": "A port is used twice in a task",
    "EG325": "A port's name is used twice",
    "EG326": "Fargate does not offer this",
    "EG330": "Unknown container",
    "EG331": "Containers wait for each other",
    "EG332": "A container without a health check is never HEALTHY",
    "EG333": "Waiting for an essential container to end",
    "EG340": "The task definition is too large",
    # Volumes and log routing
    "EG350": "A volume hides what a container is made of",
    "EG351": "Two volumes at one path",
    "EG352": "A volume is described in two ways",
    "EG353": "Nothing writes to a scratch volume",
    "EG354": "Two volumes would have one name",
    "EG355": "Settings of EFS that do not fit together",
    "EG356": "The key of a volume is of another region",
    "EG357": "Root is nobody on the file system",
    "EG358": "More than one disk",
    "EG359": "EBS has no such volume",
    "EG360": "There is no such file system to share",
    "EG361": "A disk for a job or a daemon",
    "EG365": "A setting of FireLens without FireLens",
    "EG366": "FireLens without a destination",
    "EG367": "Not an option of FireLens",
    "EG368": "A container is named like the log router",
    "EG369": "No room for the log router's container",
    "EG370": "The log router wants more than the task has",
    # Network and load balancer
    "EG401": "The VPC's block has no possible size",
    "EG402": "The VPC's block hides other addresses",
    "EG403": "An endpoint is listed twice",
    "EG404": "Blocks overlap",
    "EG405": "Nobody may connect",
    "EG406": "Too many blocks for a security group",
    "EG407": "Not a prefix for access logs",
    "EG408": "The web ACL does not fit the load balancer",
    "EG410": "Requests go to an unknown container",
    "EG411": "Requests go to a container without a port",
    "EG412": "The grace period ends before the start period",
    "EG413": "The load balancer's health check takes as long as its interval",
    "EG414": "A rule has no value, or too many",
    "EG415": "Two services want the same requests",
    "EG416": "No request reaches a service",
    "EG417": "A priority is given twice",
    "EG418": "Too many rules for a load balancer",
    "EG419": "Another rule may still have the priority",
    "EG420": "An image cannot be pulled from private subnets",
    "EG421": "Private subnets do not reach what a task needs",
    "EG422": "Public tasks behind an internal load balancer",
    "EG430": "A key of a new VPC beside an existing one",
    "EG431": "Subnets that the VPC does not have",
    "EG432": "Nothing says which subnets",
    "EG433": "A subnet is listed twice",
    "EG434": "No subnets of this kind",
    "EG435": "A key of a new cluster beside an existing one",
    "EG436": "A key of a new load balancer beside an existing one",
    "EG437": "The listener is somewhere else",
    "EG438": "The listener's load balancer is in another VPC",
    "EG439": "A rule takes everything on a shared listener",
    "EG440": "Codes of another protocol",
    "EG441": "What needs HTTPS",
    "EG442": "A host outside the zone",
    "EG443": "A host that can be in no certificate or zone",
    "EG444": "The certificate does not fit the load balancer",
    "EG445": "Too many names for a certificate",
    "EG446": "A client's secret would be in the state",
    "EG447": "The load balancer cannot reach Cognito",
    "EG448": "Nothing that a certificate could be for",
    "EG449": "A TLS policy with old protocols",
    "EG475": "The certificate does not cover a host",
    "EG476": "The zone's name is needed",
    "EG477": "Two rules have one name",
    "EG478": "A key that says nothing here",
    "EG479": "Signing in where rules can only forward",
    "EG480": "Two environments want one name",
    # Connections between services
    "EG450": "Service Connect has no such port",
    "EG451": "A name that nobody calls",
    "EG452": "Service Connect does not carry UDP",
    "EG453": "Two services have one name",
    "EG454": "Little CPU for the proxy of Service Connect",
    "EG455": "A source is listed twice",
    "EG456": "Unknown source",
    "EG457": "Nobody can connect without a port",
    "EG458": "Too many rules for a security group",
    "EG459": "A client does not know the name",
    "EG460": "Service Connect and the network mode",
    "EG461": "No port that a rule could open",
    "EG462": "Connections go to an unknown container",
    "EG463": "Connections go to a port that is not there",
    "EG464": "UDP without a TCP port to check",
    "EG465": "Two listeners are one",
    "EG466": "Two schemes for one load balancer",
    "EG467": "Too many target groups",
    "EG468": "The certificate does not fit the listener",
    "EG469": "Elastic IPs of an internal load balancer",
    "EG470": "A network load balancer needs tasks with an interface",
    "EG471": "Elastic IPs of an internal application load balancer",
    "EG472": "Elastic IPs without a load balancer",
    "EG473": "More Elastic IPs than an account has",
    # Services
    "EG501": "A deployment cannot move",
    "EG502": "No capacity",
    "EG503": "Two providers have a base",
    "EG504": "More subnets or security groups than a service takes",
    "EG505": "The only task runs on Spot",
    "EG506": "ECS Exec needs a root file system that it can write",
    "EG510": "min is over max",
    "EG511": "Scaling on requests without requests",
    "EG512": "Both count and scaling",
    "EG513": "Scaling that never scales",
    "EG514": "Nothing scales out from 0",
    # EC2
    "EG520": "Fargate and EC2 in one strategy",
    "EG521": "No instances to run on",
    "EG522": "Instances that no service uses",
    "EG523": "A task fits onto no instance",
    "EG524": "A task does not fit onto every instance type",
    "EG525": "More tasks than the instances hold",
    "EG526": "Two CPU architectures",
    "EG527": "Unknown instance type",
    "EG528": "EC2 has no tasks of this size",
    "EG529": "A daemon takes no such setting",
    "EG530": "Placement that ECS does not take",
    "EG531": "A setting of another network mode",
    "EG532": "EC2 does not offer this",
    "EG533": "Tasks that reach nothing outside of the VPC",
    "EG534": "Instances that do not reach ECS",
    "EG535": "Spot ends before the task does",
    "EG536": "Instance types that do not fit",
    "EG537": "Two services want one port of the instance",
    # Jobs
    "EG550": "A service and a job have one name",
    "EG551": "Runs of a job overlap",
    "EG552": "Nothing without a schedule",
    "EG560": "Unknown job",
    "EG561": "A job before a deployment also runs by itself",
    # Scaling
    "EG540": "Not a queue to scale by",
    "EG541": "Nothing counts the running tasks",
    "EG542": "A variable is taken by the queue",
    "EG544": "A step that AWS does not take",
    "EG545": "A step that is not complete",
    "EG546": "A name is used twice in scaling",
    "EG547": "More than a service can scale by",
    "EG548": "Policies that undo each other's work",
    "EG549": "Not a metric to keep to a target",
    "EG570": "Bounds that an action cannot set",
    "EG571": "An action that does not say when",
    "EG572": "Two actions at the same time",
    "EG573": "Nothing sets a bound back",
    "EG574": "One service for requests and for a queue",
    "EG575": "Scaling in faster than metrics come",
    # Permissions and secrets
    "EG601": "Too many policies",
    "EG602": "The statements are too large",
    "EG603": "A statement that IAM does not take",
    "EG604": "Everything is allowed",
    "EG605": "A policy is listed twice",
    "EG610": "A value instead of a reference to a secret",
    "EG611": "A name is both in env and in secrets",
    "EG612": "A secret in plain text",
    "EG613": "A reference where its value is meant",
    "EG614": "Too many secrets",
    # State
    "EG701": "Not a name for a bucket",
    "EG711": "The state in two places",
    "EG712": "An environment without account beside a registry's account",
    "EG713": "A registry whose account is not known",
    "EG714": "A role of another account",
    "EG715": "Settings of ECR for an external registry",
    "EG716": "Credentials without a registry",
    "EG717": "A name that Docker Hub does not take",
    "EG718": "One registry for several accounts",
    # What is there already
    "EG710": "A domain beside a shared listener",
}
"""Every code with its title. A code keeps its meaning: people search for it, and tools filter by it."""

Path = tuple[str | int, ...]
"""A place in the description by keys and list indexes, for example ("services", "web", "ports", 0)."""


MESSAGE_LIMIT = 1000
"""Characters of a message, and of its hint: a value of any length can stand in one."""


def shorten(text: str, limit: int = 60) -> str:
    """A value as it can stand in a message: one line without control characters, at most `limit` characters."""
    line = text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


class Severity(StrEnum):
    """An error stops everything; a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a room's check found: a place by path. `description` turns it into a Problem with line and column.

    `on_key` points at the key itself and not at its value (an unknown key, a name that is too long).
    """

    path: Path
    code: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR
    on_key: bool = False
    reads: tuple[Path, ...] = ()
    """Other places that the check compared with: it says nothing when one of them, or a part of it, could not be read."""
    sensitive: bool = False
    """The line may hold a secret: it is not shown under the message."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A finding with its place in a file. Line and column count from 1."""

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    severity: Severity = field(default=Severity.ERROR, compare=False)
    source: str = field(default="", compare=False)
    """The offending line as it stands in the file, for the caret."""

    def __str__(self) -> str:
        file = shorten(self.file, MESSAGE_LIMIT)
        text = f"{file}:{self.line}:{self.column}: {self.severity} {self.code}: {self.message}"
        return f"{text}; {self.hint}" if self.hint else text


class DescriptionError(EcsgenError):
    """A description with at least one problem of severity error. `problems` holds all of them, sorted."""

    exit_code = 2
    kind = "description"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        count = sum(problem.severity is Severity.ERROR for problem in self.problems)
        noun = "error" if count == 1 else "errors"
        super().__init__(f"the description has {count} {noun}")
