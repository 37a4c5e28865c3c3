import { parseHostPort, routePort } from '@movip/core/config'
import { stringify } from 'yaml'
import { schemaFile } from '../schema.ts'
import type { SchemaName } from '../schema.ts'
import type { Answers } from './answers.ts'

/** `cluster.yaml` for these answers, with a word about each setting. */
export function clusterYaml(answers: Answers): string {
  const nodes = answers.nodes.map(
    ({ name, address, site, witness }) => `  ${flow(name)}: ${flow({ site, address, ...(witness ? { witness: true } : {}) })}`,
  )
  const endpoints = answers.vips.map((address) => `      - ${flow({ backend: 'arp', address, interface: 'lan' })}`)
  return [
    schemaLine('cluster'),
    '# The same on every node: who belongs to the cluster, and what moves between the nodes.',
    '# Read once, at the first start of a new cluster; after that the cluster keeps it in its own log.',
    `cluster: ${flow(answers.cluster)}`,
    '',
    '# lan: a dead holder is replaced after about 1 s; wan: 5 s, for nodes far apart; fast: 0.25 s, for quiet machines.',
    `timing: ${answers.timing}`,
    '',
    '# site: what can fail together. witness: votes, but never holds a group.',
    'nodes:',
    ...nodes,
    '',
    '# A group is what moves together. Nodes are tried in this order; without `nodes` all but witnesses, in the order above.',
    ...(endpoints.length === 0
      ? ['groups: {}']
      : [
          'groups:',
          `  ${flow(answers.group)}:`,
          `    nodes: ${flow(answers.nodes.filter(({ witness }) => !witness).map(({ name }) => name))}`,
          '    endpoints:',
          '      # `lan` is a label; each node.yaml says which interface it means there.',
          ...endpoints,
        ]),
    '',
  ].join('\n')
}

/** What `node.yaml` is made of. */
export interface NodeFileParts {
  readonly node: string
  /** As the other nodes reach it. */
  readonly address: string
  /** On which the addresses live that move; null: the node holds none. */
  readonly interface: string | null
  readonly data: string
  readonly socket: string
}

/** `node.yaml` of one node. */
export function nodeYaml(parts: NodeFileParts): string {
  const { host, port } = parseHostPort(parts.address) ?? { host: '0.0.0.0', port: null }
  const listen = `${host.includes(':') ? `[${host}]` : host}:${port ?? routePort}`
  const interfaces = [
    '# Which interface a label of cluster.yaml means on this machine.',
    `interfaces: ${flow({ lan: parts.interface })}`,
    '',
  ]
  return [
    schemaLine('node'),
    '# This machine. Paths without a leading slash are relative to this file.',
    `node: ${flow(parts.node)}`,
    '',
    '# The log of this node. Never share it between nodes and never put back an older copy.',
    `data: ${flow(parts.data)}`,
    'bootstrap: cluster.yaml',
    '',
    '# A nats-server runs beside the daemon. The secret must be the same on all nodes and readable by its owner only.',
    'nats:',
    `  embedded: ${flow({ listen, secret: 'cluster.secret' })}`,
    '',
    ...(parts.interface === null ? [] : interfaces),
    '# Who may ask for the status and move groups: whoever may write to this socket.',
    `api: ${flow({ socket: parts.socket, mode: '0660' })}`,
    'log: { level: info }',
    '',
  ].join('\n')
}

/** Where editors find what the file may contain. */
function schemaLine(name: SchemaName): string {
  return `# yaml-language-server: $schema=${schemaFile(name)}`
}

/** A value on one line, quoted where YAML would read it otherwise. */
function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd()
}
