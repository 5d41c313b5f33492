# Every module on what is made in the same apply. All that comes from `later` is unknown when Terraform plans, as the id of
# a subnet is that does not exist yet: none of it may decide how many resources there are.

resource "terraform_data" "later" {
  input = "x"
}

locals {
  u      = terraform_data.later.id                                # one value
  ul     = [terraform_data.later.id, terraform_data.later.output] # a list whose length is known
  uwhole = split(",", terraform_data.later.id)                    # a list of which nothing is known
}

module "network" {
  source                   = "../../../modules/network"
  name                     = "n"
  private_subnets          = true
  nat                      = "per_az"
  interface_endpoints      = ["ecr.api"]
  gateway_endpoints        = ["s3"]
  flow_logs                = true
  permissions_boundary_arn = local.u
  tags                     = { a = local.u }
}

module "cluster" {
  source             = "../../../modules/cluster"
  name               = "c"
  capacity_providers = [local.u]
  namespace          = "ns"
}

module "cluster_u" {
  source             = "../../../modules/cluster"
  name               = "c"
  capacity_providers = local.uwhole
}

module "alb" {
  source                    = "../../../modules/alb"
  name                      = "alb"
  subnet_ids                = local.uwhole
  vpc_id                    = local.u
  access_logs               = { bucket = local.u, prefix = local.u }
  https                     = { certificate_arn = local.u }
  web_acl_arn               = local.u
  attach_web_acl            = true
  ingress_cidr_blocks       = ["0.0.0.0/0", "::/0"]
  named_ingress_cidr_blocks = { a = local.u }
  tags                      = { a = local.u }
}

module "alb_target" {
  source            = "../../../modules/alb_target"
  names             = { http = "t80", https = "t443" }
  vpc_id            = local.u
  load_balancer     = { arn = local.u, listener_arns = local.uwhole, security_group_id = local.u }
  security_group_id = local.u
}

module "nlb" {
  source     = "../../../modules/nlb"
  name       = "nlb"
  static_ips = true
  subnet_ids = local.ul
  vpc_id     = local.u
  listeners = {
    a = { port = 1, target_group_arn = local.u, ingress_cidr_blocks = ["0.0.0.0/0"], named_ingress_cidr_blocks = { b = local.u } }
    b = { port = 2, protocol = "TLS", certificate_arn = local.u, target_group_arn = local.u, ingress_cidr_blocks = [] }
  }
}

module "nlb_whole" {
  source     = "../../../modules/nlb"
  name       = "nlb"
  subnet_ids = local.uwhole
  vpc_id     = local.u
  listeners  = { a = { port = 1, target_group_arn = local.u, ingress_cidr_blocks = ["0.0.0.0/0"] } }
}

module "ec2" {
  source             = "../../../modules/ec2_capacity"
  name               = "cap"
  cluster_name       = local.u
  instance_types     = ["m5.large"]
  max_size           = 2
  subnet_ids         = local.uwhole
  vpc_id             = local.u
  image_id           = local.u
  role_name          = "r"
  volume             = { kms_key_arn = local.u }
  dynamic_ports_from = { a = local.u }
  tags               = { a = local.u }
  launch_tags        = { b = local.u }
}

module "domain" {
  source            = "../../../modules/domain"
  zone              = local.u
  certificate_names = ["a.example.com", "*.example.com", "example.com"]
  hosts             = ["a.example.com"]
  load_balancer     = { dns_name = local.u, zone_id = local.u }
  name              = "x"
}

module "efs" {
  source                    = "../../../modules/efs"
  name                      = "e"
  kms_key_arn               = local.u
  vpc_id                    = local.u
  subnet_ids                = { a = local.u, b = local.u }
  client_security_group_ids = { a = local.u }
}

module "queue" {
  source      = "../../../modules/queue"
  name        = "q"
  kms_key_arn = local.u
}

module "ecr" {
  source      = "../../../modules/ecr"
  name        = "hello/web"
  kms_key_arn = local.u
}

module "ecr_accounts" {
  source                 = "../../../modules/ecr"
  name                   = "hello/web"
  pull_account_ids       = [local.u]
  protected_tag_prefixes = ["a-"]
}

module "existing_cluster" {
  source = "../../../modules/existing_cluster"
  name   = local.u
}

module "existing_listener" {
  source       = "../../../modules/existing_listener"
  listener_arn = local.u
  vpc_id       = local.u
  host         = local.u
}

module "existing_network" {
  source                = "../../../modules/existing_network"
  vpc_id                = local.u
  public_subnet_ids     = local.ul
  private_subnet_ids    = local.ul
  load_balancer_subnets = "public"
}

module "td" {
  source                   = "../../../modules/task_definition"
  family                   = "f"
  log_group_name           = "/lg"
  log_kms_key_arn          = local.u
  execution_role_name      = "x"
  task_role_name           = "t"
  secret_kms_key_arns      = local.uwhole
  ecr_repositories         = [local.u]
  ecr_images               = [local.u]
  permissions_boundary_arn = local.u
  named_task_policy_arns   = { a = local.u }
  task_policy_statements   = [{ actions = [local.u], resources = [local.u], conditions = { StringEquals = { a = [local.u] } } }, { actions = local.uwhole, resources = local.uwhole }]
  tags                     = { a = local.u }
  volumes                  = { v = { efs = { file_system_id = local.u, access_point_id = local.u } }, s = {}, w = { efs = { file_system_id = local.u, root_directory = local.u } } }
  containers = {
    web = {
      image                      = local.u
      command                    = local.uwhole
      entry_point                = [local.u]
      working_directory          = local.u
      user                       = local.u
      environment                = { A = local.u }
      environment_files          = [local.u]
      secret_arns                = { B = local.u }
      repository_credentials_arn = local.u
      health_check               = { command = local.uwhole }
      mount_points               = [{ volume = "v", path = "/v" }, { volume = "s", path = local.u }]
    }
  }
  log_router = { image = local.u, memory_reservation = 50, options = { Name = "s3", bucket = local.u, region = local.u }, config_file = local.u, secret_arns = { x = local.u } }
}

