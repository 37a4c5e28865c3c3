import { setTimeout as sleep } from 'node:timers/promises'
import { BackendError } from '../backend.ts'
import type { ClusterReply, Epoch, FenceDevice, NodeId } from '../model/index.ts'
import type { Logger } from '../ports.ts'
import type { SecretFiles } from './agent.ts'
import { fenceNode } from './fence-node.ts'

export interface FencerOptions {
  readonly self: NodeId
  readonly files: SecretFiles
  readonly logger: Logger
  readonly devicesOf: (node: NodeId) => readonly FenceDevice[]
  /** Of all groups. */
  readonly epochsOf: (node: NodeId) => readonly Epoch[]
  /** Brings into the log that the node runs nothing any more of what it had under these epochs. */
  readonly clear: (node: NodeId, epochs: readonly Epoch[], how: string) => Promise<ClusterReply>
}

/** Switches nodes off for all groups of this node: one call at a time for each, and after a failure not at once again. */
export interface Fencer {
  /** Resolves when the node is off, and that is known, or when `isNeeded` says that it need not be. Throws `BackendError`. */
  fence(node: NodeId, isNeeded: () => boolean, signal: AbortSignal): Promise<void>
}

const pauseMinMs = 1000
const pauseMaxMs = 60_000
const pollMs = 100
/** What is in the log reaches this node within that. */
const applyMs = 5000

interface Attempts {
  isRunning: boolean
  failures: number
  notBefore: number
}

export function createFencer(options: FencerOptions): Fencer {
  const attempts = new Map<NodeId, Attempts>()
  const attemptsOn = (node: NodeId): Attempts => {
    const known = attempts.get(node) ?? { isRunning: false, failures: 0, notBefore: -Infinity }
    attempts.set(node, known)
    return known
  }
  return {
    async fence(node, isNeeded, signal) {
      const own = attemptsOn(node)
      while (own.isRunning || performance.now() < own.notBefore) {
        if (!isNeeded()) return
        await sleep(pollMs, undefined, { signal })
      }
      if (!isNeeded()) return
      own.isRunning = true
      try {
        await fenceOnce(options, node, signal)
        own.failures = 0
        await until(() => !isNeeded(), signal)
      } catch (error) {
        if (!signal.aborted) own.notBefore = performance.now() + Math.min(pauseMinMs * 2 ** own.failures++, pauseMaxMs)
        throw error
      } finally {
        own.isRunning = false
      }
    },
  }
}

/** Only what the node is suspected of before it is switched off is cleared by that: it may be given something new as soon as it is back. */
async function fenceOnce(
  { self, files, logger, devicesOf, epochsOf, clear }: FencerOptions,
  node: NodeId,
  signal: AbortSignal,
): Promise<void> {
  const epochs = epochsOf(node)
  logger.warn('fencing', { suspect: node, epochs })
  const by = await fenceNode({ node, devices: devicesOf(node), files }, signal)
  const reply = await clear(node, epochs, `${self} has fenced it (${by})`)
  if (reply.ok) return
  throw new BackendError(
    'FAILED',
    `${node} is off, but the cluster could not be told: ${reply.message}`,
    'movip goes on trying; see movip status',
  )
}

async function until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(applyMs)])
  while (!isSo() && !limit.aborted) await sleep(pollMs, undefined, { signal: limit }).catch(() => undefined)
}
