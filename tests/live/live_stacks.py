"""The stacks that several live tests share: their descriptions, and how each is brought up.

Every service is busybox's httpd: what it serves, and whether its health checks pass, are files in its image.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from live_project import Project, Result
from live_sandbox import Sandbox

BringUp = Callable[[Project, str, Sandbox], tuple[Result, ...]]

HELLO = Path(__file__).resolve().parents[2] / "examples" / "hello"

DOCKERFILE = """\
FROM {base}
COPY www /www
RUN chmod -R 755 /www
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
"""

WARM = """\
name: warm
region: eu-west-1
services:
  web:
    build: .
    port: 8080
    stop_timeout: 2
    health: {command: grep -q yes /www/ready, interval: 5, timeout: 2, retries: 2}
    http:
      grace: 1
      drain: 2
      health:
        path: /cgi-bin/health
        interval: 5
        timeout: 2
        healthy: 2
        unhealthy: 2
"""

MOVING = """\
name: moving
region: eu-west-1
services:
  web:
    build: .
    port: 8080
    stop_timeout: 2
    http: {drain: 2, health: {interval: 5, timeout: 2}}
"""

WORKER = """\
name: {name}
region: eu-west-1
services:
  worker:
    build: .
    stop_timeout: 2
"""
"""A stack without a load balancer: up in half a minute."""

SHOP = """\
name: shop
region: eu-west-1
services:
  site:
    build: ./site
    port: 8080
    stop_timeout: 2
    http: {host: shop.example.com, drain: 2}
  api:
    build: ./api
    port: 8080
    stop_timeout: 2
    command:
      - sh
      - -c
      - |
        set -e
        mkdir /www/api
        echo "$TOKEN" > /www/api/token
        echo "$PLACE" > /www/api/place
        echo "$OWN" > /www/api/own
        wget -q -O /www/api/cached http://localhost:9000/ || exit 3
        exec httpd -f -p 8080 -h /www
    env: {PLACE: {ref: aws_ssm_parameter.place.value}}
    secrets: {TOKEN: ssm:/shop/token, OWN: {ref: aws_ssm_parameter.own.arn}}
    permissions: {policies: [{ref: aws_iam_policy.own.arn}]}
    depends_on: {cache: HEALTHY, prepare: SUCCESS}
    sidecars:
      cache:
        build: ./cache
        command: [httpd, -f, -p, 9000, -h, /www]
        depends_on: {prepare: SUCCESS}
        health: {command: wget -q -O /dev/null http://localhost:9000/, interval: 5, timeout: 2}
      prepare:
        build: ./cache
        essential: false
        command: [sleep, 1]
    http:
      path: /api
      drain: 2
      health: {path: /api/token, interval: 5, timeout: 2}
    scaling: {min: 1, max: 3, cpu: 60, requests: 500}
"""

SHOP_OWN = """\
resource "aws_ssm_parameter" "place" {
  name  = "/shop/place"
  type  = "String"
  value = "from the team's own Terraform"
}

resource "aws_ssm_parameter" "own" {
  name  = "/shop/own"
  type  = "SecureString"
  value = "by reference"
}

resource "aws_iam_policy" "own" {
  name = "shop-own"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:ListQueues", Resource = "*" }]
  })
}
"""
"""Terraform beside the generated files, which the description refers to."""

FLEET = """\
name: fleet
region: eu-west-1
services:
  web:
    build: .
    port: 8080
    stop_timeout: 2
    http: {drain: 2}
environments:
  staging:
    services: {web: {env: {STAGE: staging}}}
  prod:
    network: {azs: 3}
    services: {web: {count: 2, cpu: 512, memory: 1 GB, env: {STAGE: prod}}}
"""

VAULT = """\
name: vault
region: eu-west-1
{domain}services:
  web:
    build: .
    port: 8080
    stop_timeout: 2
    http:
      host: www.vault.example.com
      drain: 2
      rules: [{{host: docs.vault.example.com, path: /docs}}]
"""
VAULT_HTTPS = """\
  admin:
    build: .
    port: 8080
    stop_timeout: 2
    http:
      host: admin.vault.example.com
      drain: 2
      health: {interval: 5, timeout: 2}
      auth: {cognito: {user_pool: "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a", client: c, domain: vault}}
      rules: [{host: admin.vault.example.com, path: /cgi-bin, auth: false}]
