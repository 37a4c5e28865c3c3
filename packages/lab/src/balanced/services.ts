import type { Host } from '../network/host.ts'
import type { Probe } from '../probes/child.ts'
import { startProbe } from '../probes/child.ts'

/** The service on each node: it runs everywhere, whoever is to be asked. */
export function startServices(nodes: readonly Host[]): Promise<readonly Probe[]> {
  const module = '../balanced/service-process'
  return Promise.all(nodes.map(({ name, namespace }) => startProbe({ namespace, module, argument: { name }, onLine: () => {} })))
}