module "td_secrets" {
  source                 = "../../../modules/task_definition"
  family                 = "f"
  log_group_name         = "/lg"
  execution_role_name    = "x"
  task_role_name         = "t"
  enable_execute_command = true
  containers             = { web = { image = "x", secrets = { B = "ssm:/a/b", C = "secretsmanager:n:k" }, environment_files = local.uwhole } }
}

module "service" {
  source                     = "../../../modules/service"
  name                       = "s"
  cluster_arn                = local.u
  task_definition_arn        = local.u
  redeployment               = local.u
  capacity_provider_strategy = [{ capacity_provider = local.u }]
  subnet_ids                 = local.uwhole
  vpc_id                     = local.u
  security_group_ids         = local.uwhole
  allow_from                 = { a = { security_group_id = local.u }, b = { source = local.u }, c = { cidr_block = local.u }, d = { self = true } }
  allowed_ports              = [{ port = 80 }, { port = 53, protocol = "udp" }]
  permissions_boundary_arn   = local.u
  ebs_volume                 = { name = "v", role_name = "v", size_gib = 10, kms_key = { arn = local.u }, snapshot_id = local.u }
  service_connect            = { namespace_arn = local.u, server = { discovery_name = "s", port_name = "s", dns_name = "s", port = 80 }, log_options = { awslogs-group = local.u }, after = [local.u] }
  load_balancer = {
    container_name = "web", container_port = 80, listener_arn = local.u, target_group_name = "tg", security_group_id = local.u
    rules          = { a = { priority = 1, hosts = [local.u], source_cidrs = [local.u], authenticate_cognito = { user_pool_arn = local.u, user_pool_client_id = local.u, user_pool_domain = local.u, scope = local.u } } }
  }
  network_load_balancer = { security_group_id = local.u, target_groups = { a = { name = "n", container_name = "web", container_port = 80, health_check = { path = local.u } } } }
  network_listener_arns = local.uwhole
  placement_constraints = []
}

module "service_ec2" {
  source                     = "../../../modules/service"
  name                       = "s"
  cluster_arn                = local.u
  task_definition_arn        = local.u
  subnet_ids                 = local.uwhole
  vpc_id                     = local.u
  network_mode               = "bridge"
  instance_security_group_id = local.u
  placement_constraints      = [{ type = "memberOf", expression = local.u }]
  placement_strategies       = [{ type = "spread", field = local.u }]
  capacity_provider_strategy = [{ capacity_provider = local.u }]
}

module "service_shared" {
  source              = "../../../modules/service"
  name                = "s"
  cluster_arn         = local.u
  task_definition_arn = local.u
  subnet_ids          = local.uwhole
  vpc_id              = local.u
  load_balancer = {
    container_name = "web", container_port = 80, listener_arn = local.u, target_group_name = "tg", source_security_group_ids = ["sg-known"], named_source_security_group_ids = { a = local.u }
    rules          = { a = { priority = 1, hosts = [local.u] } }
  }
}

module "job" {
  source                     = "../../../modules/job"
  name                       = "j"
  cluster_arn                = local.u
  task_definition_arn        = local.u
  task_definition_family     = local.u
  execution_role_arn         = local.u
  task_role_arn              = local.u
  capacity_provider_strategy = [{ capacity_provider = local.u }]
  subnet_ids                 = local.uwhole
  vpc_id                     = local.u
  security_group_ids         = local.uwhole
  schedule                   = { name = "s", expression = "rate(1 hour)", role_name = "sr", dead_letter_queue_name = "q" }
  retries                    = { attempts = 2, exit_codes = [1] }
  timeout_seconds            = 30
  state_machine              = { name = "sm", role_name = "smr", log_group_name = "lg", log_kms_key_arn = local.u }
  permissions_boundary_arn   = local.u
}

module "autoscaling" {
  source                       = "../../../modules/autoscaling"
  cluster_name                 = local.u
  service_name                 = local.u
  min_capacity                 = 0
  max_capacity                 = 3
  cpu_target                   = 50
  requests_target              = 10
  request_count_resource_label = local.u
  queue                        = { name = local.u, backlog = 3 }
  metrics                      = { m = { namespace = local.u, metric_name = local.u, dimensions = { a = local.u }, target = 3 } }
  steps = {
    a = { service_metric = "requests", comparison_operator = "GreaterThanThreshold", threshold = 3, adjustments = [{ change = 1 }] }
    b = { metric = { namespace = local.u, metric_name = local.u, dimensions = { q = local.u } }, comparison_operator = "GreaterThanThreshold", threshold = 3, adjustments = [{ change = 1 }] }
  }
  schedule = { n = { schedule = "rate(1 day)", max_capacity = 3 } }
}
