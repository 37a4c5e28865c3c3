import type { MovesAnswer, StatusAnswer } from '@movip/core/client'
import type { Picture } from '@movip/core/forecast'

/** How far behind clients may be that find the group by something which only points at its site, such as a name in DNS. */
export interface Lag {
  readonly endpoint: string
  /** After it points to another site, ms. */
  readonly clientsLagMs: number
  readonly why: string
  /** Of the last move between sites: when it pointed there, ISO 8601; null: nobody has told, or there was no such move. */
  readonly followedAt: string | null
  /** Clients that keep to what it says are there then; null: as above. */
  readonly until: string | null
}

type Move = MovesAnswer['moves'][number]

/** What is known at the node that answers, of the endpoints that it would bring up itself. */
export function lagsOf(
  { runner }: Pick<StatusAnswer, 'runner'>,
  group: string,
  move: Move | null,
  { spec }: Pick<Picture, 'spec'>,
): readonly Lag[] {
  const endpoints = runner.find((known) => known.group === group)?.endpoints ?? []
  const isAlone = endpoints.every(({ follows }) => follows !== undefined)
  const at = move === null || isWithinSite(move, spec) ? null : followedAtMs(move, isAlone)
  return endpoints.flatMap(({ describe, follows }) => {
    if (follows === undefined) return []
    const iso = (ms: number): string => new Date(ms).toISOString()
    const times = at === null ? { followedAt: null, until: null } : { followedAt: iso(at), until: iso(at + follows.clientsLagMs) }
    return [{ endpoint: describe, ...follows, ...times }]
  })
}

function isWithinSite({ from, to }: Move, { nodes }: Picture['spec']): boolean {
  const siteOf = (name: string | null): string | undefined => nodes.find(({ id }) => id === name)?.site
  return siteOf(from) !== undefined && siteOf(from) === siteOf(to)
}

/** By the clock of the coordinator that decided, and what each phase took. Where nothing else carries the traffic, it is claimed like that. */
function followedAtMs({ at, phases }: Move, isAlone: boolean): number | null {
  const { decideMs = 0, startMs = 0, claimMs, verifyMs = 0, followMs } = phases ?? {}
  if (claimMs === undefined || (followMs === undefined && !isAlone)) return null
  return at + decideMs + startMs + claimMs + verifyMs + (followMs ?? 0)
}
