import { request } from 'node:http'
import { connect } from 'node:net'
import type { ProbeConfig } from './config.ts'

/** How a backend has answered. */
export interface Answer {
  readonly good: boolean
  /** `200`, `503`, `connected`, `timeout`, `refused`, or another reason. */
  readonly reason: string
}

/** Asks one backend once, over a connection of its own, as balancers do. Resolves within the timeout. */
export function ask(address: string, from: string, { type, port, path, timeoutMs }: ProbeConfig): Promise<Answer> {
  return new Promise((resolve) => {
    const limit = AbortSignal.timeout(timeoutMs)
    const done = (good: boolean, reason: string): void => resolve({ good, reason })
    limit.addEventListener('abort', () => done(false, 'timeout'), { once: true })
    const failed = (error: NodeJS.ErrnoException): void => done(false, error.code === 'ECONNREFUSED' ? 'refused' : (error.code ?? 'failed'))
    if (type === 'tcp') {
      const socket = connect({ host: address, port, localAddress: from, signal: limit })
      socket.on('error', failed)
      socket.on('connect', () => {
        done(true, 'connected')
        socket.destroy()
      })
      return
    }
    const asked = request({ host: address, port, path: path ?? '/', localAddress: from, agent: false, signal: limit }, (response) => {
      response.resume()
      done(response.statusCode === 200, String(response.statusCode))
    })
    asked.on('error', failed)
    asked.end()
  })
}
