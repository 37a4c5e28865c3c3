import { access } from 'node:fs/promises'
import { BackendError } from '../backend.ts'
import type { Finding } from '../backend.ts'
import { runProgram } from '../programs/run.ts'
import type { Outcome } from '../programs/run.ts'
import { findProgram } from '../programs/runnable.ts'
import { lookMs } from './control.ts'
import type { Control, Env, Standing } from './control.ts'
import { agentFile, ocfRoot } from './ocf-agent.ts'
import { parseMetadata } from './ocf-metadata.ts'
import type { Metadata } from './ocf-metadata.ts'
import { parameterFaults } from './ocf-parameters.ts'

export interface OcfOptions {
  /** `provider:type`, for example `heartbeat:Dummy`. */
  readonly agent: string
  readonly parameters: Readonly<Record<string, string>>
  /** It is promoted where the group is, and runs unpromoted until then (an agent with the action `promote`). */
  readonly promote: boolean
}

/** How long the group's configuration lets it take. */
export interface OcfTimes {
  readonly startMs: number
  readonly stopMs: number
}

/** With these an agent says that it cannot work as it is told, or here: wrong parameters, not installed, not configured. */
const refusals: readonly (number | null)[] = [2, 5, 6]

function isRefusal({ code }: Outcome): boolean {
  return refusals.includes(code)
}

/** Exit codes of the OCF resource agent API 1.1. */
const codes = { ok: 0, notRunning: 7, promoted: 8, failedPromoted: 9 } as const
const codeWords: Readonly<Record<number, string>> = {
  1: 'it failed',
  2: 'its parameters are wrong',
  3: 'it does not know this action',
  4: 'it lacks permission',
  5: 'something that it needs is not installed',
  6: 'it is not configured',
  7: 'it does not run',
  9: 'it failed while promoted',
}

/** An OCF resource agent of the machine, run unmodified. */
export function ocfControl(instance: string, options: OcfOptions, times: OcfTimes, env: Env): Control {
  const { agent, promote } = options
  const call = (action: string, signal: AbortSignal): Promise<Outcome> =>
    runProgram({
      argv: [agentFile(agent), action],
      signal,
      env: { ...env, ...environmentOf(instance, options), OCF_RESKEY_CRM_meta_timeout: String(timeoutMs(action, times)) },
      ...(action === 'start' ? { life: 'leaves' as const } : {}),
    })
  const must = async (action: string, signal: AbortSignal): Promise<void> => {
    const outcome = await call(action, signal)
    if (outcome.code !== codes.ok)
      throw new BackendError(
        action === 'start' && isRefusal(outcome) ? 'INVALID' : 'FAILED',
        `${agent} ${action}: ${explain(outcome)}`,
        `see what it logged; by hand: ${agentFile(agent)} ${action}`,
      )
  }
  const monitor = async (signal: AbortSignal): Promise<Standing> => standingOf(await call('monitor', signal), options)
  return {
    isInstalled: () => isThere(agentFile(agent)),
    async preflight(signal) {
      const missing = (await isThere(agentFile(agent))) ? await findProgram(agentFile(agent)) : [missingAgent(agent)]
      if (missing.length > 0) return missing
      const described = await call('meta-data', signal)
      const metadata = parseMetadata(described.stdout)
      if (metadata === null) return [undescribed(agent, described)]
      return [...(await judgeParameters(options, metadata, () => call('validate-all', signal))), ...judgeTimes(options, metadata, times)]
    },
    standing: monitor,
    async start(signal) {
      if (!promote) return must('start', signal)
      if ((await call('monitor', signal)).code === codes.notRunning) await must('start', signal)
      return must('promote', signal)
    },
    async stop(signal) {
      // One that cannot be demoted is stopped all the same: that must be possible from any state.
      if (promote && isPromoted(await call('monitor', signal))) await call('demote', signal)
      await must('stop', signal)
    },
    ...(promote
      ? {
          // One that hangs while it is looked at, or demoted, has not been asked to stop so far.
          kill: (signal: AbortSignal) => must('stop', signal),
          async standby(signal: AbortSignal): Promise<void> {
            if ((await call('monitor', signal)).code === codes.notRunning) await must('start', signal)
          },
        }
      : {}),
  }
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

function isPromoted({ code }: Outcome): boolean {
  return code === codes.promoted || code === codes.failedPromoted
}

/** An agent waits for what it starts and stops as long as it is told that it may. */
function timeoutMs(action: string, { startMs, stopMs }: OcfTimes): number {
  if (action === 'start' || action === 'promote') return startMs
  return action === 'stop' || action === 'demote' ? stopMs : lookMs
}

function environmentOf(instance: string, { agent, parameters }: OcfOptions): Record<string, string> {
  const [provider = '', type = ''] = agent.split(':')
  return {
    OCF_ROOT: ocfRoot,
    OCF_RA_VERSION_MAJOR: '1',
    OCF_RA_VERSION_MINOR: '1',
    OCF_RESOURCE_INSTANCE: instance,
    OCF_RESOURCE_PROVIDER: provider,
    OCF_RESOURCE_TYPE: type,
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`OCF_RESKEY_${name}`, value])),
  }
}

