"""From an application to Terraform text: pure, deterministic, and exactly as `terraform fmt` would leave it."""
