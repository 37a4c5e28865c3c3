import { readFile } from 'node:fs/promises'
import type { SweepContext } from '@movip/core/backend'
import { ClientError } from '@movip/core/client'
import { backendsNamed, ownKindNames, resolvePlugins } from '@movip/core/config'
import { connect } from './daemon.ts'
import { CommandError, exitCodes } from './failure.ts'
import { readLocalConfig } from './local-config.ts'
import { silentLogger } from './silent-logger.ts'

/** What `movip release` did. */
export interface ReleaseResult {
  readonly schemaVersion: 1
  readonly daemon: 'released' | 'absent' | 'silent' | 'failed'
  /** What the daemon gave up. */
  readonly groups: readonly string[]
  /** What was found and taken down without the daemon. */
  readonly takenDown: readonly string[]
  readonly problems: readonly { readonly code: string; readonly message: string; readonly fix: string }[]
}

interface ReleaseOptions {
  readonly config: string
  readonly socket?: string | undefined
  readonly cluster?: string | undefined
}

/** Somebody who calls for this cannot wait for a daemon that hangs. */
const daemonPatienceMs = 1000

/** Gives up everything on this machine: the daemon first, then, whatever it said, the backends directly. */
export async function releaseEverything(options: ReleaseOptions): Promise<ReleaseResult> {
  const { cluster, kinds } = await whatToSweep(options)
  const problems: ReleaseResult['problems'][number][] = []
  const { daemon, groups } = await askDaemon(options, problems)
  const takenDown = await sweep(cluster, kinds, problems)
  return { schemaVersion: 1, daemon, groups, takenDown, problems }
}

async function whatToSweep(options: ReleaseOptions): Promise<{ readonly cluster: string; readonly kinds: readonly string[] }> {
  const { bootstrap } = await readLocalConfig(options.config).catch((error: unknown) => {
    // Who names both the cluster and the socket needs no configuration, not even a readable one.
    if (options.cluster === undefined || options.socket === undefined) throw error
    return { bootstrap: '' }
  })
  const text = await readFile(bootstrap, 'utf8').catch(() => '')
  const named = backendsNamed(text)
  const cluster = options.cluster ?? /^cluster:\s*["']?([a-z][a-z0-9-]*)/m.exec(text)?.[1]
  if (cluster === undefined) {
    throw new CommandError({
      exitCode: exitCodes.usage,
      code: 'CLUSTER_UNKNOWN',
      message: `the name of the cluster is not to be found in ${bootstrap}`,
      fix: 'name it: movip release --cluster <name>',
    })
  }
  // Where the configuration does not tell, everything that is installed is swept: this is an emergency.
  return { cluster, kinds: named.length > 0 ? named : ownKindNames }
}

async function askDaemon(
  options: ReleaseOptions,
  problems: ReleaseResult['problems'][number][],
): Promise<Pick<ReleaseResult, 'daemon' | 'groups'>> {
  try {
    const client = await connect(options, daemonPatienceMs)
    return { daemon: 'released', groups: (await client.release()).released }
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    if (error.code === 'NO_DAEMON') return { daemon: 'absent', groups: [] }
    if (error.code === 'NO_ANSWER') return { daemon: 'silent', groups: [] }
    problems.push({ code: error.apiCode ?? error.code, message: error.message, fix: error.fix })
    return { daemon: 'failed', groups: [] }
  }
}

async function sweep(cluster: string, kinds: readonly string[], problems: ReleaseResult['problems'][number][]): Promise<string[]> {
  const { plugins, failures } = await resolvePlugins(kinds)
  for (const failure of failures.values()) {
    if (kinds !== ownKindNames) problems.push({ code: failure.code, message: failure.message, fix: failure.fix })
  }
  const context: SweepContext = { cluster, logger: silentLogger, forGood: true }
  const takenDown: string[] = []
  for (const plugin of new Set([...plugins.values()].map((loaded) => loaded.plugin))) {
    try {
      takenDown.push(...((await plugin.sweep?.(context)) ?? []))
    } catch (error) {
      problems.push(problemOf(error))
    }
  }
  return takenDown
}

function problemOf(error: unknown): ReleaseResult['problems'][number] {
  const { code, fix } = error as { readonly code?: unknown; readonly fix?: unknown }
  return {
    code: typeof code === 'string' ? code : 'FAILED',
    message: error instanceof Error ? error.message : String(error),
    fix: typeof fix === 'string' ? fix : 'look at what is left with: ip address; remove it with: ip address del',
  }
}
