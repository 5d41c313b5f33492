# The names of an application: a certificate for them, and records that lead to its load balancer.

locals {
  has_zone   = var.zone != null
  zone_by_id = can(regex("^Z[A-Z0-9]+$", var.zone))
  is_issued  = length(var.certificate_names) > 0 && (local.has_zone || var.validated)

  # A name and the wildcard below it are validated by one record.
  validated_names = toset([for name in var.certificate_names : trimprefix(name, "*.")])
  validation_records = {
    for name in local.validated_names : name => [
      for option in try(aws_acm_certificate.this[0].domain_validation_options, []) : {
        name  = option.resource_record_name
        type  = option.resource_record_type
        value = option.resource_record_value
      } if trimprefix(option.domain_name, "*.") == name
    ][0]
  }
}

## Zone

data "aws_route53_zone" "this" {
  count = local.has_zone ? 1 : 0

  zone_id = local.zone_by_id ? var.zone : null
  name    = local.zone_by_id ? null : var.zone

  lifecycle {
    postcondition {
      condition     = self.private_zone != true || length(var.certificate_names) == 0
      error_message = "The zone ${self.name} is private, and no certificate can be validated there: use the public zone of this name, or give the ARN of a certificate."
    }

    postcondition {
      condition     = alltrue([for host in var.hosts : endswith(".${host}", ".${trimsuffix(self.name, ".")}")])
      error_message = "A host is outside the zone ${self.name}: ${join(", ", [for host in var.hosts : host if !endswith(".${host}", ".${trimsuffix(self.name, ".")}")])}."
    }
  }
}

## Certificate

resource "aws_acm_certificate" "this" {
  count = length(var.certificate_names) > 0 ? 1 : 0

  domain_name               = var.certificate_names[0]
  subject_alternative_names = slice(var.certificate_names, 1, length(var.certificate_names))
  validation_method         = "DNS"

  tags = merge(var.tags, { Name = var.name })

  # Another name makes another certificate: the listener moves to it before the old one goes.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "validation" {
  for_each = local.has_zone ? local.validated_names : toset([])

  zone_id = data.aws_route53_zone.this[0].zone_id
  name    = local.validation_records[each.key].name
  type    = local.validation_records[each.key].type
  ttl     = 300
  records = [local.validation_records[each.key].value]

  # An account has one such record for a name, whatever the number of certificates: another environment may have made it.
  allow_overwrite = true

  # So the next certificate wants the same record. Terraform cannot know that beforehand: it would make the record again,
  # and then take it away as the old one.
  lifecycle {
    ignore_changes = [name, type, records]
  }
}

resource "aws_acm_certificate_validation" "this" {
  count = local.is_issued ? 1 : 0

  certificate_arn         = aws_acm_certificate.this[0].arn
  validation_record_fqdns = local.has_zone ? [for record in aws_route53_record.validation : record.fqdn] : null

  timeouts {
    create = "30m"
  }
}

## Records

resource "aws_route53_record" "host" {
  for_each = local.has_zone ? toset(var.hosts) : toset([])

  zone_id = data.aws_route53_zone.this[0].zone_id
  name    = each.key
  type    = "A"

  alias {
    name                   = var.load_balancer.dns_name
    zone_id                = var.load_balancer.zone_id
    evaluate_target_health = false
  }
}
