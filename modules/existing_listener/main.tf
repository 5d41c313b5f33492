# A listener of an application load balancer that others share. Everything is read, nothing is changed.

## Load balancer

data "aws_lb_listener" "this" {
  arn = var.listener_arn

  lifecycle {
    postcondition {
      condition     = contains(["HTTP", "HTTPS"], self.protocol)
      error_message = "The listener speaks ${self.protocol}; services with HTTP need one of an application load balancer."
    }
  }
}

data "aws_lb" "this" {
  arn = data.aws_lb_listener.this.load_balancer_arn

  lifecycle {
    postcondition {
      condition     = self.vpc_id == var.vpc_id
      error_message = "The load balancer ${self.name} is in ${self.vpc_id} and the services are in ${var.vpc_id}: it reaches targets of its own VPC only."
    }

    postcondition {
      condition     = length(self.security_groups) > 0
      error_message = "The load balancer ${self.name} has no security group that tasks could let in."
    }
  }
}

locals {
  scheme       = lower(data.aws_lb_listener.this.protocol)
  default_port = local.scheme == "https" ? 443 : 80
  port         = data.aws_lb_listener.this.port == local.default_port ? "" : ":${data.aws_lb_listener.this.port}"
}
