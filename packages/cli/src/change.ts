import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import type { ApplyAnswer, Client, PlanAnswer, Target } from '@movip/core/client'
import { CommandError, exitCodes } from './failure.ts'

/** What became of a change. */
export interface ChangeResult {
  readonly schemaVersion: 1
  /** The version in force. */
  readonly version: number
  readonly steps: readonly string[]
  /** Nodes that have applied it, and nodes that were not heard to have. */
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

export interface ChangeOptions {
  readonly target: Target
  /** The version that was planned against; absent: the present one. */
  readonly version: number | undefined
  /** Shows the plan and asks. */
  readonly agree: (plan: PlanAnswer['plan']) => Promise<void>
  /** Tells of each step, and of what it waits for. */
  readonly tell: (line: string) => void
}

type Plan = PlanAnswer['plan']

/** So long the cluster may say "not now" before that is an answer: a new member has to be heard first. */
const patienceMs = 30_000
const againMs = 500

/** Brings another configuration into force, step by step, and waits until this node, and who else is heard, has applied it. */
export async function change(client: Client, options: ChangeOptions): Promise<ChangeResult> {
  const { plan } = await client.plan(options.target)
  const from = options.version ?? plan.version
  if (from !== plan.version) throw outdated(plan.version, from)
  await options.agree(plan)
  refuseImpossible(plan)
  const steps: string[] = []
  let version = from
  for (let remaining = plan.steps.length; remaining > 0;) {
    const answer = await step(client, options, version)
    if (answer.step === null) break
    steps.push(answer.step)
    ;({ version, remaining } = answer)
    options.tell(`version ${version}: ${answer.step}${remaining > 0 ? `; ${remaining} to go` : ''}`)
    await untilInForce(client, version)
  }
  return { schemaVersion: 1, version, steps, ...(await whoHasIt(client)) }
}

/** The text of a cluster.yaml, for the daemon to check. */
export async function clusterFile(file: string): Promise<Target> {
  try {
    return { cluster: await readFile(file, 'utf8'), file }
  } catch (error) {
    const { code } = error as { code?: unknown }
    throw new CommandError(
      {
        exitCode: exitCodes.usage,
        code: 'CONFIG_UNREADABLE',
        message: code === 'ENOENT' ? `${file}: there is no such file` : `${file} cannot be read (${String(code)})`,
        fix: 'name the cluster.yaml that is wanted',
      },
      { cause: error },
    )
  }
}

/** The version of a configuration, as somebody typed it. */
export function versionFrom(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new CommandError({
    exitCode: exitCodes.usage,
    code: 'USAGE',
    message: `a version is a whole number, not ${text}`,
    fix: 'see the versions with: movip history',
  })
}

/** Who asks, for the history. */
export function whoAsks(): string {
  try {
    return process.env['SUDO_USER'] ?? userInfo().username
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`
  }
}

async function step(client: Client, { target, tell }: ChangeOptions, version: number): Promise<ApplyAnswer> {
  const giveUpAt = Date.now() + patienceMs
  let told = ''
  for (;;) {
    try {
      return await client.apply(target, version, whoAsks())
    } catch (error) {
      const { apiCode, message } = error as { apiCode?: unknown; message?: unknown }
      if ((apiCode !== 'not-now' && apiCode !== 'busy') || Date.now() > giveUpAt) throw error
      if (message !== told) tell(`waiting: ${String(message)}`)
      told = String(message)
      await sleep(againMs)
    }
  }
}

/** A quorum has it; this node applies it with its next beat. */
async function untilInForce(client: Client, version: number): Promise<void> {
  const giveUpAt = Date.now() + patienceMs
  while ((await client.status()).engine.configuration.version < version) {
    if (Date.now() > giveUpAt)
      throw new CommandError({
        exitCode: exitCodes.failed,
        code: 'NOT_APPLIED',
        message: `a quorum has version ${version}, but this node has not applied it`,
        fix: 'see how this node is with: movip status',
      })
    await sleep(againMs / 5)
  }
}

/** Who is heard has a moment to apply it. */
async function whoHasIt(client: Client): Promise<Pick<ChangeResult, 'applied' | 'pending'>> {
  const giveUpAt = Date.now() + patienceMs / 6
  for (;;) {
    const { configuration, nodes } = (await client.status()).engine
    const applied = nodes.filter(({ configHash }) => configHash === configuration.hash).map(({ id }) => id)
    const pending = nodes.filter(({ id }) => !applied.includes(id)).map(({ id }) => id)
    if (pending.length === 0 || Date.now() > giveUpAt) return { applied, pending }
    await sleep(againMs / 5)
  }
}

function refuseImpossible({ refused }: Plan): void {
  if (refused.length === 0) return
  throw new CommandError({
    exitCode: exitCodes.refused,
    code: 'not-now',
    message: refused.join('; '),
    fix: 'see who is heard with: movip status',
  })
}

function outdated(present: number, wanted: number): CommandError {
  return new CommandError({
    exitCode: exitCodes.refused,
    code: 'outdated',
    message: `the configuration is version ${present} by now, not ${wanted}`,
    fix: 'look at what it would do now with: movip plan',
  })
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
