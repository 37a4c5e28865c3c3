const signals = ['SIGTERM', 'SIGINT'] as const
/** What a shell calls a process that ended by a signal. */
const exitCodes = { SIGTERM: 143, SIGINT: 130 } as const

/** The first signal asks; the second ends the process at once, and leases and kernel fences do the rest. */
export function onSignals(): { readonly first: Promise<string>; close(): void } {
  const { promise: first, resolve } = Promise.withResolvers<string>()
  let asked = false
  const handle = (signal: (typeof signals)[number]): void => {
    if (asked) process.exit(exitCodes[signal])
    asked = true
    resolve(signal)
  }
  for (const signal of signals) process.on(signal, handle)
  return { first, close: () => signals.forEach((signal) => process.off(signal, handle)) }
}
