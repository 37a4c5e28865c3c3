import { setTimeout as sleep } from 'node:timers/promises'
import { BackendError } from '../backend.ts'
import type { Backend, BackendContext, Capabilities, Finding, Grant, Observation } from '../backend.ts'
import type { FenceDevice, GroupId, HoldingState, NodeId, Suspect } from '../model/index.ts'
import { judgeDevice } from './agent.ts'
import type { SecretFiles } from './agent.ts'
import type { Fencer } from './fencer.ts'

/** What is known of one who may still run the group. */
export interface Standing extends Suspect {
  /** Its newest beat is recent. */
  readonly isHeard: boolean
  /** What it says of the group under that epoch; null: nothing. */
  readonly state: HoldingState | null
}

/** What the cluster knows, as far as this node has applied the log, and what it is to be told. */
export interface FenceView {
  suspectsOf(group: GroupId): readonly Standing[]
  /** The same of one of them, and cheap. */
  isSuspect(group: GroupId, suspect: Suspect): boolean
  /** How long the group's service may take to stop. */
  stopMsOf(group: GroupId): number
  devicesOf(node: NodeId): readonly FenceDevice[]
  /** The others that may hold the group. */
  othersOf(group: GroupId): readonly NodeId[]
  readonly files: SecretFiles
}

/** Before the first part of any service. It has a time limit only where nothing of it counts: a fence takes as long as it takes. */
const capabilities: Capabilities = { exclusive: false, kernelFenced: false, settleMs: 0, service: { order: -1, startMs: 1000, stopMs: 0 } }
/** How often it is looked whether the last suspect is cleared. */
const pollMs = 100
/** Beside the time that its service may take to stop, one that is alive gets so long to say that it has. */
const wordMs = 5000

/**
 * The stage before a group's service: claimed once nobody else can run the group any more. Who is heard is given the time to let go by itself;
 * who is not, or cannot, is fenced, and only while this node has the lease of the group.
 */
export class FencePart implements Backend {
  readonly capabilities = capabilities
  private readonly view: FenceView
  private readonly fencer: Fencer
  private readonly context: BackendContext
  /** Devices in which nothing amiss was found: an agent takes its time to describe itself. */
  private readonly sound = new Set<string>()
  private isClaimed = false

  constructor(view: FenceView, fencer: Fencer, context: BackendContext) {
    this.view = view
    this.fencer = fencer
    this.context = context
  }

  /** Could this node fence all others that may hold the group? */
  async preflight(signal: AbortSignal): Promise<readonly Finding[]> {
    const found: Finding[] = []
    for (const node of this.view.othersOf(this.context.group)) {
      for (const device of this.view.devicesOf(node)) {
        const key = JSON.stringify([device, this.view.files])
        const findings = this.sound.has(key) ? [] : await judgeDevice(device, this.view.files, signal)
        // What there was no time for is looked at the next time.
        if (signal.aborted) return found
        if (findings.length === 0) this.sound.add(key)
        found.push(...findings.map((finding) => ({ ...finding, message: `to fence ${node}: ${finding.message}` })))
      }
    }
    return found
  }

  observe(): Promise<Observation> {
    return Promise.resolve({ state: this.isClaimed ? 'here' : 'nowhere' })
  }

  async claim(_: Grant, signal: AbortSignal): Promise<void> {
    const { clock, group } = this.context
    const since = clock.now()
    for (;;) {
      signal.throwIfAborted()
      const suspects = this.view.suspectsOf(group)
      const isPatient = clock.now() - since < this.view.stopMsOf(group) + wordMs
      const due = suspects.find(({ isHeard, state }) => !isHeard || state === 'stuck' || !isPatient)
      if (suspects.length === 0) break
      if (due === undefined) await this.wait(signal)
      else await this.fencer.fence(due.node, () => this.view.isSuspect(group, due), signal)
    }
    this.isClaimed = true
  }

  release(): Promise<void> {
    this.isClaimed = false
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  private async wait(signal: AbortSignal): Promise<void> {
    try {
      await sleep(pollMs, undefined, { signal })
    } catch (cause) {
      throw new BackendError('LAPSED', 'the lease ended', 'nothing: the next holder goes on', { cause })
    }
  }
}
