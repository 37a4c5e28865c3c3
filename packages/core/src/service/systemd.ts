import { BackendError } from '../backend.ts'
import type { Finding } from '../backend.ts'
import { runProgram } from '../programs/run.ts'
import { canRun, findProgram } from '../programs/runnable.ts'
import { propertiesOf, systemctl } from '../programs/systemctl.ts'
import type { Control, Standing } from './control.ts'

/** A unit of the machine's systemd, which is asked over D-Bus through its own client. */
export function systemdControl({ unit }: { readonly unit: string }): Control {
  const call = async (argv: readonly string[], signal: AbortSignal): Promise<void> => {
    const outcome = await runProgram({ argv: [systemctl, ...argv, '--', unit], signal })
    if (outcome.code !== 0)
      throw new BackendError('FAILED', `systemctl ${argv[0]} ${unit}: ${outcome.words}`, `see why with: journalctl -u ${unit} -n 50`)
  }
  const show = (signal: AbortSignal): Promise<ReadonlyMap<string, string>> => propertiesOf(unit, signal)
  return {
    isInstalled: () => canRun(systemctl),
    async preflight(signal) {
      const missing = await findProgram(systemctl)
      return missing.length > 0 ? missing : findingsOf(unit, await show(signal))
    },
    // A unit that failed too often is not started again before that is forgotten.
    async start(signal) {
      await call(['reset-failed'], signal).catch(() => undefined)
      await call(['start', '--no-block'], signal)
    },
    stop: (signal) => call(['stop', '--no-block'], signal),
    kill: (signal) => call(['kill', '--signal=SIGKILL'], signal),
    standing: async (signal) => standingOf(unit, await show(signal)),
  }
}

/** How a unit stands, from what `systemctl show` tells of it. */
export function standingOf(unit: string, properties: ReadonlyMap<string, string>): Standing {
  const active = properties.get('ActiveState')
  const why = `${unit} is ${active ?? 'unknown'} (${properties.get('SubState') ?? '-'}, ${properties.get('Result') ?? '-'})`
  switch (active) {
    case 'active':
    case 'reloading':
    case 'refreshing':
      return { state: 'running' }
    case 'inactive':
    case 'failed':
      return isSomethingLeft(properties)
        ? { state: 'failed', why: `${why}, and not all its processes have ended` }
        : { state: 'stopped', why, ...(hasFailed(properties) ? { isOver: true } : {}) }
    case 'activating':
      // It has ended, and systemd has yet to start it once more.
      if (properties.get('SubState')?.startsWith('auto-restart') === true) return { state: 'failed', why }
      return { state: 'unknown', why, isPassing: true }
    case 'deactivating':
    case 'maintenance':
      return { state: 'unknown', why, isPassing: true }
    default:
      return { state: 'unknown', why: `systemd does not answer: ${properties.get('trouble') ?? why}` }
  }
}

/** The failures of before are forgotten at each start. Between a failure and a restart by systemd itself some versions say the same. */
function hasFailed(properties: ReadonlyMap<string, string>): boolean {
  return properties.get('ActiveState') === 'failed' && !/restart/.test(properties.get('SubState') ?? '')
}

/**
 * A unit that could not be ended counts as failed too. With processes that are left it keeps its control group, whose tasks may not be
 * counted. What the unit is told to leave behind is its own affair.
 */
function isSomethingLeft(properties: ReadonlyMap<string, string>): boolean {
  if (/^(?:process|none)$/.test(properties.get('KillMode') ?? '')) return false
  const tasks = Number(properties.get('TasksCurrent') ?? Number.NaN)
  return Number.isSafeInteger(tasks) ? tasks > 0 : (properties.get('ControlGroup') ?? '') !== ''
}

/** A unit that will not take so long to be told of is not waited for. */
const tellMs = 5000

/** What keeps systemd from starting the unit here; null: nothing, or nobody can be asked, which is told by whoever looks at the machine. */
export async function unitFault(unit: string): Promise<Finding | null> {
  const properties = await propertiesOf(unit, AbortSignal.timeout(tellMs)).catch(() => null)
  return properties === null || properties.has('trouble') ? null : (findingsOf(unit, properties)[0] ?? null)
}

function findingsOf(unit: string, properties: ReadonlyMap<string, string>): readonly Finding[] {
  const trouble = properties.get('trouble')
  if (trouble !== undefined)
    return [
      { severity: 'error', code: 'SERVICE_SYSTEMD', message: `systemd does not answer: ${trouble}`, fix: 'run movip where systemd is' },
    ]
  const load = properties.get('LoadState')
  if (load === 'loaded') return []
  const fix = load === 'masked' ? `systemctl unmask ${unit}` : `install what brings ${unit}, or correct its name`
  return [{ severity: 'error', code: 'SERVICE_UNIT', message: `the unit ${unit} is ${load ?? 'unknown'}`, fix }]
}
