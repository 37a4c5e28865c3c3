import { performance } from 'node:perf_hooks'
import type { Backend, BackendContext, Finding } from '@movip/core/backend'
import type { NodeConfig, PluginMap } from '@movip/core/config'
import { silentLogger } from '../silent-logger.ts'
import type { ClusterSpec, Daemon } from './run-checks.ts'

const preflightTimeoutMs = 5000

/** Asks each endpoint that this node would have to claim whether it could claim now. */
export async function checkEndpoints(node: NodeConfig, spec: ClusterSpec, plugins: PluginMap): Promise<Finding[]> {
  const self = spec.nodes.find((member) => member.id === node.node)
  const findings: Finding[] = []
  for (const group of spec.groups.filter(({ nodes }) => nodes.includes(node.node))) {
    for (const endpoint of group.endpoints.filter(({ at }) => at === undefined || at === self?.site)) {
      const kind = plugins.get(endpoint.backend)?.kind
      if (kind === undefined) throw new Error(`the backend ${endpoint.backend} was not loaded`)
      const context = contextFor(node, spec, { group: group.id, endpoint: endpoint.id })
      findings.push(...(await preflight(() => kind.create(endpoint.options, context), `${group.id}: ${endpoint.id}`)))
    }
  }
  return findings
}

/**
 * What a running daemon says of its endpoints. Making them a second time beside it could take away what it holds, so here
 * its word must do.
 */
export function checkThroughDaemon(daemon: Exclude<Daemon, 'absent'>): Finding[] {
  if (daemon instanceof Error) {
    return [
      {
        severity: 'error',
        code: `DAEMON_${daemon.code}`,
        message: `a daemon runs on this node, but ${daemon.message}: the endpoints could not be looked at`,
        fix: daemon.fix,
      },
    ]
  }
  const { engine, runner, scheduling } = daemon
  const endpoints = runner.flatMap((group) =>
    group.endpoints.flatMap(({ describe, unfit, lastError }): Finding[] => [
      ...(unfit === null
        ? []
        : [
            {
              severity: 'error',
              code: 'ENDPOINT_UNFIT',
              message: `${group.group}: ${describe}: ${unfit}`,
              fix: 'put right what it names; the daemon notices by itself',
            } as const,
          ]),
      ...(lastError === null
        ? []
        : [
            {
              severity: 'warning',
              code: 'ENDPOINT_FAILED',
              message: `${group.group}: ${describe}: ${lastError}`,
              fix: 'look for the cause in: journalctl -u movip',
            } as const,
          ]),
    ]),
  )
  return [
    ...endpoints,
    ...(engine.storageFailing === null
      ? []
      : [
          {
            severity: 'error',
            code: 'DATA_FAILING',
            message: `the disk does not take writes: ${engine.storageFailing}`,
            fix: 'make room on the disk of the data folder, or replace it',
          } as const,
        ]),
    ...(scheduling === 'rr'
      ? []
      : [
          {
            severity: 'warning',
            code: 'SCHEDULING',
            message: 'the daemon runs without real-time priority: a busy machine can make it late',
            fix: 'give it CAP_SYS_NICE, as the systemd unit of movip init does',
          } as const,
        ]),
  ]
}

async function preflight(create: () => Promise<Backend>, where: string): Promise<Finding[]> {
  try {
    const backend = await create()
    try {
      const findings = await backend.preflight(AbortSignal.timeout(preflightTimeoutMs))
      return findings.map((finding) => ({ ...finding, message: `${where}: ${finding.message}` }))
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

function contextFor(node: NodeConfig, spec: ClusterSpec, of: { readonly group: string; readonly endpoint: string }): BackendContext {
  return {
    ...of,
    cluster: spec.name,
    node: node.node,
    interfaces: node.interfaces,
    leaseMs: spec.timing.leaseMs,
    logger: silentLogger,
    clock: {
      now: () => performance.now(),
      at: (at, callback) => {
        const timer = setTimeout(callback, Math.max(0, at - performance.now()))
        return () => clearTimeout(timer)
      },
    },
    changed: () => {},
    fitness: () => {},
  }
}
