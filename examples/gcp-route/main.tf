terraform {
  required_providers {
    google = { source = "hashicorp/google", version = "~> 7.0" }
  }
}

variable "project" { type = string }
# E-mail of the service account of the nodes.
variable "service_account" { type = string }

provider "google" {
  project = var.project
}

# The least that movip needs.
resource "google_project_iam_custom_role" "movip" {
  role_id = "movipGcpRoute"
  title   = "movip gcp-route"
  permissions = [
    "compute.routes.list",
    "compute.routes.create",
    "compute.routes.delete",
    "compute.globalOperations.get",
    "compute.networks.updatePolicy",
    "compute.instances.get",
    "compute.instances.use",
  ]
}

resource "google_project_iam_member" "movip" {
  project = var.project
  role    = google_project_iam_custom_role.movip.id
  member  = "serviceAccount:${var.service_account}"
}
