"""The edge to Terraform: found, run, interrupted in good order, its plans and its errors made readable.

`find` gives a Terraform; its `plan` gives a Plan, which `summarize` turns into text and data grouped by risk.
"""

from ecsgen.terraform.causes import DEPLOYMENT_CAUSES, Cause
from ecsgen.terraform.errors import CommandError, StoppedError
from ecsgen.terraform.events import Diagnostic, Phase, ResourceStep
from ecsgen.terraform.plan import Action, Change, Plan
from ecsgen.terraform.runner import Terraform, find
from ecsgen.terraform.summary import Line, Summary, summarize

__all__ = [
    "DEPLOYMENT_CAUSES",
    "Action",
    "Cause",
    "Change",
    "CommandError",
    "Diagnostic",
    "Line",
    "Phase",
    "Plan",
    "ResourceStep",
    "StoppedError",
    "Summary",
    "Terraform",
    "find",
    "summarize",
]
