# The team's own Terraform: ecsgen never changes a file that it did not write.

variable "cost_center" {
  description = "Who pays for the service."
  type        = string
  default     = "0042"
}

locals {
  host            = "orders.example.com"
  security_groups = [aws_security_group.database.id]
}

resource "aws_ssm_parameter" "greeting" {
  name  = "/orders/greeting"
  type  = "String"
  value = "orders"
}

# Its value is set by hand, and never known to Terraform.
resource "aws_ssm_parameter" "database_password" {
  name  = "/orders/database-password"
  type  = "SecureString"
  value = "to be set by hand"

  lifecycle {
    ignore_changes = [value]
  }
}

resource "aws_sqs_queue" "orders" {
  name = "orders"
}

resource "aws_iam_policy" "orders" {
  name = "orders-purge"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "sqs:PurgeQueue"
      Resource = aws_sqs_queue.orders.arn
    }]
  })
}

resource "aws_security_group" "database" {
  name_prefix = "orders-database-"
  description = "Clients of the database"
  vpc_id      = module.network.vpc_id
}
