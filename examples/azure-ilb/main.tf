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
variable "subnet_id" { type = string }
variable "frontend_address" {
  type    = string
  default = "10.1.0.50"
}
# Of each node: its network interface, the IP configuration in it, and the principal of its machine's managed identity.
variable "nodes" {
  type = map(object({ nic_id = string, ip_configuration = string, principal_id = string }))
}

resource "azurerm_lb" "inside" {
  name                = "inside"
  location            = var.location
  resource_group_name = var.resource_group
  sku                 = "Standard"

  frontend_ip_configuration {
    name                          = "front"
    subnet_id                     = var.subnet_id
    private_ip_address            = var.frontend_address
    private_ip_address_allocation = "Static"
  }
}

resource "azurerm_lb_backend_address_pool" "nodes" {
  name            = "nodes"
  loadbalancer_id = azurerm_lb.inside.id
}

resource "azurerm_network_interface_backend_address_pool_association" "nodes" {
  for_each                = var.nodes
  network_interface_id    = each.value.nic_id
  ip_configuration_name   = each.value.ip_configuration
  backend_address_pool_id = azurerm_lb_backend_address_pool.nodes.id
}

# The fastest that Azure knows: every 5 s, and the first answer counts.
resource "azurerm_lb_probe" "movip" {
  name                = "movip"
  loadbalancer_id     = azurerm_lb.inside.id
  protocol            = "Http"
  port                = 9650
  request_path        = "/web"
  interval_in_seconds = 5
  probe_threshold     = 1
}

resource "azurerm_lb_rule" "all" {
  name                           = "all"
  loadbalancer_id                = azurerm_lb.inside.id
  protocol                       = "All"
  frontend_port                  = 0
  backend_port                   = 0
  frontend_ip_configuration_name = "front"
  backend_address_pool_ids       = [azurerm_lb_backend_address_pool.nodes.id]
  probe_id                       = azurerm_lb_probe.movip.id
  floating_ip_enabled            = true
}

data "azurerm_resource_group" "shop" {
  name = var.resource_group
}

# The least that movip needs: all of it is reading, and no move depends on it.
resource "azurerm_role_definition" "movip" {
  name  = "movip azure-ilb"
  scope = data.azurerm_resource_group.shop.id

  permissions {
    actions = [
      "Microsoft.Network/loadBalancers/read",
      "Microsoft.Network/loadBalancers/loadBalancingRules/health/action",
      "Microsoft.Network/networkInterfaces/read",
      "Microsoft.Network/networkSecurityGroups/read",
      "Microsoft.Network/virtualNetworks/subnets/read",
    ]
  }

  assignable_scopes = [data.azurerm_resource_group.shop.id]
}

resource "azurerm_role_assignment" "movip" {
  for_each           = var.nodes
  scope              = data.azurerm_resource_group.shop.id
  role_definition_id = azurerm_role_definition.movip.role_definition_resource_id
  principal_id       = each.value.principal_id
}

output "load_balancer" {
  value = azurerm_lb.inside.id
}
