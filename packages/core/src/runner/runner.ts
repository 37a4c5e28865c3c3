import type { GroupId, HandedLease, Instant, NodeId } from '../model/index.ts'
import type { Endpoint } from './endpoint.ts'
import { adoptGroup, unrestOf } from './adoption.ts'
import {
  advance,
  createGroup,
  groupStatus,
  groupWake,
  onChanged,
  onDrop,
  onEndpoints,
  onExpect,
  onLapsed,
  onLease,
  onSettled,
} from './group.ts'
import type { Group, GroupContext } from './group.ts'
import { renew } from './renewal.ts'
import type { GroupStatus, Runner, RunnerEffect, RunnerInput } from './types.ts'

export interface RunnerOptions {
  readonly self: NodeId
  /** How often the world is asked while nothing seems to have changed. */
  readonly observeMs?: number
  /** What the life before has handed over, and when this one began. */
  readonly adopted?: { readonly leases: readonly HandedLease[]; readonly at: Instant }
}

const observeMsDefault = 5000

/** One machine per group; groups know nothing of each other. */
export function createRunner(options: RunnerOptions): Runner {
  return new GroupRunner(options)
}

class GroupRunner implements Runner {
  private readonly options: RunnerOptions
  private readonly groups = new Map<GroupId, Group>()
  private readonly calls = new Map<number, { readonly group: Group; readonly endpoint: Endpoint }>()
  private lastCall = 0
  private lastNow: Instant = -Infinity
  private wakeAt: Instant = Infinity
  /** When each group next needs a look, if nothing happens before. */
  private readonly wakes = new Map<Group, Instant>()

  constructor(options: RunnerOptions) {
    this.options = options
    const { leases, at } = options.adopted ?? { leases: [], at: -Infinity }
    for (const lease of leases) {
      const group = this.groupOf(lease.group)
      adoptGroup(group, lease, at)
      this.wakes.set(group, at)
    }
  }

  step(input: RunnerInput): readonly RunnerEffect[] {
    this.lastNow = Math.max(this.lastNow, input.now)
    const effects: RunnerEffect[] = []
    if (this.renews(input, effects)) return effects
    const context: GroupContext = {
      self: this.options.self,
      now: this.lastNow,
      observeMs: this.options.observeMs ?? observeMsDefault,
      nextCall: () => ++this.lastCall,
      emit: (effect) => {
        if (effect.type === 'call') this.remember(effect.call, effect.group, effect.endpoint)
        effects.push(effect)
      },
    }
    const touched = this.touchedBy(input, context)
    for (const group of touched) {
      advance(group, context)
      this.wakes.set(group, groupWake(group))
    }
    const isWake = input.type === 'wake'
    if (isWake) this.wakeAt = Infinity
    this.askForWake(effects, isWake ? this.wakes.keys() : touched)
    return effects
  }

  unrest(): string | null {
    for (const group of this.groups.values()) {
      const unrest = unrestOf(group)
      if (unrest !== null) return unrest
    }
    return null
  }

  status(): readonly GroupStatus[] {
    return [...this.groups.values()].map((group) => groupStatus(group, this.lastNow))
  }

  statusOf(id: GroupId): GroupStatus | null {
    const group = this.groups.get(id)
    return group === undefined ? null : groupStatus(group, this.lastNow)
  }

  private groupOf(id: GroupId): Group {
    const known = this.groups.get(id)
    if (known) return known
    const group = createGroup(id)
    this.groups.set(id, group)
    return group
  }

  private remember(call: number, groupId: GroupId, endpointId: string): void {
    const group = this.groupOf(groupId)
    const endpoint = group.endpoints.get(endpointId)
    if (endpoint) this.calls.set(call, { group, endpoint })
  }

  private renews(input: RunnerInput, effects: RunnerEffect[]): boolean {
    if (input.type !== 'lease') return false
    const { self } = this.options
    const emit = (effect: RunnerEffect): void => void effects.push(effect)
    return renew(this.groupOf(input.group), input.epoch, input.until, { self, now: this.lastNow, emit })
  }

  private touchedBy(input: RunnerInput, context: GroupContext): readonly Group[] {
    if (input.type === 'wake') return [...this.wakes].flatMap(([group, at]) => (at <= this.lastNow ? [group] : []))
    if (input.type === 'settled') {
      const running = this.calls.get(input.call)
      if (!running) return []
      this.calls.delete(input.call)
      onSettled(running.group, running.endpoint, input.result, context)
      return [running.group]
    }
    const group = this.groupOf(input.group)
    if (input.type === 'lease') onLease(group, input.epoch, input.until, context)
    else if (input.type === 'drop') onDrop(group, input.epoch, input.cause, context)
    else if (input.type === 'expect') onExpect(group, input.epoch, context)
    else if (input.type === 'endpoints') onEndpoints(group, input.endpoints)
    else if (input.type === 'changed') onChanged(group, input.endpoint, context)
    else onLapsed(group, input.endpoint, context)
    return [group]
  }

  /**
   * An early wake is harmless, so a wake that moved later is asked for only once the earlier one has come: renewals set no timers, and groups
   * that nothing has happened to need no look before that.
   */
  private askForWake(effects: RunnerEffect[], looked: Iterable<Group>): void {
    let at = Infinity
    for (const group of looked) at = Math.min(at, this.wakes.get(group) ?? Infinity)
    if (at >= this.wakeAt) return
    this.wakeAt = at
    effects.push({ type: 'wake', at })
  }
}