function standingOf(outcome: Outcome, { agent, promote }: OcfOptions): Standing {
  const why = `${agent}: ${explain(outcome)}`
  switch (outcome.code) {
    case codes.ok:
      return promote ? { state: 'standby', why: `${agent} runs unpromoted` } : { state: 'running' }
    case codes.promoted:
      return promote ? { state: 'running' } : { state: 'failed', why: `${agent} is promoted, which it should not be` }
    case codes.notRunning:
      return { state: 'stopped', why }
    case null:
      return { state: 'unknown', why }
    default:
      return { state: 'failed', why, ...(isRefusal(outcome) ? { isRefusal: true } : {}) }
  }
}

function explain({ code, words }: Outcome): string {
  const known = code === null ? undefined : codeWords[code]
  return known === undefined ? words : `${known} (exit code ${code}${words.startsWith('exit code') ? '' : `: ${words}`})`
}

function missingAgent(agent: string): Finding {
  return {
    severity: 'error',
    code: 'OCF_AGENT_MISSING',
    message: `there is no agent ${agent} (${agentFile(agent)})`,
    fix: 'install it (the package resource-agents has most), or correct its name: provider:type',
  }
}

function undescribed(agent: string, described: Outcome): Finding {
  const message = `${agent} does not describe itself: ${explain(described)}`
  return { severity: 'error', code: 'OCF_METADATA', message, fix: `run it by hand: ${agentFile(agent)} meta-data` }
}

/** Who wrote the agent knows best how long its actions may need. */
function judgeTimes({ agent, promote }: OcfOptions, { advisedMs }: Metadata, { startMs, stopMs }: OcfTimes): readonly Finding[] {
  const steps = [
    { key: 'startTimeout', givenMs: startMs, actions: ['start', ...(promote ? ['promote'] : [])] },
    { key: 'stopTimeout', givenMs: stopMs, actions: ['stop', ...(promote ? ['demote'] : [])] },
  ]
  return steps.flatMap(({ key, givenMs, actions }): readonly Finding[] => {
    const neededMs = Math.max(...actions.map((action) => advisedMs.get(action) ?? 0))
    if (neededMs <= givenMs) return []
    const message = `${agent} may need ${neededMs / 1000} s to ${actions.join(' or ')}, and gets ${givenMs / 1000} s`
    return [
      {
        severity: 'warning',
        code: 'OCF_TIMEOUT',
        message,
        fix: `write ${key}: ${Math.ceil(neededMs / 1000)}s, or be sure that it is faster`,
      },
    ]
  })
}

async function judgeParameters(
  { agent, parameters }: OcfOptions,
  metadata: Metadata,
  validate: () => Promise<Outcome>,
): Promise<readonly Finding[]> {
  const findings = parameterFaults({ agent, parameters }, metadata).map(({ message, fix }): Finding => ({
    severity: 'error',
    code: 'OCF_PARAMETER',
    message,
    fix,
  }))
  if (findings.length > 0 || !metadata.actions.includes('validate-all')) return findings
  const outcome = await validate()
  if (outcome.code === codes.ok) return []
  return [
    { severity: 'error', code: 'OCF_PARAMETER', message: `${agent} refuses its parameters: ${explain(outcome)}`, fix: 'correct them' },
  ]
}
