import { setTimeout as sleep } from 'node:timers/promises'
import { longestMoveMs } from '@movip/core/client'
import type { Client, SwitchoverAnswer } from '@movip/core/client'
import { leadersFirst } from '@movip/core/forecast'
import type { Picture } from '@movip/core/forecast'
import { explain } from './forecast/explanation.ts'
import { sitesOf } from './forecast/outage.ts'
import { CommandError, exitCodes } from './failure.ts'
import { untilEnded } from './move-end.ts'
import type { Move } from './move-end.ts'
import { readPicture } from './picture.ts'

/** A group that is to go to the site, and to whom. */
export interface Wanted {
  readonly group: string
  readonly from: string | null
  readonly to: string
}

/** A group that came there. */
export interface Arrived extends Wanted {
  readonly epoch: number
  readonly tookMs: number
  /** null: the cluster does not remember it. */
  readonly phases: NonNullable<Move['phases']> | null
}

/** A group that stays where it is, and why. */
export interface Left {
  readonly group: string
  readonly why: string
}

/** What became of the order to move everything to a site. */
export interface SiteResult {
  readonly schemaVersion: 1
  readonly site: string
  /** In their order; without moving anything, what would be moved. */
  readonly moved: readonly (Arrived | Wanted)[]
  readonly left: readonly Left[]
  /** The one with which it ended; those after it were not tried. null: all that could be moved were. */
  readonly failed: (Left & { readonly code: string }) | null
}

type Asked = Pick<Client, 'status' | 'cluster' | 'switchover' | 'moves'>
type ClusterSpec = Picture['spec']

const BUSY_MS = 200

/** Hears of each as it happens. */
export interface Told {
  onArrived(arrived: Arrived): void
  onLeft(left: Left): void
}

/** Moves every group to a node of the site, one after the other, each after those that it goes with. Ends with the first that cannot be moved. */
export async function moveToSite(client: Asked, site: string, told: Told): Promise<SiteResult> {
  const { picture } = await readPicture(client)
  refuseUnknownSite(site, picture.spec)
  const moved: Arrived[] = []
  const left: Left[] = []
  for (const { id } of leadersFirst(picture.spec.groups)) {
    const outcome = await moveOne(client, id, site, longestMoveMs(picture.spec))
    if ('code' in outcome) return { schemaVersion: 1, site, moved, left, failed: outcome }
    if ('why' in outcome) {
      left.push(outcome)
      told.onLeft(outcome)
    } else {
      moved.push(outcome)
      told.onArrived(outcome)
    }
  }
  return { schemaVersion: 1, site, moved, left, failed: null }
}

/** A group that is on its way already, such as one that goes with another, is waited for. */
async function moveOne(
  client: Asked,
  id: string,
  site: string,
  patienceMs: number,
): Promise<Arrived | Left | (Left & { readonly code: string })> {
  for (const giveUpAt = Date.now() + patienceMs; ; await sleep(BUSY_MS)) {
    const { picture } = await readPicture(client)
    const wanted = wantedOf(id, site, picture)
    if ('why' in wanted) return wanted
    const answer = await client.switchover(id, wanted.to)
    if (answer.reply.ok) return arrivedBy(client, wanted, answer, answer.reply.epoch)
    const { code, message } = answer.reply
    if (code !== 'busy' || Date.now() > giveUpAt) return { group: id, why: message, code }
  }
}

/** The same without moving anything, as the cluster is now. */
export async function rehearseSite(client: Asked, site: string): Promise<SiteResult> {
  const { picture } = await readPicture(client)
  refuseUnknownSite(site, picture.spec)
  const moved: Wanted[] = []
  const left: Left[] = []
  for (const { id, placement } of leadersFirst(picture.spec.groups)) {
    const leader = moved.find(({ group }) => placement?.together?.includes(group) === true)
    const wanted = wantedOf(id, site, picture)
    if (leader !== undefined && !('to' in wanted)) moved.push({ group: id, from: holderOf(id, picture), to: leader.to })
    else if ('to' in wanted) moved.push(leader === undefined ? wanted : { ...wanted, to: leader.to })
    else left.push(wanted)
  }
  return { schemaVersion: 1, site, moved, left, failed: null }
}

async function arrivedBy(client: Asked, wanted: Wanted, { tookMs }: SwitchoverAnswer, epoch: number): Promise<Arrived> {
  const move = await untilEnded(client, epoch).catch(() => null)
  return { ...wanted, epoch, tookMs, phases: move?.phases ?? null }
}

/** To whom the group is to go, or why it stays. */
function wantedOf(group: string, site: string, picture: Picture): Wanted | Left {
  const { spec, status } = picture
  const siteOf = (node: string | null): string | undefined => spec.nodes.find(({ id }) => id === node)?.site
  const explained = explain(picture, group)
  if (explained === null) return { group, why: 'it is configured no more' }
  const { holder, nodes } = explained
  if (spec.groups.find(({ id }) => id === group)?.mode !== 'active-standby') return { group, why: 'all fit nodes share it' }
  if (siteOf(holder) === site) return { group, why: `it is there: ${holder} holds it` }
  const { paused, pausedAll } = status.maintenance
  if (pausedAll !== null || Object.hasOwn(paused, group)) return { group, why: 'it is paused' }
  const there = nodes.filter(({ node }) => siteOf(node) === site)
  if (there.length === 0) return { group, why: `none of its nodes is at ${site}` }
  const [best] = there.filter(({ rank }) => rank !== null).toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
  if (best !== undefined) return { group, from: holder, to: best.node }
  return { group, why: there.map(({ node, blocked }) => `${node}: ${blocked ?? 'it is not ranked without a quorum'}`).join('; ') }
}

function holderOf(group: string, { status }: Picture): string | null {
  return status.groups.find(({ id }) => id === group)?.holder ?? null
}

function refuseUnknownSite(site: string, { nodes }: ClusterSpec): void {
  const known = sitesOf(nodes)
  if (known.includes(site)) return
  throw new CommandError({
    exitCode: exitCodes.usage,
    code: 'unknown-site',
    message: `the cluster has no site ${site}`,
    fix: `write one of ${known.join(', ')}`,
  })
}
