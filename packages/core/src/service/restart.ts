import type { Clock } from '../ports.ts'
import type { ServicePart } from './part.ts'

const pollMs = 100
/** A stop by force, and a start that the runner has yet to find out about, take so long beside their own time. */
const extraMs = 20_000

/**
 * Stops the parts of a running service, the last one first, and lets them be started again one after the other. Starting is left to who
 * steers them: only that knows whether the group may still be served here. Resolves when all run; throws where one of them does not.
 */
export async function restartService(parts: readonly ServicePart[], clock: Clock): Promise<void> {
  const inOrder = parts.toSorted((a, b) => a.order - b.order)
  const halts: { readonly part: ServicePart; readonly letUp: () => void }[] = []
  try {
    for (const part of inOrder.toReversed()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      halts.unshift({ part, letUp: resolve })
      await part.halt(AbortSignal.timeout(part.stopMs + extraMs), promise)
    }
    for (const { part, letUp } of halts) {
      letUp()
      part.sayHalted()
      await untilUp(part, clock)
    }
  } finally {
    for (const { part, letUp } of halts) {
      letUp()
      part.sayHalted()
    }
  }
}

async function untilUp(part: ServicePart, clock: Clock): Promise<void> {
  const limit = clock.now() + part.startMs + extraMs
  while (part.state !== 'up') {
    if (part.state === 'unwanted' || clock.now() >= limit) throw new Error(`${part.name} was stopped and has not been started again`)
    await new Promise<void>((resolve) => clock.at(clock.now() + pollMs, resolve))
  }
}
