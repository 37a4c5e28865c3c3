terraform {
  required_providers {
    google = { source = "hashicorp/google", version = "~> 7.0" }
  }
}

variable "project" { type = string }
variable "region" { type = string }
variable "network" { type = string }
variable "subnetwork" { type = string }
variable "address" {
  type    = string
  default = "10.132.0.50"
}
# By zone: the self link of the instance there.
variable "instances" { type = map(string) }
# E-mail of the service account of the nodes.
variable "service_account" { type = string }

provider "google" {
  project = var.project
  region  = var.region
}

# The fastest that Google knows: every second, and the first answer counts.
resource "google_compute_region_health_check" "movip" {
  name                = "movip"
  check_interval_sec  = 1
  timeout_sec         = 1
  healthy_threshold   = 1
  unhealthy_threshold = 1

  http_health_check {
    port         = 9650
    request_path = "/web"
  }
}

resource "google_compute_instance_group" "nodes" {
  for_each  = var.instances
  name      = "shop-${each.key}"
  zone      = each.key
  instances = [each.value]
}

resource "google_compute_region_backend_service" "inside" {
  name                            = "inside"
  protocol                        = "UNSPECIFIED"
  load_balancing_scheme           = "INTERNAL"
  health_checks                   = [google_compute_region_health_check.movip.id]
  connection_draining_timeout_sec = 0

  dynamic "backend" {
    for_each = google_compute_instance_group.nodes
    content {
      group          = backend.value.id
      balancing_mode = "CONNECTION"
    }
  }

  # Where nobody is healthy nobody gets traffic.
  failover_policy {
    drop_traffic_if_unhealthy           = true
    disable_connection_drain_on_failover = true
  }

  connection_tracking_policy {
    connection_persistence_on_unhealthy_backends = "NEVER_PERSIST"
  }
}

resource "google_compute_forwarding_rule" "inside" {
  name                  = "inside"
  load_balancing_scheme = "INTERNAL"
  backend_service       = google_compute_region_backend_service.inside.id
  ip_address            = var.address
  ip_protocol           = "L3_DEFAULT"
  all_ports             = true
  network               = var.network
  subnetwork            = var.subnetwork
}

resource "google_compute_firewall" "probes" {
  name          = "movip-probes"
  network       = var.network
  source_ranges = ["35.191.0.0/16", "130.211.0.0/22"]

  allow {
    protocol = "tcp"
    ports    = ["9650"]
  }
}

# The least that movip needs: all of it is reading, and no move depends on it.
resource "google_project_iam_custom_role" "movip" {
  role_id = "movipGcpIlb"
  title   = "movip gcp-ilb"
  permissions = [
    "compute.forwardingRules.get",
    "compute.regionBackendServices.get",
    "compute.regionHealthChecks.get",
    "compute.healthChecks.get",
    "compute.instanceGroups.list",
    "compute.instances.getEffectiveFirewalls",
  ]
}

resource "google_project_iam_member" "movip" {
  project = var.project
  role    = google_project_iam_custom_role.movip.id
  member  = "serviceAccount:${var.service_account}"
}
