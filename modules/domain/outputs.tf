# The certificate, and what is left to do by hand.

## Certificate

output "certificate_arn" {
  description = "ARN of the certificate, known once it is issued; null where none is requested or its validation is not waited for."
  value       = one(aws_acm_certificate_validation.this[*].certificate_arn)
}

## Records

output "records_to_create" {
  description = "Records to create by hand, where there is no zone: those that validate the certificate, and one for each host. A zone's apex takes no CNAME: use its provider's alias there."
  value = local.has_zone ? [] : concat(
    [
      for name in sort(local.validated_names) : {
        name  = trimsuffix(local.validation_records[name].name, ".")
        type  = local.validation_records[name].type
        value = trimsuffix(local.validation_records[name].value, ".")
      }
    ],
    [
      for host in var.hosts : {
        name  = host
        type  = "CNAME"
        value = var.load_balancer.dns_name
      }
    ],
  )
}
