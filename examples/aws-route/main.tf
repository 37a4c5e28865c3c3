terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 6.0" }
  }
}

variable "region" { type = string }
# Route tables of the subnets whose machines are to reach the overlay address.
variable "route_tables" { type = set(string) }
# Name of the role that the instances run with.
variable "role" { type = string }

provider "aws" {
  region = var.region
}

# movip finds the tables by their tag. The route in them is movip's.
resource "aws_ec2_tag" "movip" {
  for_each    = var.route_tables
  resource_id = each.value
  key         = "movip"
  value       = "yes"
}

# The least that movip needs; the same as `movip check --print-iam-policy` prints.
data "aws_iam_policy_document" "movip" {
  statement {
    actions   = ["ec2:DescribeRouteTables", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]
    resources = ["*"]
  }

  statement {
    actions   = ["ec2:ReplaceRoute", "ec2:CreateRoute"]
    resources = ["arn:aws:ec2:*:*:route-table/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/movip"
      values   = ["yes"]
    }
  }
}

resource "aws_iam_role_policy" "movip" {
  name   = "movip-aws-route"
  role   = var.role
  policy = data.aws_iam_policy_document.movip.json
}
