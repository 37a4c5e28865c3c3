import { connect } from 'node:net'

/** Where a drill knocks. */
export interface Target {
  readonly host: string
  readonly port: number
}

/** One attempt to connect; instants of the monotonic clock. */
export interface Attempt {
  readonly at: number
  /** When something answered, if only with a refusal; null: nothing did. */
  readonly answeredAt: number | null
}

/** Knocks at an address again and again. */
export interface Probe {
  /** Whether anything has answered within the time. */
  untilAnswered(withinMs: number): Promise<boolean>
  /** Waits for what is under way. */
  stop(): Promise<readonly Attempt[]>
}

export const probeEveryMs = 20
const patienceMs = 500
/** An answer that came later than this has waited for somebody to come up. */
const promptMs = 100
/** A refusal comes from the address itself: whoever has it is there. */
const answers = new Set(['ECONNREFUSED', 'ECONNRESET'])

/** Begins to knock. */
export function startProbe(target: Target): Probe {
  const attempts: Attempt[] = []
  const running = new Set<Promise<void>>()
  const knock = (): void => {
    const attempt = knockAt(target).then((each) => void attempts.push(each))
    running.add(attempt)
    void attempt.then(() => running.delete(attempt))
  }
  knock()
  const timer = setInterval(knock, probeEveryMs)
  return {
    async untilAnswered(withinMs) {
      const giveUpAt = performance.now() + withinMs
      while (performance.now() < giveUpAt) {
        if (attempts.some(({ answeredAt }) => answeredAt !== null)) return true
        await Promise.race(running)
      }
      return false
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(running)
      return attempts.toSorted((a, b) => a.at - b.at)
    },
  }
}

function knockAt({ host, port }: Target): Promise<Attempt> {
  return new Promise((resolve) => {
    const at = performance.now()
    const socket = connect({ host, port })
    const end = (isAnswer: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ at, answeredAt: isAnswer ? performance.now() : null })
    }
    const timer = setTimeout(() => end(false), patienceMs)
    socket.once('connect', () => end(true))
    socket.once('error', (error: NodeJS.ErrnoException) => end(answers.has(error.code ?? '')))
  })
}

/** The longest time without a prompt answer, ms; Infinity: the last attempts went unanswered. */
export function outageIn(attempts: readonly Attempt[]): number {
  let longest = 0
  let since: number | null = null
  for (const { at, answeredAt } of attempts) {
    if (answeredAt === null || answeredAt - at > promptMs) since ??= at
    else if (since !== null) {
      longest = Math.max(longest, answeredAt - since)
      since = null
    }
  }
  return since === null ? Math.round(longest) : Infinity
}
