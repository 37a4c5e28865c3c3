import { connect } from 'node:net'
import { z } from 'zod'
import { defineKind, good } from '../kind.ts'
import type { Probe } from '../kind.ts'

const schema = z.strictObject({
  host: z.string().min(1).optional().describe('Name or address of the server; 127.0.0.1 if absent'),
  port: z.int().min(1).max(65_535).describe('Its port'),
})

/** Opens a TCP connection and closes it again. */
export const tcpCheck = defineKind({ schema, means: 'network', probe: tcpProbe })

function tcpProbe({ host = '127.0.0.1', port }: z.infer<typeof schema>): Probe {
  return (signal) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port, signal })
      socket.once('connect', () => {
        socket.destroy()
        resolve(good())
      })
      socket.on('error', reject)
    })
}
