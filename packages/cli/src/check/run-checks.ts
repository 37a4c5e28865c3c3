import type { Finding } from '@movip/core/backend'
import { ClientError, createClient } from '@movip/core/client'
import type { StatusAnswer } from '@movip/core/client'
import { configHash, ConfigError, judgeWatchdog, loadClusterSpec, loadNodeConfig, loadPlugins } from '@movip/core/config'
import type { NodeConfig } from '@movip/core/config'
import type { Picture } from '@movip/core/forecast'
import { checkBounds } from './bounds.ts'
import { checkEndpoints } from './endpoints.ts'
import { checkFence } from './fence.ts'
import { checkThroughDaemon } from './through-daemon.ts'
import { checkData, checkNats, checkRights, checkSecrets } from './machine.ts'
import { checkOwnAddress, checkPeers } from './network.ts'
import { checkNotifications } from './notifications.ts'
import { checkPrograms } from './programs.ts'
import { failureFindings } from './single-failures.ts'
import { surroundingsOf } from './surroundings.ts'
import { idealPicture } from '../forecast/ideal.ts'
import { singleFailures } from '../forecast/single-failures.ts'
import type { SingleFailure } from '../forecast/single-failures.ts'

/** What `movip check` found. `ok`: no error among the findings. */
export interface CheckResult {
  readonly schemaVersion: 1
  readonly ok: boolean
  /** What could be looked at; a broken configuration leaves the rest unknown. */
  readonly checked: readonly string[]
  readonly findings: readonly Finding[]
  /** What the cluster lives through; as it is now where its daemon runs here, else as it is configured. */
  readonly failures: readonly SingleFailure[]
}

export type ClusterSpec = Awaited<ReturnType<typeof loadClusterSpec>>
/** What runs on this node already: nothing, a daemon with its answer, or one that did not answer. */
export type Daemon = 'absent' | StatusAnswer | ClientError

interface Step {
  readonly name: string
  readonly findings: () => Promise<readonly Finding[]>
}

/** Looks at everything that can be looked at; one broken part hides only what depends on it. */
export async function runChecks(options: { readonly config: string; readonly socket?: string | undefined }): Promise<CheckResult> {
  const findings: Finding[] = []
  const checked: string[] = ['configuration']
  const node = await orFindings(loadNodeConfig(options.config), findings)
  const { daemon, inForce } = node === null ? noDaemon : await askDaemon(options.socket ?? node.api.socket)
  const file = node === null ? null : await orFindings(loadClusterSpec(node.bootstrap, node.node), findings)
  if (node !== null && file !== null && inForce !== null) findings.push(...differences(node.bootstrap, file, inForce))
  // What the daemons go by counts; the file is what this one began with, or what somebody is about to apply.
  const spec = inForce ?? file
  for (const step of steps(node, spec, daemon)) {
    checked.push(step.name)
    findings.push(...(await step.findings()))
  }
  const failures = node === null || spec === null ? [] : singleFailures(pictureOf(spec, daemon), await surroundingsOf(node, spec))
  if (failures.length > 0) checked.push('single failures')
  findings.push(...failureFindings(failures))
  return { schemaVersion: 1, ok: findings.every((finding) => finding.severity !== 'error'), checked, findings, failures }
}

function pictureOf(spec: ClusterSpec, daemon: Daemon): Picture {
  return daemon === 'absent' || daemon instanceof Error ? idealPicture(spec) : { spec, status: daemon.engine }
}

function steps(node: NodeConfig | null, spec: ClusterSpec | null, daemon: Daemon): Step[] {
  if (node === null) return []
  const running = daemon !== 'absent'
  const own: Step[] = [
    { name: 'secrets', findings: () => checkSecrets(node) },
    { name: 'data folder', findings: () => checkData(node, spec?.name ?? null, running) },
    { name: 'watchdog', findings: () => checkWatchdog(node) },
    { name: 'NATS', findings: () => checkNats(node, running) },
  ]
  if (spec === null) return own
  return [
    ...own,
    { name: 'rights', findings: () => checkRights(node.node, spec) },
    { name: 'bounds of services', findings: () => Promise.resolve(checkBounds(node.node, spec, daemon)) },
    { name: 'programs of checks', findings: () => checkPrograms(node.node, spec) },
    { name: 'notifications', findings: () => checkNotifications(node, spec) },
    { name: 'fences', findings: () => checkFence(node, spec) },
    { name: 'addresses', findings: () => checkOwnAddress(node, spec) },
    { name: 'other nodes', findings: () => checkPeers(node, spec, daemon) },
    {
      name: 'endpoints',
      findings: async () =>
        daemon === 'absent' ? checkEndpoints(node, spec, await loadPlugins(kindsOf(node.node, spec))) : checkThroughDaemon(daemon),
    },
  ]
}

function checkWatchdog({ watchdog }: NodeConfig): Promise<readonly Finding[]> {
  return watchdog === undefined ? Promise.resolve([]) : judgeWatchdog(watchdog.device, watchdog.timeoutMs)
}

/** What this node would claim with: a witness needs nothing of that. */
function kindsOf(node: string, spec: ClusterSpec): string[] {
  const mine = spec.groups.filter((group) => group.nodes.includes(node))
  return mine.flatMap((group) => group.endpoints.map((endpoint) => endpoint.backend))
}

interface Asked {
  readonly daemon: Daemon
  /** The configuration that it has applied; null: it did not say. */
  readonly inForce: ClusterSpec | null
}

const noDaemon: Asked = { daemon: 'absent', inForce: null }

async function askDaemon(socket: string): Promise<Asked> {
  try {
    const client = createClient({ socket, timeoutMs: 1000 })
    const [daemon, { cluster }] = await Promise.all([client.status(), client.cluster()])
    return { daemon, inForce: cluster }
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    return error.code === 'NO_DAEMON' ? noDaemon : { daemon: error, inForce: null }
  }
}

/** After a change by `movip apply` the file of the first start tells how it was before. */
function differences(file: string, wanted: ClusterSpec, inForce: ClusterSpec): readonly Finding[] {
  if (configHash(wanted) === configHash(inForce)) return []
  return [
    {
      severity: 'warning',
      code: 'CONFIG_DIFFERS',
      message: `${file} is not the configuration that is in force, which is what was checked here`,
      fix: `see what it would change with: movip plan ${file}; then apply it, or write there what is in force`,
    },
  ]
}

/** The value, or null after its problems have been noted as findings. */
async function orFindings<T>(loading: Promise<T>, findings: Finding[]): Promise<T | null> {
  try {
    return await loading
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const { file, line, column, path, message, fix } of error.problems) {
      findings.push({
        severity: 'error',
        code: 'CONFIG_INVALID',
        message: `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`,
        fix,
      })
    }
    return null
  }
}
