"""ecsgen turns a short description of a service into plain Terraform for AWS ECS, and deploys it.

Everything from loading a description to verified Terraform text is a library without side effects.
"""

__version__ = "0.1.0"
