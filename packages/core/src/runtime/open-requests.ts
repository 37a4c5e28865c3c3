import type { ClusterReply, ClusterRequest, ClusterSpec, GroupId } from '../model/index.ts'
import type { Clock } from '../ports.ts'
import type { GroupStatus } from '../runner/types.ts'

/** How long an operator is kept waiting for the end of a release of everything. */
export const releaseMs = 5000

const ENDED: ClusterReply = {
  ok: false,
  code: 'timeout',
  message: 'this daemon ended before the outcome was known; see movip status at another node',
}

/** What became of a release of everything. */
export interface Released {
  readonly released: readonly GroupId[]
  readonly left: readonly GroupId[]
}

/** What an engine hears of operators. */
export type OperatorNews =
  | { readonly type: 'request'; readonly id: string; readonly request: ClusterRequest }
  | { readonly type: 'configure'; readonly id: string; readonly spec: ClusterSpec }
  | { readonly type: 'release-all' }

export interface OpenRequestsOptions {
  /** Names this life of this node: an answer to an earlier one may still be under way. */
  readonly life: string
  readonly clock: Clock
  /** The engine is told what was asked for. */
  readonly tell: (news: OperatorNews) => void
  readonly runnerStatus: () => readonly GroupStatus[]
}

/** What operators have asked of this daemon and were not answered so far: each is answered once, and within its time. */
export class OpenRequests {
  private readonly options: OpenRequestsOptions
  private readonly replies = new Map<string, (reply: ClusterReply) => void>()
  private readonly configurations = new Map<string, (refused: string | null) => void>()
  private readonly looks = new Set<() => void>()
  /** What answers each release of everything, as things stand. */
  private readonly releases = new Set<() => void>()
  private last = 0
  private isClosed = false

  constructor(options: OpenRequestsOptions) {
    this.options = options
  }

  request(wish: ClusterRequest, withinMs: number, answer: (reply: ClusterReply) => void): void {
    if (this.isClosed) return answer(ENDED)
    const id = this.nextId()
    const settle = (reply: ClusterReply): void => {
      cancel()
      this.replies.delete(id)
      answer(reply)
    }
    const cancel = this.within(withinMs, () => settle({ ok: false, code: 'timeout', message: `no outcome within ${withinMs} ms` }))
    this.replies.set(id, settle)
    return this.options.tell({ type: 'request', id, request: wish })
  }

  /** Answered by the very step in which the engine hears of it: null, or why not. */
  configure(spec: ClusterSpec, answer: (refused: string | null) => void): void {
    const id = this.nextId()
    this.configurations.set(id, answer)
    this.options.tell({ type: 'configure', id, spec })
  }

  /** Gives up every group until the next start. Names what is released and what is not, within the time. */
  releaseAll(withinMs: number, answer: (outcome: Released) => void): void {
    const before = this.heldNow()
    const settle = (): void => {
      cancel()
      this.looks.delete(look)
      this.releases.delete(settle)
      const left = this.heldNow()
      answer({ released: before.filter((group) => !left.includes(group)), left })
    }
    const look = (): void => {
      if (this.heldNow().length === 0) settle()
    }
    const cancel = this.within(withinMs, settle)
    this.looks.add(look)
    this.releases.add(settle)
    this.options.tell({ type: 'release-all' })
  }

  /** The engine has its answer to a request. */
  onReply(id: string, reply: ClusterReply): void {
    this.replies.get(id)?.(reply)
  }

  /** The engine has appended a configuration, or refused it. */
  onConfigured(id: string, refused: string | null): void {
    this.configurations.get(id)?.(refused)
    this.configurations.delete(id)
  }

  /** Nothing is left to do at this moment: what somebody waits for may have come about. */
  onSettled(): void {
    for (const look of this.looks) look()
  }

  /** This daemon ends: nobody is left waiting for what it will not come to know. */
  close(): void {
    this.isClosed = true
    for (const settle of this.replies.values()) settle(ENDED)
    for (const refuse of this.configurations.values()) refuse('this daemon is about to end')
    this.configurations.clear()
    for (const settle of this.releases) settle()
  }

  private nextId(): string {
    return `${this.options.life}-${++this.last}`
  }

  private heldNow(): GroupId[] {
    return this.options
      .runnerStatus()
      .filter(({ state }) => state !== null)
      .map(({ group }) => group)
  }

  private within(ms: number, callback: () => void): () => void {
    const { clock } = this.options
    return clock.at(clock.now() + ms, callback)
  }
}