"""
"""What only a load balancer with HTTPS takes."""


def site(base: str, text: str, *, status: str = "200 OK", ready: bool = True) -> dict[str, str]:
    """A build context that serves `text`; its /cgi-bin/health answers with the status, and /www/ready may say no."""
    return {
        "Dockerfile": DOCKERFILE.format(base=base),
        "www/index.html": text,
        "www/cgi-bin/health": f"#!/bin/sh\nprintf 'Status: {status}\\r\\nContent-Type: text/plain\\r\\n\\r\\n{status}'\n",
        "www/ready": "yes" if ready else "no",
    }


def below(folder: str, files: dict[str, str]) -> dict[str, str]:
    """The same files in a folder."""
    return {f"{folder}/{path}": text for path, text in files.items()}


def bring_up_demo(project: Project, base: str, sandbox: Sandbox) -> tuple[Result, ...]:
    """The example of the README, as it stands but for its base image."""
    for name in ("ecsgen.yaml", "Dockerfile", "index.html"):
        text = (HELLO / name).read_text(encoding="utf-8")
        project.write({name: text.replace("busybox:1.36", base)})
    hostile = {
        "AWS_PROFILE": "no-such-profile",
        "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_ECS": "http://127.0.0.1:9",
        "AWS_REGION": "us-gov-west-1",
        "AWS_CONFIG_FILE": str(project.folder / "no-such-file"),
        "TF_CLI_ARGS": "-no-such-flag",
        "TF_CLI_CONFIG_FILE": str(project.folder / "no-such-file"),
        "TF_DATA_DIR": str(project.folder / "data"),
        "TF_VAR_images": "{}",
        "TF_WORKSPACE": "elsewhere",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    run = project.start("apply", "--sandbox", "--yes", "--json", env=hostile)
    return (run.wait(),)


def bring_up_warm(project: Project, base: str, sandbox: Sandbox) -> tuple[Result, ...]:
    """One service behind a load balancer, for updates."""
    return (project.write({"ecsgen.yaml": WARM, **site(base, "first")}).apply(),)


def bring_up_shop(project: Project, base: str, sandbox: Sandbox) -> tuple[Result, ...]:
    """Two services; a second apply is started while the first one holds the state."""
    sandbox.client("ssm").put_parameter(Name="/shop/token", Value="s3cret", Type="SecureString")
    project.write({"ecsgen.yaml": SHOP, "infra/default/own.tf": SHOP_OWN, **below("site", site(base, "the site"))})
    project.write(below("api", site(base, "the api")) | below("cache", site(base, "from the sidecar")))
    first = project.start("apply", "--sandbox", "--yes")
    first.until("created VPC")
    second = project.apply()
    return first.wait(), second


def bring_up_environments(project: Project, base: str, sandbox: Sandbox) -> tuple[Result, ...]:
    """staging, and prod beside it as soon as the image is in the registry."""
    project.write({"ecsgen.yaml": FLEET, **site(base, "the fleet")})
    staging = project.start("apply", "--sandbox", "--yes", "--env", "staging", "--json")
    staging.until("pushed fleet/web")
    prod = project.run("apply", "--sandbox", "--yes", "--env", "prod", "--json")
    return staging.wait(), prod


def bring_up_vault(project: Project, base: str, sandbox: Sandbox) -> tuple[Result, ...]:
    """A service at two hosts, by HTTP."""
    return (project.write({"ecsgen.yaml": VAULT.format(domain=""), **site(base, "the vault")}).apply(),)


def bring_up_moving(project: Project, base: str, sandbox: Sandbox) -> tuple[Result, ...]:
    """One service behind a load balancer, whose settings are changed."""
    return (project.write({"ecsgen.yaml": MOVING, **site(base, "moving")}).apply(),)


STACKS: dict[str, BringUp] = {
    "warm": bring_up_warm,
    "moving": bring_up_moving,
    "demo": bring_up_demo,
    "shop": bring_up_shop,
    "environments": bring_up_environments,
    "vault": bring_up_vault,
}
"""By the name of their fixture, in the order in which they are begun."""
