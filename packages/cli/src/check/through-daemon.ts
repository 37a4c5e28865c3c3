import type { CheckStatus, StatusAnswer } from '@movip/core/client'
import type { Finding } from '@movip/core/backend'
import { planeWarnings } from '../views/planes.ts'
import type { Daemon } from './run-checks.ts'

type Group = StatusAnswer['engine']['groups'][number]
type Endpoint = StatusAnswer['runner'][number]['endpoints'][number]

/** A daemon that has just started has not had the time to claim or to hear from everybody. */
const settledMs = 10_000
/** `lastError` begins with the call and the code of the backend's error. */
const conflict = /\bCONFLICT\b/

/**
 * What a running daemon says of its endpoints. Making them a second time beside it could take away what it holds, so here
 * its word must do.
 */
export function checkThroughDaemon(daemon: Exclude<Daemon, 'absent'>): Finding[] {
  if (daemon instanceof Error) {
    return [
      error(`DAEMON_${daemon.code}`, `a daemon runs on this node, but ${daemon.message}: the endpoints could not be looked at`, daemon.fix),
    ]
  }
  const { engine, runner, scheduling } = daemon
  const endpoints = runner.flatMap(({ group, endpoints: own }) => own.flatMap((endpoint) => endpointFindings(group, endpoint)))
  const settled = daemon.uptimeMs >= settledMs
  const checks = Object.entries(daemon.checks ?? {}).flatMap(([group, own]) => own.flatMap((check) => checkFindings(group, check)))
  return [
    ...endpoints,
    ...checks,
    ...(settled ? planeFindings(daemon.transport) : []),
    ...engine.groups.flatMap((group) => lastChoiceFindings(group, engine)),
    ...(settled ? engine.groups.flatMap((group) => groupFindings(group, engine)) : []),
    ...(engine.quorum
      ? []
      : [error('NO_QUORUM', 'this node sees no quorum: nothing can be moved to it', 'see which voters are missing with: movip status')]),
    ...(engine.storageFailing === null
      ? []
      : [
          error(
            'DATA_FAILING',
            `the disk does not take writes: ${engine.storageFailing}`,
            'make room on the disk of the data folder, or replace it',
          ),
        ]),
    ...(scheduling === 'rr'
      ? []
      : [
          warning(
            'SCHEDULING',
            'the daemon runs without real-time priority: a busy machine can make it late',
            'give it CAP_SYS_NICE, as the systemd unit of movip init does',
          ),
        ]),
  ]
}

/** Planes that are lost while others serve: the next loss would be noticed by everybody. */
function planeFindings(transport: StatusAnswer['transport']): Finding[] {
  const fix = 'find what is cut on that network, or the server that does not run; movip uses it again by itself'
  return planeWarnings(transport).map((text) => warning('PLANE_LOST', text, fix))
}

function endpointFindings(group: string, { describe, unfit, lastError, state }: Endpoint): Finding[] {
  const findings: Finding[] = []
  if (unfit !== null)
    findings.push(error('ENDPOINT_UNFIT', `${group}: ${describe}: ${unfit}`, 'put right what it names; the daemon notices by itself'))
  if (lastError !== null && state !== 'claimed' && conflict.test(lastError)) {
    findings.push(
      error(
        'ENDPOINT_CONFLICT',
        `${group}: ${describe} answers from another machine: ${lastError}`,
        `find the machine that it names and take ${describe} from it; movip tries again by itself`,
      ),
    )
  } else if (lastError !== null) {
    findings.push(warning('ENDPOINT_FAILED', `${group}: ${describe}: ${lastError}`, 'look for the cause in: journalctl -u movip'))
  }
  return findings
}

function checkFindings(group: string, { id, state, reason }: CheckStatus): Finding[] {
  if (state !== 'failing') return []
  return [
    error(
      'CHECK_FAILING',
      `${group}: check ${id} fails: ${reason ?? 'no reason given'}`,
      'put right what it names; the daemon notices by itself',
    ),
  ]
}

/** This node is fit, and yet nobody would choose it: a hook's program that is missing, or a check that failed lately. */
function lastChoiceFindings({ id, candidates }: Group, { node }: StatusAnswer['engine']): Finding[] {
  const { level, reasons = [] } = candidates.find((candidate) => candidate.node === node)?.fitness ?? {}
  if (level !== 'fit' || reasons.length === 0) return []
  return [
    warning(
      'CHOSEN_LAST',
      `${id}: this node is chosen last: ${reasons.join('; ')}`,
      'put right what it names; the daemon notices by itself',
    ),
  ]
}

function groupFindings({ id, holder, state }: Group, { node }: StatusAnswer['engine']): Finding[] {
  if (holder === null) return [warning('GROUP_UNSERVED', `${id}: nobody holds it`, 'see why with: movip status')]
  if (state === 'active') return []
  const where = `${id}: it is assigned to ${holder}${holder === node ? ', this node' : ''}, which does not serve it (${state ?? 'it has said nothing'})`
  return holder === node
    ? [error('GROUP_NOT_ACTIVE', where, 'see what its endpoints say with: movip status')]
    : [warning('GROUP_NOT_ACTIVE', where, `look for the cause on ${holder} with: movip check`)]
}

function error(code: string, message: string, fix: string): Finding {
  return { severity: 'error', code, message, fix }
}

function warning(code: string, message: string, fix: string): Finding {
  return { severity: 'warning', code, message, fix }
}
