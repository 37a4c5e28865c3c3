import type { Effect } from '../../engine/types.ts'
import type { Beat, Entry, Message, Write } from '../../model/index.ts'
import type { RunnerEffect } from '../../runner/types.ts'

/** A thing of the simulated world in one readable line. */
export function describe(thing: unknown): string {
  if (thing === null || thing === undefined) return ''
  if (typeof thing !== 'object') return String(thing as string | number)
  if ('from' in thing && 'type' in thing) return describeMessage(thing as Message)
  if ('write' in thing) return describeWrite((thing as { write: Write }).write)
  if ('id' in thing && typeof thing.id === 'number') return describeWrite(thing as Write)
  return compact(thing as Effect | RunnerEffect)
}

export function describeEntry(entry: Entry): string {
  const body = entry.body
  const place = `${entry.index}.${entry.term}`
  if (body.type === 'assign') return `${place} ${body.group}=>${body.node ?? 'nobody'} (${body.cause})`
  if (body.type === 'cluster')
    return `${place} cluster[${body.spec.nodes
      .filter((node) => node.voter)
      .map((node) => node.id)
      .join(' ')}]`
  if (body.type === 'bind') return `${place} bind ${body.node}:${body.dataId}/${body.generation}`
  if (body.type === 'maintenance') return `${place} ${compact(body.order)}`
  if (body.type === 'incidents') return `${place} ${body.incidents.map(({ state, endpoint }) => `${endpoint} ${state}`).join(', ')}`
  if (body.type === 'cleared') return `${place} cleared ${body.node} of ${body.epochs.join(' ')} (${body.how})`
  return `${place} noop`
}

function describeWrite(write: Write): string {
  const parts = [`#${write.id}`]
  if (write.hard !== undefined) parts.push(`term ${write.hard.term} vote ${write.hard.votedFor ?? '-'}`)
  if (write.snapshot !== undefined) parts.push(`snapshot ${write.snapshot.index}.${write.snapshot.term}`)
  if (write.cutFrom !== undefined) parts.push(`cut from ${write.cutFrom}`)
  if (write.entries !== undefined) parts.push(`entries [${write.entries.map(describeEntry).join(', ')}]`)
  if (write.compactTo !== undefined) parts.push(`compact to ${write.compactTo}`)
  return parts.join(' ')
}

function describeMessage(message: Message): string {
  switch (message.type) {
    case 'beat':
      return describeBeat(message)
    case 'vote-request':
      return `${message.pre ? 'pre-' : ''}vote-request ${message.from}->${message.to} term ${message.term} log ${message.lastIndex}.${message.lastTerm}${message.transfer ? ' transfer' : ''}`
    case 'vote-answer':
      return `${message.pre ? 'pre-' : ''}vote-answer ${message.from}->${message.to} term ${message.term} ${message.granted ? 'granted' : 'refused'}`
    case 'append':
      return `append ${message.from}->${message.to} term ${message.term} after ${message.prevIndex}.${message.prevTerm} [${message.entries.map(describeEntry).join(', ')}] commit ${message.commit}`
    case 'append-answer':
      return `append-answer ${message.from}->${message.to} term ${message.term} ${message.ok ? 'ok' : 'no'} ${message.index}`
    case 'install-snapshot':
      return `install-snapshot ${message.from}->${message.to} term ${message.term} at ${message.snapshot.index}.${message.snapshot.term}`
    case 'timeout-now':
      return `timeout-now ${message.from}->${message.to} term ${message.term}`
    case 'request':
      return `request ${message.from}->${message.to} ${message.id} ${compact(message.request)}`
    case 'reply':
      return `reply ${message.from}->${message.to} ${message.id} ${compact(message.reply)}`
  }
}

function describeBeat(beat: Beat): string {
  const parts = [
    `beat ${beat.from} t${beat.sentAt.toFixed(1)} term ${beat.term} coord ${beat.coordinator ?? '-'} commit ${beat.commit} matched ${beat.matched}`,
  ]
  if (beat.holds.length > 0) parts.push(`holds ${beat.holds.map((held) => `${held.group}@${held.epoch}:${held.state}`).join(',')}`)
  if (beat.released.length > 0) parts.push(`released ${beat.released.map((word) => `${word.group}@${word.epoch}`).join(',')}`)
  if (beat.echoes.length > 0) {
    parts.push(
      `echoes ${beat.echoes.map((echo) => `${echo.node}/${echo.incarnation.generation}:${echo.sentAt.toFixed(1)}${echo.denied.map((group) => `!${group}`).join('')}`).join(',')}`,
    )
  }
  if (beat.promises.length > 0)
    parts.push(`promises ${beat.promises.map((promise) => `${promise.group}@${promise.epoch}:${promise.node}`).join(',')}`)
  if (beat.asks.length > 0) parts.push(`asks ${beat.asks.map((ask) => `${ask.group}@${ask.epoch}`).join(',')}`)
  if (beat.report.leaving) parts.push('leaving')
  return parts.join(' ')
}

/** Fields of a small object as `key=value`, rounding what is a time. */
export function compact(thing: object): string {
  return Object.entries(thing)
    .filter(([key]) => key !== 'spec')
    .map(([key, value]) => {
      if (key === 'type') return String(value)
      if (typeof value === 'number') return `${key}=${Number.isInteger(value) ? value : value.toFixed(1)}`
      if (value === null || typeof value !== 'object') return `${key}=${String(value)}`
      return `${key}={${compact(value as object)}}`
    })
    .join(' ')
}
