/** A disk that has not answered a write for this long is reported. */
export const silentMs = 1000

/** Knows which writes the disk still owes, and says when it fails, falls silent, or is well again. */
export interface DiskWatch {
  started(id: number): void
  /** The write with this id, and all before it, is on the disk. */
  persisted(id: number): void
  failed(reason: string): void
  onFailing(receiver: (failing: string | null) => void): void
  stop(): void
}

export function createDiskWatch(): DiskWatch {
  const owed: { readonly id: number; readonly since: number }[] = []
  let tell: (failing: string | null) => void = () => undefined
  let failing: string | null = null
  let timer: NodeJS.Timeout | undefined
  /** A disk that has answered just now is not silent, however long the next write has waited behind the last. */
  let answeredAt = -Infinity

  const setFailing = (reason: string | null): void => {
    if (failing === reason) return
    failing = reason
    tell(reason)
  }
  const watchOldest = (): void => {
    clearTimeout(timer)
    const oldest = owed[0]
    if (oldest === undefined) return
    const since = Math.max(oldest.since, answeredAt)
    const check = (): void => {
      const waitedMs = Math.round(performance.now() - since)
      if (waitedMs < silentMs) watchOldest()
      else if (failing === null) setFailing(`disk has not answered for ${waitedMs} ms`)
    }
    timer = setTimeout(check, Math.max(1, since + silentMs - performance.now()))
    timer.unref()
  }
  return {
    started(id) {
      owed.push({ id, since: performance.now() })
      if (owed.length === 1) watchOldest()
    },
    persisted(id) {
      while (owed[0] !== undefined && owed[0].id <= id) owed.shift()
      answeredAt = performance.now()
      setFailing(null)
      watchOldest()
    },
    failed: setFailing,
    onFailing: (receiver) => void (tell = receiver),
    stop: () => clearTimeout(timer),
  }
}
