import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { NatsError } from './error.ts'

/**
 * A free port on the loopback, below those that the kernel hands out by itself, so that nobody takes it by chance
 * while the server restarts.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = randomInt(20_000, 32_000)
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer()
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
    })
    if (free) return port
  }
  throw new NatsError(
    'NATS_SERVER_FAILED',
    'no free port was found on 127.0.0.1',
    'check that the loopback interface is up: ip link set lo up',
  )
}
