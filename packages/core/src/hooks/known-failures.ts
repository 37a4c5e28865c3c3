import type { GroupId } from '../model/index.ts'
import type { RunnerEvent } from '../runner/types.ts'

type Failure = Extract<RunnerEvent, { type: 'call-failed' }>

/** What does not work and was told of: it is tried again up to ten times a second, and is news once. */
export class KnownFailures {
  readonly #failures = new Map<GroupId, readonly Failure[]>()

  /** Whether the event tells anything new. What has worked, or is over, may fail anew. */
  isNews(event: RunnerEvent): boolean {
    const known = this.#failures.get(event.group) ?? []
    switch (event.type) {
      case 'call-failed':
        if (known.some((failure) => isSame(failure, event))) return false
        this.#failures.set(event.group, [...known, event])
        return true
      case 'repaired':
        this.#failures.set(
          event.group,
          known.filter(({ endpoint }) => endpoint !== event.endpoint),
        )
        return true
      case 'active':
      case 'adopted':
      case 'released':
        this.#failures.delete(event.group)
        return true
      case 'stuck':
        return true
    }
  }
}

function isSame(known: Failure, failure: Failure): boolean {
  return known.endpoint === failure.endpoint && known.operation === failure.operation && known.code === failure.code
}
