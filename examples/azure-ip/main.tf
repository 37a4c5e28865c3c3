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

resource "azurerm_public_ip" "shop" {
  name                = "shop"
  location            = var.location
  resource_group_name = var.resource_group
  allocation_method   = "Static"
  sku                 = "Standard"
}

# The least that movip needs.
resource "azurerm_role_definition" "movip" {
  name  = "movip azure-ip"
  scope = data.azurerm_resource_group.shop.id

  permissions {
    actions = [
      "Microsoft.Network/networkInterfaces/read",
      "Microsoft.Network/networkInterfaces/write",
      "Microsoft.Network/virtualNetworks/subnets/join/action",
      "Microsoft.Network/networkSecurityGroups/join/action",
      "Microsoft.Network/loadBalancers/backendAddressPools/join/action",
      "Microsoft.Network/publicIPAddresses/join/action",
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

output "public_address" {
  value = azurerm_public_ip.shop.id
}
