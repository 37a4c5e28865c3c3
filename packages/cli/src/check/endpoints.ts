import { performance } from 'node:perf_hooks'
import type { Backend, BackendContext, Finding } from '@movip/core/backend'
import { candidatesOf, secretsOf, silentHealthListener } from '@movip/core'
import type { NodeConfig, PluginMap } from '@movip/core/config'
import { silentLogger } from '../silent-logger.ts'
import { missingLabel } from './interface-label.ts'
import { neighbours } from './neighbours.ts'
import type { ClusterSpec } from './run-checks.ts'

const patienceMs = 5000

/** Asks each endpoint that this node would have to claim whether it could claim now. */
export async function checkEndpoints(node: NodeConfig, spec: ClusterSpec, plugins: PluginMap): Promise<Finding[]> {
  const self = spec.nodes.find((member) => member.id === node.node)
  const findings: Finding[] = []
  const members = await neighbours(spec.nodes.map(({ address }) => address))
  for (const group of spec.groups.filter(({ nodes }) => nodes.includes(node.node))) {
    for (const endpoint of group.endpoints.filter(({ at }) => at === undefined || at === self?.site)) {
      const kind = plugins.get(endpoint.backend)?.kind
      if (kind === undefined) throw new Error(`the backend ${endpoint.backend} was not loaded`)
      const unnamed = await missingLabel(node, endpoint.options['interface'])
      if (unnamed !== null) {
        findings.push({ ...unnamed, message: `${group.id}: ${endpoint.id}: ${unnamed.message}` })
        continue
      }
      const context = contextFor(node, spec, { group: group.id, endpoint: endpoint.id, candidates: candidatesOf(spec, group.id, endpoint) })
      findings.push(...(await lookAt(() => kind.create(endpoint.options, context), `${group.id}: ${endpoint.id}`, members)))
    }
  }
  return findings
}

async function lookAt(create: () => Promise<Backend>, where: string, members: ReadonlySet<string>): Promise<Finding[]> {
  try {
    const backend = await create()
    try {
      const findings = await backend.preflight(AbortSignal.timeout(patienceMs))
      const strangers = findings.some(({ severity }) => severity === 'error') ? [] : await elsewhere(backend, members)
      return [...findings, ...strangers].map((finding) => ({ ...finding, message: `${where}: ${finding.message}` }))
    } finally {
      await backend.close()
    }
  } catch (error) {
    const { code, fix } = error as { readonly code?: unknown; readonly fix?: unknown }
    return [
      {
        severity: 'error',
        code: typeof code === 'string' ? code : 'ENDPOINT_FAILED',
        message: `${where}: ${error instanceof Error ? error.message : String(error)}`,
        fix: typeof fix === 'string' ? fix : 'correct what the message names, then check again',
      },
    ]
  }
}

/** Without a daemon here nothing is known about the holder, so that only who is no node of the cluster can be told, and not for certain. */
async function elsewhere(backend: Backend, members: ReadonlySet<string>): Promise<Finding[]> {
  const observed = await backend.observe(AbortSignal.timeout(patienceMs))
  if (observed.state !== 'elsewhere' || members.has(observed.who)) return []
  return [
    {
      severity: 'warning',
      code: 'ENDPOINT_ELSEWHERE',
      message: `answers from ${observed.who}: if that is not the node that holds the group, nobody can take over`,
      fix: `see which node holds it with: movip status, on a node whose daemon runs; take the address from any other machine with ${observed.who}`,
    },
  ]
}

interface Of {
  readonly group: string
  readonly endpoint: string
  readonly candidates: ReturnType<typeof candidatesOf>
}

function contextFor(node: NodeConfig, spec: ClusterSpec, { candidates, ...of }: Of): BackendContext {
  return {
    ...of,
    cluster: spec.name,
    node: node.node,
    site: spec.nodes.find(({ id }) => id === node.node)?.site ?? '',
    interfaces: node.interfaces,
    secret: secretsOf(node.secrets),
    leaseMs: spec.timing.leaseMs,
    logger: silentLogger,
    // The daemon, if it runs, has the ports.
    health: silentHealthListener(node.health),
    candidates: () => candidates,
    clock: {
      now: () => performance.now(),
      at: (at, callback) => {
        const timer = setTimeout(callback, Math.max(0, at - performance.now()))
        return () => clearTimeout(timer)
      },
    },
    changed: () => {},
    fitness: () => {},
    incident: () => {},
  }
}
