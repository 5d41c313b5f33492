"""Why a deployment fails: each module knows one kind of cause, pure over the evidence, and gives a Cause or None.

Wordings are those of the Amazon ECS Developer Guide ("Stopped tasks error messages", "Service event messages") and
of the container runtimes underneath.
"""
