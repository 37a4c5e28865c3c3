import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AwsLab } from '../clouds/aws/aws-lab.ts'
import { startAwsLab } from '../clouds/aws/aws-lab.ts'
import type { Cluster, ClusterOptions } from '../cluster/cluster.ts'
import { startCluster } from '../cluster/cluster.ts'
import { startBind } from '../dns/bind.ts'
import { startKnot } from '../dns/knot.ts'
import type { NameWatch } from '../dns/name-watch.ts'
import { startNameWatch } from '../dns/name-watch.ts'
import type { NamedClient } from '../dns/named-client.ts'
import { startNamedClient } from '../dns/named-client.ts'
import type { DnsPlace, DnsServer } from '../dns/server-process.ts'
import { startUnbound } from '../dns/unbound.ts'
import { keyText, ZONE } from '../dns/zone.ts'
import type { Host } from '../network/host.ts'
import type { Network } from '../network/network.ts'
import type { Probe } from '../probes/child.ts'
import type { Client } from '../probes/client.ts'
import { startClient } from '../probes/client.ts'
import { startResponder } from '../probes/responder.ts'
import type { Sites } from '../sites/sites.ts'
import { createSites } from '../sites/sites.ts'

/** The name that follows the active site. */
export const NAME = `web.${ZONE}`
/** Where the service is at each site. Dublin comes first: what AWS has is numbered by it. */
export const VALUES = { dublin: '10.0.1.50', paris: '10.66.1.50' } as const

/** A LAN with two nodes, AWS with one, and an office with the third voice, the name servers, and whoever looks for the service. */
export interface HybridLab {
  readonly sites: Sites
  /** That of the office, with all nodes. */
  readonly network: Network
  readonly aws: AwsLab
  /** Told of changes; and the one that hears of them. */
  readonly primary: DnsServer
  readonly secondary: DnsServer
  readonly resolver: DnsServer
  readonly watch: NameWatch
  /** Finds the service by its name. */
  readonly visitor: NamedClient
  /** Ask the addresses of the sites. */
  readonly direct: Readonly<Record<keyof typeof VALUES, Client>>
  /** The endpoints of the group, each as a line of `cluster.yaml`. */
  endpoints(dns?: object): readonly string[]
  start(options?: ClusterOptions): Promise<Cluster>
  readonly broken: Promise<never>
  close(): void
}

export interface HybridOptions {
  readonly ttl?: string
}

export async function startHybridLab({ ttl = '2s' }: HybridOptions = {}): Promise<HybridLab> {
  const closing: (() => void)[] = []
  const close = (): void => {
    for (const one of closing.toReversed()) one()
  }
  try {
    const sites = await createSites({
      dublin: { kind: 'aws', nodes: ['d1'] },
      paris: { kind: 'lan', nodes: ['p1', 'p2'] },
      office: { kind: 'lan', nodes: ['w', 'ns1', 'ns2', 'res'] },
    })
    closing.push(() => sites.close())
    const [dublin, paris, office] = [sites.site('dublin').aws, sites.site('paris').network, sites.site('office').network]
    if (dublin === undefined) throw new Error('invariant: Dublin is in AWS')
    const aws = await startAwsLab({ network: dublin, mode: 'aws-ip' })
    closing.push(() => aws.close())
    const servers = await startNameServers(office)
    closing.push(() => [servers.primary, servers.secondary, servers.resolver].forEach((server) => server.stop()))
    const probes = await startProbes(paris, office, servers)
    closing.push(() => [probes.responder, probes.watch, probes.visitor, ...Object.values(probes.direct)].forEach((probe) => probe.stop()))
    const nodes = [...paris.nodes, ...dublin.nodes, office.host('w')]
    const host = (name: string): Host => nodes.find((one) => one.name === name) ?? office.host(name)
    const network = { ...office, nodes, host }
    const parts = { sites, network, aws, ...servers, ...probes, broken: Promise.race([aws.broken, probes.broken]) }
    const endpoints = (dns: object = {}): readonly string[] => endpointsOf(parts, { ttl, ...dns })
    return { ...parts, endpoints, start: (options) => start(parts, { endpoints: endpoints(), ...options }), close }
  } catch (error) {
    close()
    throw error
  }
}

type Parts = Pick<HybridLab, 'network' | 'aws' | 'primary' | 'secondary' | 'visitor'>

function endpointsOf({ aws, primary, secondary }: Parts, dns: object): readonly string[] {
  const servers = { server: primary.address, secondaries: [secondary.address], key: 'ddns' }
  const endpoints = [
    { at: 'paris', backend: 'arp', address: `${VALUES.paris}/24`, interface: 'lan' },
    { at: 'dublin', ...aws.options },
    { backend: 'dns-rfc2136', name: NAME, values: VALUES, ...servers, ...dns },
  ]
  return endpoints.map((endpoint) => JSON.stringify(endpoint))
}

const MEMBERS = {
  p1: { site: 'paris' },
  p2: { site: 'paris', voter: false },
  d1: { site: 'dublin' },
  w: { site: 'office', witness: true },
}

function start({ network, aws, visitor }: Parts, options: ClusterOptions): Promise<Cluster> {
  const secretFile = join(network.folder.path, 'ddns')
  writeFileSync(secretFile, keyText(), { mode: 0o600 })
  return startCluster(
    { network, vips: { ipv4: '', ipv6: '' }, client: visitor, client6: null },
    {
      profile: 'wan',
      holders: ['p1', 'p2', 'd1'],
      members: MEMBERS,
      nodeLines: () => [`secrets: { ddns: ${JSON.stringify(secretFile)} }`],
      under: (name) => (name === 'd1' ? aws.under() : []),
      ...options,
    },
  )
}

async function startNameServers(office: Network): Promise<Pick<HybridLab, 'primary' | 'secondary' | 'resolver'>> {
  const place = (name: string): DnsPlace => ({ host: office.host(name).ipv4, port: 53, namespace: office.host(name).namespace })
  const folder = (name: string): string => join(office.folder.path, name)
  const primary = await startBind({ place: place('ns1'), folder: folder('ns1'), notifies: [place('ns2')] })
  const secondary = await startKnot({ place: place('ns2'), folder: folder('ns2'), from: place('ns1') })
  const resolver = await startUnbound({ place: place('res'), folder: folder('res'), asks: [place('ns1'), place('ns2')] })
  return { primary, secondary, resolver }
}

interface Probes extends Pick<HybridLab, 'watch' | 'visitor' | 'direct' | 'broken'> {
  readonly responder: Probe
}

async function startProbes(
  paris: Network,
  office: Network,
  servers: Pick<HybridLab, 'primary' | 'secondary' | 'resolver'>,
): Promise<Probes> {
  const { client } = office
  const [responder, watch, visitor, inParis, inDublin] = await Promise.all([
    startResponder(paris, [VALUES.paris]),
    startNameWatch(client, { name: NAME, authorities: [servers.primary.address, servers.secondary.address] }),
    startNamedClient(client, { name: NAME, resolver: servers.resolver.address }),
    startClient(office, VALUES.paris),
    startClient(office, VALUES.dublin),
  ])
  const all = [responder, watch, visitor, inParis, inDublin]
  return { responder, watch, visitor, direct: { paris: inParis, dublin: inDublin }, broken: Promise.race(all.map(({ broken }) => broken)) }
}
