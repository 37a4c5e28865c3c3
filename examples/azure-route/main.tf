terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm", version = "~> 4.0" }
  }
}

provider "azurerm" {
  features {}
}

variable "resource_group" { type = string }
variable "location" { type = string }
# Principals of the managed identities of the nodes' machines.
variable "principals" { type = set(string) }

data "azurerm_resource_group" "shop" {
  name = var.resource_group
}
# Subnets whose machines are to reach the overlay address.
variable "client_subnets" { type = map(string) }

resource "azurerm_route_table" "clients" {
  name                = "clients"
  location            = var.location
  resource_group_name = var.resource_group

  # The route itself is movip's.
  lifecycle {
    ignore_changes = [route]
  }
}

resource "azurerm_subnet_route_table_association" "clients" {
  for_each       = var.client_subnets
  subnet_id      = each.value
  route_table_id = azurerm_route_table.clients.id
}

# The least that movip needs.
resource "azurerm_role_definition" "movip" {
  name  = "movip azure-route"
  scope = data.azurerm_resource_group.shop.id

  permissions {
    actions = [
      "Microsoft.Network/routeTables/read",
      "Microsoft.Network/routeTables/routes/read",
      "Microsoft.Network/routeTables/routes/write",
      "Microsoft.Network/networkInterfaces/read",
    ]
  }

  assignable_scopes = [data.azurerm_resource_group.shop.id]
}

resource "azurerm_role_assignment" "movip" {
  for_each           = var.principals
  scope              = data.azurerm_resource_group.shop.id
  role_definition_id = azurerm_role_definition.movip.role_definition_resource_id
  principal_id       = each.value
}
