import type { GroupId, Instant, NodeId } from '../model/index.ts'
import type { Endpoint } from './endpoint.ts'
import { advance, createGroup, groupStatus, groupWake, onChanged, onDrop, onEndpoints, onExpect, onLapsed, onLease, onSettled } from './group.ts'
import type { Group, GroupContext } from './group.ts'
import type { Runner, RunnerEffect, RunnerInput } from './types.ts'

export interface RunnerOptions {
  readonly self: NodeId
  /** How often the world is asked while nothing seems to have changed. */
  readonly observeMs?: number
}

const observeMsDefault = 2000

/** One machine per group; groups know nothing of each other. */
export function createRunner(options: RunnerOptions): Runner {
  const groups = new Map<GroupId, Group>()
  const calls = new Map<number, { readonly group: Group; readonly endpoint: Endpoint }>()
  let lastCall = 0
  let lastNow: Instant = -Infinity
  let wakeAt: Instant = Infinity

  const groupOf = (id: GroupId): Group => {
    const known = groups.get(id)
    if (known) return known
    const group = createGroup(id)
    groups.set(id, group)
    return group
  }

  const step = (input: RunnerInput): readonly RunnerEffect[] => {
    lastNow = Math.max(lastNow, input.now)
    const effects: RunnerEffect[] = []
    const context: GroupContext = {
      self: options.self,
      now: lastNow,
      observeMs: options.observeMs ?? observeMsDefault,
      nextCall: () => ++lastCall,
      emit: (effect) => {
        if (effect.type === 'call') remember(effect.call, effect.group, effect.endpoint)
        effects.push(effect)
      },
    }
    for (const group of touchedBy(input, context)) advance(group, context)
    askForWake(effects)
    return effects
  }

  const remember = (call: number, groupId: GroupId, endpointId: string): void => {
    const group = groupOf(groupId)
    const endpoint = group.endpoints.get(endpointId)
    if (endpoint) calls.set(call, { group, endpoint })
  }

  const touchedBy = (input: RunnerInput, context: GroupContext): Iterable<Group> => {
    if (input.type === 'wake') return groups.values()
    if (input.type === 'settled') {
      const running = calls.get(input.call)
      if (!running) return []
      calls.delete(input.call)
      onSettled(running.group, running.endpoint, input.result, context)
      return [running.group]
    }
    const group = groupOf(input.group)
    if (input.type === 'lease') onLease(group, input.epoch, input.until, context)
    else if (input.type === 'drop') onDrop(group, input.epoch, input.cause, context)
    else if (input.type === 'expect') onExpect(group, input.epoch, context)
    else if (input.type === 'endpoints') onEndpoints(group, input.endpoints)
    else if (input.type === 'changed') onChanged(group, input.endpoint, context)
    else onLapsed(group, input.endpoint, context)
    return [group]
  }

  /** An early wake is harmless, so a wake that moved later is asked for only once the earlier one has come: renewals set no timers. */
  const askForWake = (effects: RunnerEffect[]): void => {
    let at = Infinity
    for (const group of groups.values()) at = Math.min(at, groupWake(group))
    if (wakeAt <= lastNow) wakeAt = Infinity
    if (at >= wakeAt) return
    wakeAt = at
    effects.push({ type: 'wake', at })
  }

  return { step, status: () => [...groups.values()].map((group) => groupStatus(group, lastNow)) }
}
