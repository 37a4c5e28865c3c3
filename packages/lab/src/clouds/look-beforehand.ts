import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PROGRAM } from '../cluster/daemon.ts'
import { inHost } from '../network/host.ts'
import type { Network } from '../network/network.ts'

export interface Found {
  readonly severity: string
  readonly code: string
  readonly message: string
  readonly fix: string
}

export interface Look {
  readonly network: Pick<Network, 'host' | 'folder'>
  /** Who may hold the group; the first of them looks. */
  readonly nodes: readonly string[]
  readonly endpoint: object
  /** What runs a program so that it asks this control plane. */
  readonly under: readonly string[]
  /** What else `node.yaml` says. */
  readonly node?: object
  /** What else `movip check` is told. */
  readonly flags?: readonly string[]
}

let count = 0

/** What `movip check` says of an endpoint on a node, before there is a daemon. */
export async function lookBeforehand(look: Look): Promise<{ readonly findings: readonly Found[]; readonly out: string }> {
  const { network, nodes, endpoint, under, node = {}, flags = [] } = look
  const [first = ''] = nodes
  const host = network.host(first)
  const folder = join(network.folder.path, `check-${(count += 1)}`)
  mkdirSync(folder)
  const members = Object.fromEntries(nodes.map((name) => [name, { site: 'a', address: network.host(name).ipv4 }]))
  const cluster = { cluster: 'lab', nodes: members, groups: { web: { endpoints: [endpoint] } } }
  writeFileSync(join(folder, 'cluster.yaml'), JSON.stringify(cluster))
  writeFileSync(join(folder, 'secret'), 'a secret of the lab that is long enough\n', { mode: 0o600 })
  const config = {
    node: first,
    data: join(folder, 'data'),
    bootstrap: 'cluster.yaml',
    nats: { embedded: { listen: `${host.ipv4}:6222`, secret: 'secret' } },
    api: { socket: join(folder, 'socket') },
    ...node,
  }
  writeFileSync(join(folder, 'node.yaml'), JSON.stringify(config))
  const [program = '', ...args] = [...under, process.execPath, PROGRAM, 'check', '--config', join(folder, 'node.yaml'), '--json', ...flags]
  const { file, args: all } = inHost(host.namespace, program, args)
  const out = await promisify(execFile)(file, all).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { readonly stdout: string }).stdout,
  )
  const { findings = [] } = JSON.parse(out) as { readonly findings?: readonly Found[] }
  return { findings, out }
}
