"""The edge to AWS: identity, registry, and what ECS does while Terraform applies. Nothing else imports boto3."""
