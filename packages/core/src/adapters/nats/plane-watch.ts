import type { Instant, NodeId, PlaneName } from '../../model/index.ts'

/** What a node hears of another over one plane. */
export interface PlaneHearing {
  /** null: nothing so far. */
  readonly heardAgoMs: number | null
  /** For so long its messages have come over other planes alone; null: not so. */
  readonly missedMs: number | null
}

/** A node's messages come no longer over this plane, while another brings them; or they come over it again. */
export interface Missed {
  readonly plane: PlaneName
  readonly node: NodeId
  readonly state: 'lost' | 'back'
}

/** Tells over which planes each other node is heard. Needs no timer: that one plane is silent is noticed by what another one brings. */
export interface PlaneWatch {
  heard(plane: PlaneName, from: NodeId, life: string, now: Instant): void
  /** While this node itself is cut off from a plane, nothing can be said of the others there. */
  setCutOff(plane: PlaneName, isCutOff: boolean): void
  /** The other nodes, each with the planes that it should be heard on. */
  setNodes(nodes: ReadonlyMap<NodeId, readonly PlaneName[]>): void
  hearingOf(plane: PlaneName, now: Instant): Readonly<Record<NodeId, PlaneHearing>>
}

export interface PlaneWatchOptions {
  readonly planes: readonly PlaneName[]
  readonly nodes: ReadonlyMap<NodeId, readonly PlaneName[]>
  readonly heartbeatMs: number
  readonly onChange: (missed: Missed) => void
}

/** A message that took an odd way is no silence yet. */
const patienceMsMin = 300
/** The planes of a node that has just started come up in their own time, and each dials anew every second. */
const firstPatienceMs = 5000
/** More than begin and end while a plane holds a message back. */
const formerLivesMax = 16

interface Ear {
  heardAt: Instant | null
  /** Heard since this life of the other node, or the way to it, began. */
  isMet: boolean
  /** What other planes have brought since, as time. */
  aloneMs: number
  missedSince: Instant | null
}

interface Peer {
  life: string
  /** The latest ones, newest first. */
  formerLives: readonly string[]
  lastAt: Instant
  readonly ears: ReadonlyMap<PlaneName, Ear>
}

export function createPlaneWatch(options: PlaneWatchOptions): PlaneWatch {
  return new Watch(options)
}

class Watch implements PlaneWatch {
  readonly #options: PlaneWatchOptions
  readonly #peers = new Map<NodeId, Peer>()
  readonly #cutOff = new Set<PlaneName>()
  readonly #patienceMs: number
  #nodes: PlaneWatchOptions['nodes']

  constructor(options: PlaneWatchOptions) {
    this.#options = options
    this.#nodes = options.nodes
    this.#patienceMs = Math.max(patienceMsMin, 3 * options.heartbeatMs)
  }

  heard(plane: PlaneName, from: NodeId, life: string, now: Instant): void {
    const expected = this.#nodes.get(from)
    if (expected === undefined) return
    const peer = this.#peerOf(from, life, now)
    // A slow plane may still bring what an earlier life has said.
    if (peer.formerLives.includes(life)) return
    if (life !== peer.life) beginLife(peer, life)
    // This process may have been frozen: a pause counts for no more than two heartbeats.
    const gapMs = Math.min(now - peer.lastAt, 2 * this.#options.heartbeatMs)
    peer.lastAt = now
    for (const [name, ear] of peer.ears) {
      if (name === plane) this.#hear(name, from, ear, now)
      else if (expected.includes(name) && !this.#cutOff.has(name)) this.#miss(name, from, ear, { gapMs, now })
    }
  }

  setCutOff(plane: PlaneName, isCutOff: boolean): void {
    if (isCutOff) this.#cutOff.add(plane)
    else this.#cutOff.delete(plane)
    for (const { ears } of this.#peers.values()) startAnew(ears.get(plane))
  }

  setNodes(nodes: PlaneWatchOptions['nodes']): void {
    this.#nodes = nodes
    for (const node of this.#peers.keys()) if (!nodes.has(node)) this.#peers.delete(node)
  }

  hearingOf(plane: PlaneName, now: Instant): Readonly<Record<NodeId, PlaneHearing>> {
    const agoMs = (at: Instant | null): number | null => (at === null ? null : now - at)
    const hearings = [...this.#nodes].flatMap(([node, expected]): [NodeId, PlaneHearing][] => {
      const { heardAt, missedSince } = this.#peers.get(node)?.ears.get(plane) ?? newEar()
      if (heardAt === null && !expected.includes(plane)) return []
      return [[node, { heardAgoMs: agoMs(heardAt), missedMs: agoMs(missedSince) }]]
    })
    return Object.fromEntries(hearings)
  }

  #peerOf(from: NodeId, life: string, now: Instant): Peer {
    const known = this.#peers.get(from)
    if (known !== undefined) return known
    const ears = new Map(this.#options.planes.map((plane) => [plane, newEar()]))
    const peer: Peer = { life, formerLives: [], lastAt: now, ears }
    this.#peers.set(from, peer)
    return peer
  }

  #hear(plane: PlaneName, node: NodeId, ear: Ear, now: Instant): void {
    const wasMissed = ear.missedSince !== null
    Object.assign(ear, { heardAt: now, isMet: true, aloneMs: 0, missedSince: null })
    if (wasMissed) this.#options.onChange({ plane, node, state: 'back' })
  }

  #miss(plane: PlaneName, node: NodeId, ear: Ear, { gapMs, now }: { readonly gapMs: number; readonly now: Instant }): void {
    ear.aloneMs += gapMs
    const patienceMs = ear.isMet ? this.#patienceMs : Math.max(this.#patienceMs, firstPatienceMs)
    if (ear.missedSince !== null || ear.aloneMs <= patienceMs) return
    ear.missedSince = now - ear.aloneMs
    this.#options.onChange({ plane, node, state: 'lost' })
  }
}

function newEar(): Ear {
  return { heardAt: null, isMet: false, aloneMs: 0, missedSince: null }
}

function startAnew(ear: Ear | undefined): void {
  if (ear !== undefined) Object.assign(ear, { isMet: false, aloneMs: 0 })
}

function beginLife(peer: Peer, life: string): void {
  peer.formerLives = [peer.life, ...peer.formerLives].slice(0, formerLivesMax)
  peer.life = life
  for (const ear of peer.ears.values()) startAnew(ear)
}
