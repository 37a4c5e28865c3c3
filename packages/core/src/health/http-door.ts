import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { HealthAnswers } from '../backend.ts'

/** Whoever asks says little, and at once. */
const REQUEST_MS = 5000
const HEADER_BYTES = 4096
/** What balancers ask with: HAProxy with OPTIONS, if it is told nothing. */
const methods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Answers by HTTP. `answersAt` tells who answers at a path; null: nobody. Every connection has one answer and is closed. */
export function httpServer(answersAt: (path: string) => HealthAnswers | null): Server {
  const server = createServer(
    { maxHeaderSize: HEADER_BYTES, requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, connectionsCheckingInterval: REQUEST_MS },
    (request, response) => answer(request, response, answersAt),
  )
  server.maxRequestsPerSocket = 1
  server.on('clientError', (_, socket) => socket.destroy())
  return server
}

function answer(request: IncomingMessage, response: ServerResponse, answersAt: (path: string) => HealthAnswers | null): void {
  const [path = '/'] = (request.url ?? '/').split('?')
  const answers = answersAt(path)
  if (answers === null) return end(response, 404, 'nothing is answered here')
  if (!methods.has(request.method ?? '')) return end(response, 405, 'ask with GET or HEAD')
  const isServing = answers.isServing()
  end(response, isServing ? 200 : 503, isServing ? 'serving' : 'not serving')
  answers.onAsked(request.socket.remoteAddress ?? '', isServing)
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'cache-control': 'no-store', connection: 'close' }).end(`${text}\n`)
}
