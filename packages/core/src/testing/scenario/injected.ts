import { applyEntry } from '../../engine/apply.ts'
import type { Entry, Index, Message, NodeId, Snapshot } from '../../model/index.ts'
import type { SimCluster } from '../sim/cluster.ts'
import type { SimMachine } from '../sim/machine.ts'

/** A message that nobody sent, as `field=value` pairs: a copy of one that was, or words that only a broken or hostile node would say. */
export function messageOf(to: NodeId, type: string, pairs: readonly string[], cluster: SimCluster): Message {
  const given = new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
  const text = (key: string): string => {
    const value = given.get(key)
    if (value === undefined) throw new Error(`${type} needs ${key}=`)
    return value
  }
  const number = (key: string): number => Number(text(key))
  const flag = (key: string): boolean => text(key) === 'true'
  const sender = cluster.machine(text('from'))
  const incarnation = { dataId: `disk-${sender.id}`, generation: sender.life }
  const envelope = { from: sender.id, incarnation, to, term: number('term') }
  switch (type) {
    case 'append': {
      const entries = given.has('entries') ? entriesOf(text('entries'), sender) : []
      return { ...envelope, type, prevIndex: number('prevIndex'), prevTerm: number('prevTerm'), entries, commit: number('commit') }
    }
    case 'append-answer':
      return { ...envelope, type, ok: flag('ok'), index: number('index') }
    case 'install-snapshot':
      return { ...envelope, type, snapshot: snapshotAt(number('snapshot'), sender) }
    case 'vote-request': {
      const log = { lastIndex: number('lastIndex'), lastTerm: number('lastTerm') }
      return { ...envelope, type, ...log, pre: flag('pre'), transfer: flag('transfer') }
    }
    case 'vote-answer':
      return { ...envelope, type, granted: flag('granted'), pre: flag('pre') }
    default:
      throw new Error(`no message of type ${type} can be injected`)
  }
}

/** `7..8`: as they stand in the sender's log. `7.2:g=>a`: made up, entry 7 of term 2 gives g to a. */
function entriesOf(text: string, sender: SimMachine): Entry[] {
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(text) ?? []
  if (first !== undefined) return sender.written.entries.filter(({ index }) => index >= Number(first) && index <= Number(last))
  const [, index, term, group = '', node = ''] = /^(\d+)\.(\d+):(\w+)=>(\w+)$/.exec(text) ?? []
  return [{ index: Number(index), term: Number(term), body: { type: 'assign', group, node, cause: 'injected' } }]
}

/** The snapshot that the sender would make of its log up to there. */
function snapshotAt(index: Index, { written }: SimMachine): Snapshot {
  const covered = written.entries.filter((entry) => entry.index <= index)
  return {
    index,
    term: written.termAt(index) ?? 0,
    state: covered.reduce((state, entry) => applyEntry(state, entry), written.snapshot.state),
  }
}
