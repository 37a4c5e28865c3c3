import { createVnetNetwork, startVnet } from '../azure/vnet-control.ts'
import type { IpConfiguration } from '../azure/world.ts'
import { OPERATION_MS, OVERLAY, SECONDARY, trustIn } from './led-cloud.ts'
import type { LedCloud, LedMode } from './led-cloud.ts'

const VERSION = 'api-version=2026-01-01'

export async function startLedAzure(mode: LedMode): Promise<LedCloud> {
  const network = await createVnetNetwork({ nodes: ['n1', 'n2', 'n3'] })
  const vnet = await startVnet(network, { operationMs: OPERATION_MS })
  const { world, hosts } = network.plan
  const nameOf = (address: string | undefined): string => hosts.find(({ ipv4 }) => ipv4 === address)?.name ?? ''
  const isRoute = mode === 'azure-route'
  const route = { destination: `${OVERLAY}/32`, routeTables: world.routeTables.map(({ id }) => id) }
  const isPublic = mode === 'azure-ip of a public IP'
  const { publicAddress } = network.plan
  const address = isPublic ? { publicAddress: publicAddress.id } : { address: SECONDARY }
  const vip = isPublic ? (publicAddress.properties.ipAddress ?? '') : isRoute ? OVERLAY : SECONDARY
  const isOurs = ({ properties }: IpConfiguration): boolean =>
    isPublic ? properties.publicIPAddress?.id === publicAddress.id : properties.privateIPAddress === SECONDARY
  return {
    network,
    control: vnet,
    vip,
    arrivesAs: isPublic ? network.nodes.map(({ ipv4 }) => ipv4) : [vip],
    clientAt: isPublic ? network.outside : network.client.namespace,
    endpoint: { endpoint: vnet.endpoint, ...(isRoute ? route : address) },
    trusting: trustIn(network, vnet.ca),
    async leads() {
      const { routeTables, networkInterfaces } = await vnet.world()
      if (isRoute)
        return routeTables.map(({ properties }) =>
          nameOf(properties.routes.find((one) => one.properties.addressPrefix === route.destination)?.properties.nextHopIpAddress),
        )
      const having = networkInterfaces.filter(({ properties }) => properties.ipConfigurations.some(isOurs))
      return having.map(({ properties }) => nameOf(properties.ipConfigurations[0]?.properties.privateIPAddress))
    },
    async takeAway() {
      const { routeTables, networkInterfaces } = await vnet.world()
      if (isRoute) {
        const clients = routeTables.find(({ name }) => name === 'clients-routes')
        const ours = clients?.properties.routes.find((one) => one.properties.addressPrefix === route.destination)
        return vnet.call(`DELETE ${ours?.id ?? ''}?${VERSION}`, {})
      }
      const having = networkInterfaces.find(({ properties }) => properties.ipConfigurations.some(isOurs))
      if (having === undefined) throw new Error('nobody has it')
      const ipConfigurations = having.properties.ipConfigurations.filter((one) => !isOurs(one))
      return vnet.call(`PUT ${having.id}?${VERSION}`, { location: having.location, properties: { ...having.properties, ipConfigurations } })
    },
    writes: isRoute
      ? { action: 'routes.createOrUpdate', about: (node) => network.host(node).ipv4 }
      : { action: 'networkInterfaces.createOrUpdate', about: (node) => `${node}-nic` },
    stop: () => vnet.stop(),
  }
}
