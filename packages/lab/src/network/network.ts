/** The hosts of a lab and the switch that joins them: Linux network namespaces around a bridge that has its own. */
import { command } from '../command.ts'
import { LabError } from '../errors.ts'
import { pollUntil } from '../wait.ts'
import type { Host } from './host.ts'
import { CLIENT, OBSERVER, planHosts } from './host.ts'
import type { RunFolder } from './run-folder.ts'
import { createRunFolder } from './run-folder.ts'
import { allForwarding, buildSwitch, lines } from './switch.ts'
import { takeDown, takeDownAbandoned, takeDownAtExit } from './teardown.ts'

export interface Network {
  readonly folder: RunFolder
  /** Namespace of the switch. */
  readonly switch: string
  readonly hosts: readonly Host[]
  readonly nodes: readonly Host[]
  readonly client: Host
  readonly observer: Host
  host(name: string): Host
  /** Kills everything that runs in the lab and removes all of it. Blocking; a second call does nothing. */
  close(): void
}

export interface NetworkOptions {
  readonly nodes: readonly string[]
  /** x in 10.66.x.0/24 and fd66:x::/64. */
  readonly subnet?: number
}

/** Builds the network. Leftovers of labs that died are removed first. */
export async function createNetwork(options: NetworkOptions): Promise<Network> {
  takeDownAbandoned()
  const folder = createRunFolder()
  takeDownAtExit(folder)
  const hosts = planHosts(folder.prefix, options.nodes, options.subnet ?? 0)
  const sw = `${folder.prefix}-sw`
  try {
    await build(sw, hosts)
  } catch (error) {
    takeDown(folder)
    throw error
  }
  const host = (name: string): Host => {
    const found = hosts.find((candidate) => candidate.name === name)
    if (found === undefined)
      throw new LabError('UNKNOWN_HOST', `The lab has no host ${name}.`, `It has: ${hosts.map((h) => h.name).join(', ')}.`)
    return found
  }
  let closed = false
  return {
    folder,
    switch: sw,
    hosts,
    nodes: hosts.filter((candidate) => options.nodes.includes(candidate.name)),
    client: host(CLIENT),
    observer: host(OBSERVER),
    host,
    close() {
      if (!closed) takeDown(folder)
      closed = true
    },
  }
}

/** Few programs with many lines each: every start of one costs more than all that it does. */
async function build(sw: string, hosts: readonly Host[]): Promise<void> {
  const cable = (host: Host): string =>
    `link add name ${host.port} netns ${sw} type veth peer name eth0 address ${host.mac} netns ${host.namespace}`
  await command('ip', ['-batch', '-'], lines([`netns add ${sw}`, ...hosts.map((h) => `netns add ${h.namespace}`), ...hosts.map(cable)]))
  await Promise.all([buildSwitch(sw, hosts), ...hosts.map(configureHost)])
  await pollUntil(() => allForwarding(sw, hosts.length), 'every port of the switch to forward', { everyMs: 5 })
}

function configureHost(host: Host): Promise<string> {
  return command(
    'ip',
    ['-n', host.namespace, '-batch', '-'],
    lines([
      'link set dev lo up',
      'link set dev eth0 up',
      `addr add ${host.ipv4}/24 dev eth0`,
      // Added before the link is up, an address without duplicate detection would never join its solicited-node group.
      `addr add ${host.ipv6}/64 dev eth0 nodad`,
    ]),
  )
}
