import { GATEWAY_DEVICE, PRIVATE_DEVICE } from '../network/fabric.ts'
import type { Fabric, FabricPort, FabricRoute } from '../network/fabric.ts'
import { isFields, textOf } from './contract.ts'
import type { Fields, Json } from './contract.ts'
import { pathOf } from './world.ts'
import type { World } from './world.ts'

/** Where an instance is plugged in. */
export interface Plugged {
  /** Path of its document. */
  readonly instance: string
  /** The device of the router behind which it is. */
  readonly port: string
}

/** How packets go in a network. Routes may be for some instances only, so that each has a table of its own, in the order given. */
export function fabricOf(world: World, hosts: readonly Plugged[], joined: readonly string[]): Fabric {
  const ports = hosts.map(({ instance, port }) => portOf(world, instance, port))
  return {
    ports,
    tables: hosts.map(({ instance }) => routesFor(world, instance, hosts, joined)),
    publics: hosts.flatMap(({ instance }) => publicsOf(world, instance)),
    ranges: below(world, /\/subnetworks\//).map(([, fields]) => textOf(fields, 'ipCidrRange')),
  }
}

const fieldsIn = (value: Json | undefined): readonly Fields[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter((item) => isFields(item)) : []

const interfacesOf = (world: World, instance: string): readonly Fields[] => fieldsIn(world.documents.get(instance)?.['networkInterfaces'])

function below({ documents }: World, form: RegExp): readonly (readonly [string, Fields])[] {
  return [...documents].filter(([path]) => form.test(path))
}

function portOf(world: World, instance: string, device: string): FabricPort {
  const document = world.documents.get(instance)
  const addresses = interfacesOf(world, instance).flatMap((own) => [
    `${textOf(own, 'networkIP')}/32`,
    ...fieldsIn(own['aliasIpRanges']).map((range) => {
      const block = textOf(range, 'ipCidrRange')
      return block.includes('/') ? block : `${block}/32`
    }),
  ])
  return { device, addresses, isAlive: isRunning(world, instance), isChecked: document?.['canIpForward'] !== true }
}

const isRunning = ({ documents }: World, instance: string): boolean => documents.get(instance)?.['status'] === 'RUNNING'

/**
 * Of the routes to one destination that are for this instance, the one whose priority comes first; a route to an instance that does not run is
 * passed over. What is in a subnetwork is delivered in any case.
 */
function routesFor(world: World, instance: string, hosts: readonly Plugged[], joined: readonly string[]): readonly FabricRoute[] {
  const tags = (world.documents.get(instance)?.['tags'] as Fields | undefined)?.['items'] ?? []
  const isFor = (route: Fields): boolean => {
    const wanted = (route['tags'] ?? []) as readonly string[]
    return wanted.length === 0 || wanted.some((tag) => (tags as readonly string[]).includes(tag))
  }
  const chosen = new Map<string, { readonly priority: number; readonly to: string | null }>()
  for (const destination of joined) chosen.set(destination, { priority: 1000, to: PRIVATE_DEVICE })
  for (const [, route] of below(world, /^global\/routes\//)) {
    const [destination, priority] = [textOf(route, 'destRange'), Number(route['priority'] ?? 1000)]
    const to = nextHopOf(world, route, hosts)
    const known = chosen.get(destination)
    if (to !== undefined && isFor(route) && (known === undefined || priority < known.priority)) chosen.set(destination, { priority, to })
  }
  return [...chosen].map(([destination, { to }]) => ({ destination, to }))
}

/** undefined: the route is passed over. */
function nextHopOf(world: World, route: Fields, hosts: readonly Plugged[]): string | null | undefined {
  if (route['nextHopGateway'] !== undefined) return GATEWAY_DEVICE
  if (route['nextHopNetwork'] !== undefined) return undefined
  const [named, address] = [textOf(route, 'nextHopInstance'), textOf(route, 'nextHopIp')]
  const hop = hosts.find(({ instance }) =>
    named === '' ? interfacesOf(world, instance).some((own) => textOf(own, 'networkIP') === address) : instance === pathOf(named),
  )
  if (hop === undefined) return null
  return isRunning(world, hop.instance) ? hop.port : undefined
}

function publicsOf(world: World, instance: string): Fabric['publics'] {
  return interfacesOf(world, instance).flatMap((own) =>
    fieldsIn(own['accessConfigs']).flatMap((access) => {
      const publicIp = textOf(access, 'natIP')
      return publicIp === '' ? [] : [[publicIp, textOf(own, 'networkIP')] as const]
    }),
  )
}
