import type { GroupId, GroupSpec, Member, NodeId, Spread } from '../model/index.ts'
import { weightOf } from './picture.ts'
import type { Picture } from './picture.ts'
import type { PlaceAllInput } from './place-all.ts'
import type { Against } from './place.ts'

/** What the configuration says about nodes for one group. */
export interface Judge {
  readonly forbids: (node: NodeId) => string | undefined
  readonly speaksAgainst: (node: NodeId) => Against | undefined
}

/** A group that another should not be beside. */
interface Rival {
  readonly group: GroupId
  readonly by: Spread['by']
}

/** What soft rules of one group look at. */
interface Soft {
  readonly rivals: readonly Rival[]
  readonly followers: readonly GroupSpec[]
  readonly sites: readonly string[]
}

/** The rules of a configuration that look beyond one group and one node: hard ones forbid, soft ones speak against. */
export class Rules {
  private readonly input: PlaceAllInput
  private readonly picture: Picture
  private readonly members: ReadonlyMap<NodeId, Member>
  private readonly hasCapacities: boolean
  private readonly rivals = new Map<GroupId, Rival[]>()
  /** Groups that must be where a group is, directly. */
  private readonly followers = new Map<GroupId, GroupSpec[]>()
  /** One of those that a group must be with: these are on one node themselves. */
  private readonly leaders = new Map<GroupId, GroupId>()

  constructor(input: PlaceAllInput, picture: Picture) {
    this.input = input
    this.picture = picture
    const { nodes, groups } = input.spec
    this.members = new Map(nodes.map((member) => [member.id, member]))
    this.hasCapacities = nodes.some(({ capacity }) => capacity !== undefined)
    for (const group of groups) {
      const { spread, together = [] } = group.placement ?? {}
      for (const other of spread?.groups ?? []) this.addRivals(group.id, other, spread?.by ?? 'node')
      for (const leader of together) listIn(this.followers, leader).push(group)
      const leader = together.find((id) => picture.placeOf(id) !== undefined)
      if (leader !== undefined) this.leaders.set(group.id, leader)
    }
  }

  /** To be asked when it is the group's turn. */
  judgeOf(group: GroupSpec): Judge {
    const { together, sites = [] } = group.placement ?? {}
    const followers = this.followersOf(group)
    const rivals = followers.length === 0 ? (this.rivals.get(group.id) ?? []) : this.rivalsOf([group, ...followers])
    const isHard = this.hasCapacities || together !== undefined
    const isSoft = rivals.length > 0 || followers.length > 0 || sites.length > 0
    return {
      forbids: isHard ? (node) => this.whyForbidden(group, node) : noObjection,
      speaksAgainst: isSoft ? (node) => this.whyNotPreferred(group, node, { rivals, followers, sites }) : noObjection,
    }
  }

  private addRivals(group: GroupId, other: GroupId, by: Spread['by']): void {
    listIn(this.rivals, group).push({ group: other, by })
    listIn(this.rivals, other).push({ group, by })
  }

  /** Those of groups that will be on one node, which cannot be apart from each other. */
  private rivalsOf(bound: readonly GroupSpec[]): readonly Rival[] {
    const all = bound.flatMap(({ id }) => this.rivals.get(id) ?? [])
    return all.length === 0 || bound.length === 1 ? all : all.filter((rival) => !bound.some(({ id }) => id === rival.group))
  }

  private whyForbidden(group: GroupSpec, node: NodeId): string | undefined {
    for (const leader of group.placement?.together ?? []) {
      const place = this.picture.placeOf(leader)
      if (place !== undefined && place !== node)
        return `it must be where ${leader} is, which is ${place === null ? 'nowhere' : `on ${place}`}`
    }
    const capacity = this.members.get(node)?.capacity
    if (capacity === undefined) return undefined
    const load = this.picture.loadBeside(group, node)
    const weight = weightOf(group)
    return load + weight <= capacity ? undefined : `no room for a weight of ${weight}: ${load} of its capacity of ${capacity} is taken`
  }

  private whyNotPreferred(group: GroupSpec, node: NodeId, { rivals, followers, sites }: Soft): Against | undefined {
    const leavesBehind = followers.length === 0 ? NOBODY : this.leftBehind(group, followers, node)
    const beside = rivals.length === 0 ? NOBODY : this.besideOf(rivals, node)
    const site = sites.length === 0 ? 0 : rankOfSite(sites, this.siteOf(node))
    return leavesBehind.length === 0 && beside.length === 0 && site === 0 ? undefined : { leavesBehind, beside, site }
  }

  /** All that must be where this group is, also because of one another. */
  private followersOf(group: GroupSpec): readonly GroupSpec[] {
    const found = new Set<GroupSpec>([group])
    // A set goes on to what is added to it on the way.
    for (const { id } of found) for (const follower of this.followers.get(id) ?? []) found.add(follower)
    found.delete(group)
    return [...found]
  }

  /** Groups that could not be served if this one, on whose node they must be, went there. */
  private leftBehind(group: GroupSpec, followers: readonly GroupSpec[], node: NodeId): readonly GroupId[] {
    let room = (this.members.get(node)?.capacity ?? Infinity) - this.picture.loadBeside(group, node) - weightOf(group)
    const left = followers.filter((follower) => {
      const isFit = this.input.nodes.get(node)?.fitness[follower.id]?.level === 'fit'
      const weight = this.picture.placeOf(follower.id) === node ? 0 : weightOf(follower)
      if (!follower.nodes.includes(node) || !isFit || weight > room) return true
      room -= weight
      return false
    })
    return left.map(({ id }) => id)
  }

  private besideOf(rivals: readonly Rival[], node: NodeId): readonly GroupId[] {
    const beside = new Set<GroupId>()
    for (const { group, by } of rivals) {
      const place = this.picture.placeOf(this.headOf(group)) ?? null
      if (place === null) continue
      if (place === node || (by === 'site' && this.siteOf(place) === this.siteOf(node))) beside.add(group)
    }
    return [...beside]
  }

  /** Where this one goes, the other follows. */
  private headOf(group: GroupId): GroupId {
    const first = this.leaders.get(group)
    if (first === undefined) return group
    const seen = new Set<GroupId>()
    let head = group
    for (let next: GroupId | undefined = first; next !== undefined && !seen.has(next); next = this.leaders.get(next)) {
      head = next
      seen.add(next)
    }
    return head
  }

  private siteOf(node: NodeId): string | undefined {
    return this.members.get(node)?.site
  }
}

const NOBODY: readonly GroupId[] = []

function noObjection(): undefined {
  return undefined
}

/** 0: the best. As many as there are: not one of them. */
function rankOfSite(sites: readonly string[], site: string | undefined): number {
  const position = site === undefined ? -1 : sites.indexOf(site)
  return position === -1 ? sites.length : position
}

function listIn<T>(lists: Map<GroupId, T[]>, key: GroupId): T[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}
