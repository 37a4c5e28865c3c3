import type { ChangeNote, ClusterState, Maintenance, Move } from '../model/index.ts'
import type { Notice } from './notice.ts'

/**
 * What entries of the log have changed, as people are told. It follows from the state alone, so every node finds the same under the same
 * names, whichever of them is the coordinator that tells it.
 */
export function newsBetween(before: ClusterState, after: ClusterState): readonly Notice[] {
  return [...moved(before, after), ...configured(before, after), ...maintained(before, after)]
}

/** Whether there can be anything between them. */
export function isSame(before: ClusterState, after: ClusterState): boolean {
  return before.moves === after.moves && before.history === after.history && before.maintenance === after.maintenance
}

function moved(before: ClusterState, after: ClusterState): readonly Notice[] {
  if (before.moves === after.moves) return []
  const known = before.moves?.at(-1)?.epoch ?? 0
  return (after.moves ?? []).filter(({ epoch }) => epoch > known).map(noticeOfMove)
}

function noticeOfMove({ group, from, to, epoch, cause, at }: Move): Notice {
  const where =
    to === null ? `is taken from ${from ?? 'nobody'}` : from === null || from === to ? `goes to ${to}` : `moves from ${from} to ${to}`
  return {
    id: `moved/${epoch}`,
    moment: 'moved',
    at: new Date(at).toISOString(),
    text: `${group} ${where}: ${cause}`,
    nodes: [from, to].filter((node) => node !== null),
    group,
    epoch,
  }
}

function configured(before: ClusterState, after: ClusterState): readonly Notice[] {
  if (before.history === after.history) return []
  const known = before.history?.at(-1)?.version ?? 0
  const later = (after.history ?? []).filter(({ version }) => version > known)
  // The one without a note is the first coordinator's, which changes nothing.
  return later.flatMap(({ version, spec, note }) =>
    note === undefined
      ? []
      : [
          {
            id: `configured/${version}`,
            moment: 'configured' as const,
            at: note.at,
            text: `configuration ${version} is in force, by ${note.by}: ${note.what}`,
            nodes: spec.nodes.map(({ id }) => id),
          },
        ],
  )
}

const nothing: Maintenance = { drained: {}, paused: {}, pausedAll: null }

function maintained(
  { maintenance: before = nothing }: ClusterState,
  { maintenance: after = nothing, spec }: ClusterState,
): readonly Notice[] {
  if (before === after) return []
  const all = spec.nodes.map(({ id }) => id)
  const candidates = (group: string): readonly string[] => spec.groups.find(({ id }) => id === group)?.nodes ?? []
  const everything = (note: ChangeNote | null): Readonly<Record<string, ChangeNote>> => (note === null ? {} : { everything: note })
  return [
    ...changes(before.drained, after.drained, ['drained', 'resumed'], (node) => ({ text: `node ${node}`, nodes: [node] })),
    ...changes(before.paused, after.paused, ['paused', 'unpaused'], (group) => ({
      text: `group ${group}`,
      nodes: candidates(group),
      group,
    })),
    ...changes(everything(before.pausedAll), everything(after.pausedAll), ['paused', 'unpaused'], (text) => ({ text, nodes: all })),
  ]
}

type Notes = Readonly<Record<string, ChangeNote>>

function changes(
  before: Notes,
  after: Notes,
  [begun, ended]: readonly ['drained', 'resumed'] | readonly ['paused', 'unpaused'],
  about: (name: string) => Pick<Notice, 'text' | 'nodes' | 'group'>,
): readonly Notice[] {
  const more = Object.entries(after).filter(([name, { at }]) => before[name]?.at !== at)
  const fewer = Object.entries(before).filter(([name]) => after[name] === undefined)
  return [
    ...more.map(([name, { at, by }]): Notice => {
      const { text, ...rest } = about(name)
      return { ...rest, id: `${begun}/${name}/${at}`, moment: begun, at, text: `${text} is ${begun}, by ${by}` }
    }),
    ...fewer.map(([name, { at }]): Notice => {
      const { text, ...rest } = about(name)
      return { ...rest, id: `${ended}/${name}/${at}`, moment: ended, at: new Date().toISOString(), text: `${text} is ${ended}` }
    }),
  ]
}
