import { networkInterfaces } from 'node:os'
import type { Finding } from '@movip/core/backend'
import { addressOn, parseHostPort } from '@movip/core/config'
import type { NodeConfig } from '@movip/core/config'
import type { ClusterSpec } from './run-checks.ts'

type Member = ClusterSpec['nodes'][number]

/** Whether the planes of this node are those that the others know, and fail one by one. */
export function checkPlanes(node: NodeConfig, self: Member): Finding[] {
  return [...planeMismatches(node, self), ...sharedInterfaces(self)]
}

/** Planes that only one of the two files knows. */
function planeMismatches(node: NodeConfig, self: Member): Finding[] {
  const own = node.nats.filter(({ type }) => type === 'embedded').map(({ name }) => name)
  const unknown = own.filter((plane) => addressOn(self, plane) === null)
  const unused = Object.keys(self.addresses ?? {}).filter((plane) => !own.includes(plane))
  return [
    ...unknown.map((plane): Finding => ({
      severity: 'warning',
      code: 'PLANE_WITHOUT_ADDRESS',
      message: `no other node reaches this one in the plane ${plane}: it has no address there in ${node.bootstrap}`,
      fix: `write address: with an address for ${[...new Set([...own, ...Object.keys(self.addresses ?? {})])].join(' and ')} at nodes.${self.id}`,
    })),
    ...unused.map((plane): Finding => ({
      severity: 'warning',
      code: 'PLANE_WITHOUT_SERVER',
      message: `${node.bootstrap} has an address of this node in the plane ${plane}, in which it runs no nats-server`,
      fix: `add a plane with name: ${plane} and embedded: to nats in ${node.file}, or remove the address`,
    })),
  ]
}

/** Planes that would be lost together with one interface. */
function sharedInterfaces({ addresses = {} }: Member): Finding[] {
  const planes = Object.entries(addresses).flatMap(([plane, address]) => {
    const name = interfaceOf(parseHostPort(address)?.host ?? address)
    return name === null ? [] : [{ plane, name }]
  })
  return [...Map.groupBy(planes, ({ name }) => name)].flatMap(([name, sharing]): Finding[] => {
    if (sharing.length < 2) return []
    return [
      {
        severity: 'warning',
        code: 'PLANES_TOGETHER',
        message: `the planes ${sharing.map(({ plane }) => plane).join(' and ')} go over the same interface ${name}: they fail together`,
        fix: 'give each plane an address on an interface, a cable and a switch of its own',
      },
    ]
  })
}

/** The interface of this machine that has the address. */
function interfaceOf(host: string): string | null {
  const found = Object.entries(networkInterfaces()).find(([, addresses]) => addresses?.some(({ address }) => address === host))
  return found?.[0] ?? null
}
