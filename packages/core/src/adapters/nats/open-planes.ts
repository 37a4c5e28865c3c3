import type { Peer } from './dead-links.ts'
import { NatsError } from './error.ts'
import { openPlane } from './plane.ts'
import type { Plane, PlaneOptions } from './plane.ts'

type Wanted = Omit<PlaneOptions, 'cutOff'>

/** What is missing is put there by a person. */
const againMs = 5000

/** Where one plane cannot be set up the others do, and it is tried again; where none can, nothing is started. */
export async function openPlanes(wanted: readonly Wanted[]): Promise<readonly Plane[]> {
  const attempts = await Promise.allSettled(wanted.map((options) => openPlane({ ...options, cutOff: null })))
  const [first] = attempts
  if (first?.status === 'rejected' && attempts.every(({ status }) => status === 'rejected')) throw first.reason
  return wanted.flatMap((options, index) => {
    const attempt = attempts[index]
    if (attempt === undefined) return []
    return attempt.status === 'fulfilled' ? attempt.value : awaitPlane(options, attempt.reason)
  })
}

/** Stands for a plane that could not be set up, beside others that were: this node does without it, says so, and tries again. */
function awaitPlane(options: Wanted, failure: unknown): Plane {
  const {
    plane: { name, type },
    onCutOff,
    logger,
  } = options
  const began = performance.now()
  let plane: Plane | null = null
  let peers: readonly Peer[] | null = null
  let why = ''
  let timer: NodeJS.Timeout | undefined
  let trying: Promise<void> = Promise.resolve()
  let isClosed = false

  const miss = (error: unknown): void => {
    const { message, ...more } = told(error)
    // A failure that stays the same is said once.
    if (message !== why && !isClosed) logger.error('nats.plane-failed', { why: message, ...more, againInMs: againMs })
    why = message
    if (!isClosed) timer = setTimeout(() => (trying = attempt()), againMs)
  }
  const attempt = async (): Promise<void> => {
    try {
      plane = await openPlane({ ...options, cutOff: why })
      if (peers !== null) plane.setPeers(peers)
    } catch (error) {
      miss(error)
    }
  }
  miss(failure)
  onCutOff(why)

  return {
    name,
    publish: (subject, bytes) => plane?.publish(subject, bytes) ?? false,
    heard: (from) => plane?.heard(from),
    setPeers(next) {
      peers = next
      plane?.setPeers(next)
    },
    cutOff: () => (plane === null ? why : plane.cutOff()),
    status: () =>
      plane?.status() ?? {
        name,
        kind: type,
        connected: false,
        sinceMs: Math.round(performance.now() - began),
        server: null,
        serverRestarts: 0,
        sent: 0,
        lastError: why,
      },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await trying
      await plane?.close()
    },
  }
}

function told(error: unknown): { readonly message: string; readonly code?: string; readonly fix?: string } {
  if (error instanceof NatsError) return { message: error.message, code: error.code, fix: error.fix }
  return { message: error instanceof Error ? error.message : String(error) }
}
