"""The sandbox's application autoscaling: moto's, in a process of its own, with what Terraform's AWS provider needs.

It accepts targets and policies and hands them back as AWS does. Nothing is ever scaled.
"""
