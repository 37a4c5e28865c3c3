import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Rejection } from '../api/refusal.ts'
import type { TakeOverAnswer, TakeOverOffer, UpgradeAnswer, UpgradeState } from '../api/types.ts'
import type { NodeConfig } from '../config/types.ts'
import type { EngineStatus } from '../engine/types.ts'
import type { ClusterSpec, Incarnation } from '../model/index.ts'
import type { Clock, Logger } from '../ports.ts'
import type { Driver } from '../runtime/driver.ts'
import { handOverTo } from './hand-over-to.ts'
import { handOverFormats } from './hand-over.ts'
import type { Invitation } from './invitation.ts'
import { launch } from './launch.ts'
import { whyNotTrusted } from './trusted.ts'

export interface UpgradeOptions {
  readonly node: Pick<NodeConfig, 'node' | 'data' | 'api'>
  readonly version: string
  /** The program that runs as this daemon, and with which arguments a daemon is started by it. */
  readonly program: { readonly file: string; readonly args: readonly string[] }
  /** This process only keeps the place of another, to which it hands over as soon as that has become the same program. */
  readonly keepsPlaceFor: Invitation | null
  readonly isRealTime: boolean
  readonly folder: Incarnation
  readonly driver: Pick<Driver, 'tell' | 'handOver'> & {
    engineStatus(): Pick<EngineStatus, 'role' | 'voters' | 'term' | 'lastIndex' | 'applied'>
  }
  readonly clock: Clock
  readonly logger: Logger
  /** The configuration that this node has applied last. */
  readonly present: () => ClusterSpec
  /** What beside the driver is still under way and would be lost with this life; null: nothing. */
  readonly unrest: () => string | null
  /** Tells people what they have not been told yet, within a bounded time. */
  readonly tellTheRest: () => Promise<void>
  /** How this life began. */
  readonly began: () => UpgradeState['began']
  /** Ends what the next life needs for itself: everything is written, nobody listens any more. */
  readonly close: () => Promise<void>
}

/** Has this daemon replaced by another program, which goes on in its process with what it holds. */
export interface Upgrade {
  /** Tries the other program; null: the one of this daemon, as it is on the disk now. Once it has answered, the rest follows by itself. */
  begin(file: string | null): Promise<UpgradeAnswer | Rejection>
  /** The other program has rehearsed, and asks for everything. */
  takeOver(offer: TakeOverOffer): Promise<TakeOverAnswer | Rejection>
  state(): UpgradeState
}

/** Of a lease so much may pass at most until the other program has the folder open; the rest is for its nats-server and its endpoints. */
const shareOfLease = 0.5
/** Far beyond what a rehearsal takes anywhere: then it hangs. */
const rehearsalMs = 60_000

/** One program that was asked to take over. */
interface Attempt {
  readonly word: string
  readonly offered: PromiseWithResolvers<TakeOverOffer>
  /** null: it may. */
  readonly decided: PromiseWithResolvers<Rejection | null>
}

export function createUpgrade(options: UpgradeOptions): Upgrade {
  const { logger, folder, version, keepsPlaceFor } = options
  let attempt: Attempt | null = keepsPlaceFor === null ? null : attemptWith(keepsPlaceFor.word)
  attempt?.decided.resolve(null)
  let refused: string | null = null

  const refuse = (rejection: Rejection): Rejection => {
    refused = rejection.message
    attempt?.decided.resolve(rejection)
    if (keepsPlaceFor === null) attempt = null
    logger.warn('upgrade-refused', { why: rejection.message })
    return rejection
  }

  return {
    async begin(file) {
      if (attempt !== null) return busy
      const current = (attempt = attemptWith(randomBytes(24).toString('hex')))
      refused = null
      const mistrust = file === null ? null : await whyNotTrusted(file)
      const offer = mistrust === null ? await rehearsed(options, file ?? options.program.file, current) : notTrusted(file ?? '', mistrust)
      if ('code' in offer) return refuse(offer)
      const rehearsalMs = Math.round(offer.openMs)
      logger.info('upgrade', { from: version, to: offer.version, rehearsalMs })
      current.decided.resolve(null)
      return { schemaVersion: 1, from: { version, generation: folder.generation }, to: { version: offer.version }, rehearsalMs }
    },
    async takeOver(offer) {
      if (attempt?.word !== offer.word) return notInvited
      attempt.offered.resolve(offer)
      const rejection = await attempt.decided.promise
      if (rejection !== null) return rejection
      const handOver = await handOverTo(options, offer)
      return typeof handOver === 'string' ? refuse(notNow(handOver)) : { schemaVersion: 1, handOver }
    },
    state: () => ({
      schemaVersion: 1,
      version,
      generation: folder.generation,
      isPassing: keepsPlaceFor !== null,
      refused,
      began: options.began(),
    }),
  }
}

function attemptWith(word: string): Attempt {
  return { word, offered: Promise.withResolvers(), decided: Promise.withResolvers() }
}

const busy: Rejection = { code: 'not-now', message: 'an upgrade is under way already', fix: 'see what becomes of it with: movip status' }
const notInvited: Rejection = {
  code: 'not-invited',
  message: 'this process was not asked to take over',
  fix: 'none: it was started for an upgrade that was given up',
}

function notTrusted(file: string, why: string): Rejection {
  const fix = 'name a program that belongs to root, in folders to which nobody else may write'
  return { code: 'not-trusted', message: `the daemon does not run ${file}: ${why}`, fix }
}

function notNow(why: string): Rejection {
  return { code: 'not-now', message: `the daemon was not replaced: ${why}`, fix: 'see movip status, and try again when all is at rest' }
}

/** What the other program offers after its rehearsal, or what is in the way. */
async function rehearsed(options: UpgradeOptions, file: string, { word, offered }: Attempt): Promise<TakeOverOffer | Rejection> {
  const { node, program, driver, isRealTime } = options
  const written = (): string => {
    const { term, lastIndex, applied } = driver.engineStatus()
    return [term, lastIndex, applied].join()
  }
  try {
    const launched = await launch({ node, command: [process.execPath, file, ...program.args], isRealTime, written, word })
    const tooLong = sleep(rehearsalMs, `it was not ready after ${rehearsalMs / 1000} s`, { ref: false })
    const offer = await Promise.race([offered.promise, launched.ended, tooLong])
    await launched.clear()
    return typeof offer === 'string' ? failed(offer) : (objection(options, offer) ?? offer)
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error))
  }
}

function failed(why: string): Rejection {
  return {
    code: 'rehearsal-failed',
    message: `the new program could not serve here: ${why}`,
    fix: 'this daemon goes on; mend that, and try again',
  }
}

function objection({ node, present }: UpgradeOptions, offer: TakeOverOffer): Rejection | null {
  const fix = `move its groups away, restart it, and take it into service again: movip drain ${node.node}; systemctl restart movip; movip resume ${node.node}`
  if (!offer.formats.some((format) => handOverFormats.includes(format)))
    return { code: 'rehearsal-failed', message: `version ${offer.version} does not understand what this version hands over`, fix }
  const { leaseMs } = present().timing
  const limitMs = leaseMs * shareOfLease
  if (offer.openMs <= limitMs) return null
  const needs = `the new program needs ${Math.round(offer.openMs)} ms to open the data folder`
  return { code: 'too-slow', message: `${needs}; with a lease of ${leaseMs} ms it may take ${Math.round(limitMs)} ms`, fix }
}
