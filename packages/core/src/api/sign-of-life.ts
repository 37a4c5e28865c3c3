/** Ends the wait for one answer when others fail to come. */
export interface SignOfLife {
  /** Aborts once nobody is there any more. */
  readonly lost: AbortSignal
  stop(): void
}

/** Asks again and again, each time so long after the last answer. `isThere` is false where nobody answered. */
export function watchLife(isThere: () => Promise<boolean>, everyMs: number): SignOfLife {
  const controller = new AbortController()
  let isOver = false
  let timer: NodeJS.Timeout
  const plan = (): void => {
    timer = setTimeout(() => void look(), everyMs)
  }
  const look = async (): Promise<void> => {
    const answered = await isThere()
    if (isOver) return
    if (answered) plan()
    else controller.abort()
  }
  plan()
  return {
    lost: controller.signal,
    stop() {
      isOver = true
      clearTimeout(timer)
    },
  }
}
