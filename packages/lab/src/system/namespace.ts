import { closeSync, openSync } from 'node:fs'
import { enterNamespace } from './libc.ts'

/** Where iproute2 keeps named namespaces. */
export const NAMESPACES = '/run/netns'

/**
 * Runs synchronous work in a network namespace: sockets opened there stay there. Only this thread is moved, and it is
 * back before anything else of the process can run.
 */
export function inNamespace<T>(namespace: string, work: () => T): T {
  const home = openSync('/proc/thread-self/ns/net', 'r')
  const there = openSync(`${NAMESPACES}/${namespace}`, 'r')
  try {
    enterNamespace(there)
    return work()
  } finally {
    enterNamespace(home)
    closeSync(there)
    closeSync(home)
  }
}
