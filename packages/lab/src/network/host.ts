/** A host is a network namespace with one interface, eth0, whose other end is a port of the lab's switch. */
export interface Host {
  readonly name: string
  readonly namespace: string
  /** Name of the host's port in the namespace of the switch. */
  readonly port: string
  readonly mac: string
  readonly ipv4: string
  readonly ipv6: string
}

/** What a host is for decides its addresses: nodes from .11, then the client and the observer. */
export function planHosts(prefix: string, nodes: readonly string[], subnet: number): readonly Host[] {
  const plan = (name: string, last: number): Host => ({
    name,
    namespace: `${prefix}-${name}`,
    port: `p-${name}`,
    mac: `02:00:00:00:${hex(subnet)}:${hex(last)}`,
    ipv4: `10.66.${subnet}.${last}`,
    ipv6: `fd66:${subnet.toString(16)}::${last}`,
  })
  return [...nodes.map((name, i) => plan(name, 11 + i)), plan(CLIENT, 100), plan(OBSERVER, 200)]
}

export const CLIENT = 'client'
export const OBSERVER = 'observer'

function hex(n: number): string {
  return n.toString(16).padStart(2, '0')
}

/** How to start a program in a namespace. `ip` replaces itself, so the pid is the program's own. */
export function inHost(namespace: string, program: string, args: readonly string[]): { readonly file: string; readonly args: string[] } {
  return { file: 'ip', args: ['netns', 'exec', namespace, program, ...args] }
}
