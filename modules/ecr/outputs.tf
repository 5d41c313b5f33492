# How others address the repository.

## Repository

output "name" {
  description = "Name of the repository."
  value       = aws_ecr_repository.this.name
}

output "repository_arn" {
  description = "ARN of the repository."
  value       = aws_ecr_repository.this.arn
}

output "repository_url" {
  description = "Where to push and pull: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`."
  value       = aws_ecr_repository.this.repository_url
}
