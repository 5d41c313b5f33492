# What the domain module promises, on a provider that is not real.

mock_provider "aws" {
  mock_data "aws_route53_zone" {
    defaults = { zone_id = "Z0123456789ABC", name = "example.com" }
  }

  mock_resource "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
      domain_validation_options = [
        { domain_name = "example.com", resource_record_name = "_a.example.com.", resource_record_type = "CNAME", resource_record_value = "_1.acm-validations.aws." },
        { domain_name = "*.example.com", resource_record_name = "_a.example.com.", resource_record_type = "CNAME", resource_record_value = "_1.acm-validations.aws." },
        { domain_name = "shop.example.com", resource_record_name = "_b.shop.example.com.", resource_record_type = "CNAME", resource_record_value = "_2.acm-validations.aws." },
      ]
    }
  }
}

variables {
  name              = "hello-default"
  zone              = "example.com"
  hosts             = ["*.example.com", "example.com"]
  certificate_names = ["*.example.com", "example.com", "shop.example.com"]
  load_balancer     = { dns_name = "hello-1.eu-west-1.elb.amazonaws.com", zone_id = "Z32O12XQLNTSW2" }
}

run "in_a_zone" {
  command = apply

  assert {
    condition = (
      aws_acm_certificate.this[0].domain_name == "*.example.com" && aws_acm_certificate.this[0].validation_method == "DNS" &&
      aws_acm_certificate.this[0].subject_alternative_names == toset(["example.com", "shop.example.com"])
    )
    error_message = "The certificate must be for all names, validated by DNS."
  }

  assert {
    condition = { for name, record in aws_route53_record.validation : name => "${record.name} ${record.type} ${one(record.records)}" } == {
      "example.com"      = "_a.example.com. CNAME _1.acm-validations.aws."
      "shop.example.com" = "_b.shop.example.com. CNAME _2.acm-validations.aws."
    }
    error_message = "A name and its wildcard must be validated by one record."
  }

  assert {
    condition     = output.certificate_arn == aws_acm_certificate_validation.this[0].certificate_arn && length(aws_acm_certificate_validation.this[0].validation_record_fqdns) == 2
    error_message = "The certificate must be known once it is issued."
  }

  assert {
    condition = alltrue([
      for host in ["*.example.com", "example.com"] :
      aws_route53_record.host[host].name == host && aws_route53_record.host[host].type == "A" && aws_route53_record.host[host].zone_id == "Z0123456789ABC" &&
      aws_route53_record.host[host].alias[0].name == "hello-1.eu-west-1.elb.amazonaws.com" && aws_route53_record.host[host].alias[0].zone_id == "Z32O12XQLNTSW2"
    ])
    error_message = "Each host must lead to the load balancer."
  }

  assert {
    condition     = length(output.records_to_create) == 0
    error_message = "With a zone nothing is left to do by hand."
  }
}

run "in_a_zone_by_its_id_with_a_certificate_of_ones_own" {
  command = apply

  variables {
    zone              = "Z0123456789ABC"
    certificate_names = []
  }

  assert {
    condition     = data.aws_route53_zone.this[0].zone_id == "Z0123456789ABC"
    error_message = "A zone must be found by its id."
  }

  assert {
    condition     = length(aws_acm_certificate.this) + length(aws_acm_certificate_validation.this) + length(aws_route53_record.validation) == 0 && output.certificate_arn == null
    error_message = "Without names there must be no certificate."
  }

  assert {
    condition     = length(aws_route53_record.host) == 2
    error_message = "The hosts' records must be there."
  }
}

run "without_a_zone_it_does_not_wait" {
  command = apply

  variables {
    zone              = null
    hosts             = ["shop.example.com"]
    certificate_names = ["shop.example.com"]
  }

  assert {
    condition     = length(aws_acm_certificate_validation.this) + length(aws_route53_record.validation) + length(aws_route53_record.host) + length(data.aws_route53_zone.this) == 0 && output.certificate_arn == null
    error_message = "Nothing must wait for records that nobody has made."
  }

  assert {
    condition = [for record in output.records_to_create : "${record.name} ${record.type} ${record.value}"] == [
      "_b.shop.example.com CNAME _2.acm-validations.aws",
      "shop.example.com CNAME hello-1.eu-west-1.elb.amazonaws.com",
    ]
    error_message = "The records to make by hand must be said."
  }
}

run "without_a_zone_but_validated" {
  command = apply

  variables {
    zone              = null
    hosts             = ["shop.example.com"]
    certificate_names = ["shop.example.com"]
    validated         = true
  }

  assert {
    condition     = output.certificate_arn == "arn:aws:acm:eu-west-1:123456789012:certificate/1" && length(aws_route53_record.validation) == 0
    error_message = "Once the records exist, the certificate must be waited for."
  }
}

run "refuses_a_host_outside_the_zone" {
  command = plan

  variables {
    zone  = "Z0123456789ABC"
    hosts = ["www.example.org"]
  }

  expect_failures = [data.aws_route53_zone.this]
}

run "refuses_names_that_are_none" {
  command = plan

  variables {
    hosts             = ["a.example.com", "a.example.com"]
    certificate_names = ["api-*.example.com"]
  }

  expect_failures = [var.hosts, var.certificate_names]
}
