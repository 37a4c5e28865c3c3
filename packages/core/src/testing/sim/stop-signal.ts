/** Aborts with the first signal that asks this program to end, so that it can take along what it made; a second one ends it at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stop.abort(name))
  return stop.signal
}
