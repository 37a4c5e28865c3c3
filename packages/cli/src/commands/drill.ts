import { Args, Flags } from '@oclif/core'
import { ISOLATE_MS_MAX, outlookOf } from '@movip/core/drill'
import type { DrillFault, DrillOutlook } from '@movip/core/drill'
import type { Picture } from '@movip/core/forecast'
import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { addressOf, parseTarget } from '../drill/target.ts'
import { performDrill } from '../drill/perform.ts'
import type { DrillPlan } from '../drill/perform.ts'
import { CommandError, exitCodeFor, exitCodes } from '../failure.ts'
import { readPicture, unknownName } from '../picture.ts'
import { drillView } from '../views/drill.ts'
import type { DrillResult } from '../views/drill.ts'

const questions: Readonly<Record<DrillFault, string>> = {
  switchover: 'Move',
  kill: 'Kill the daemon that holds',
  isolate: 'Cut off the daemon that holds',
}

/** A failover on purpose. */
export default class Drill extends BaseCommand {
  static override summary = 'measure a real failover of a group, and put everything back'
  static override description =
    'switchover moves the group and moves it back; kill has the daemon of its holder die at once (its supervisor starts it again); isolate has that daemon neither send nor hear anything for a while. All groups of that node move. Refused with 5 unless the cluster is at rest and bears it. Run it at a node that is neither the holder nor the next one, such as a witness: it measures what clients see from where it runs. Ctrl-C, SIGTERM or the end of its terminal break it off and put everything back, too.'
  static override examples = [
    '<%= config.bin %> drill web --fault switchover',
    '<%= config.bin %> drill web --fault kill --probe 10.0.0.50:80 --yes',
    '<%= config.bin %> drill web --fault isolate --for 10s --json --yes',
  ]
  static override args = { group: Args.string({ description: 'group whose holder suffers the fault', required: true }) }
  static override flags = {
    fault: Flags.option({ options: ['switchover', 'kill', 'isolate'] as const, required: true, summary: 'what happens to the holder' })(),
    for: Flags.string({ summary: 'how long an isolation lasts; ten leases unless told, 60s at most', helpValue: 'time' }),
    probe: Flags.string({
      summary: 'address and TCP port to knock at; the first ARP address of the group, port 9, unless told',
      helpValue: 'host:port',
    }),
    'no-restart': Flags.boolean({
      default: false,
      summary: 'kill also where no supervisor starts the daemon again: you do, while the drill waits',
    }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask' }),
    socket: socketFlag,
  }

  async run(): Promise<DrillResult> {
    const { args, flags } = await this.parse(Drill)
    const { group } = args
    const { fault } = flags
    if (!flags.yes && !(process.stdin.isTTY && process.stderr.isTTY))
      throw usage('a drill asks first, and there is no terminal', 'add --yes')
    const target = flags.probe === undefined ? undefined : parseTarget(flags.probe)
    const askedMs = flags.for === undefined ? null : forMsOf(flags.for)
    const client = await connect(flags)
    const { picture } = await readPicture(client)
    const outlook = bearable(picture, group, fault)
    const { leaseMs } = picture.spec.timing
    const plan: DrillPlan = {
      group,
      fault,
      holder: outlook.holder,
      to: outlook.to,
      epoch: picture.status.groups.find(({ id }) => id === group)?.epoch ?? 0,
      generation: picture.status.nodes.find(({ id }) => id === outlook.holder)?.generation ?? 0,
      held: outlook.moves.map((move) => move.group),
      forMs: askedMs ?? Math.min(Math.max(10 * leaseMs, 5000), ISOLATE_MS_MAX),
      unsupervised: flags['no-restart'],
      target: target ?? addressOf(picture.spec, group),
      whyNoTarget: 'the group has no address that is known here: name one with --probe',
    }
    const moves = outlook.moves.map((move) => `${move.group} to ${move.to}`).join(', ')
    await this.confirm(`${questions[fault]} ${group} (${plan.holder})? These go, and come back: ${moves}`, flags.yes)
    const abort = new AbortController()
    const onBreak = (): void => {
      this.logToStderr('movip: broken off; everything is put back where it was, wait for that')
      abort.abort()
    }
    survivePartings()
    for (const signal of breaks) process.on(signal, onBreak)
    try {
      const outcome = await performDrill(client, picture, plan, (line) => this.log(line), abort.signal)
      const result: DrillResult = { schemaVersion: 1, group, fault, from: plan.holder, ...outcome }
      for (const line of drillView(result)) this.log(line)
      return result
    } finally {
      for (const signal of breaks) process.off(signal, onBreak)
    }
  }
}

/** Ctrl-C, a terminal that is gone, and whoever else ends this process. */
const breaks = ['SIGINT', 'SIGHUP', 'SIGTERM'] as const

/** Where nobody reads any more, the groups that were moved are brought back all the same. */
function survivePartings(): void {
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error').on('error', () => undefined)
}

function bearable(picture: Picture, group: string, fault: DrillFault): Extract<DrillOutlook, { refusal: null }> {
  const outlook = outlookOf(picture, group, fault)
  if (outlook.refusal === null) return outlook
  const { code, message } = outlook.refusal
  if (code === 'unknown-group') {
    const groups = picture.spec.groups.map(({ id }) => id)
    throw unknownName('group', group, groups)
  }
  throw new CommandError({ exitCode: exitCodeFor(code), code, message, fix: `see the whole of it with: movip explain ${group}` })
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }

function forMsOf(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? []
  const ms = Number(digits) * (unitMs[unit] ?? 0)
  if (ms >= 1000 && ms <= ISOLATE_MS_MAX) return ms
  throw usage(`--for ${text} is no time from 1s to ${ISOLATE_MS_MAX / 1000}s`, 'write for example --for 10s')
}

function usage(message: string, fix: string): CommandError {
  return new CommandError({ exitCode: exitCodes.usage, code: 'USAGE', message, fix })
}
