import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Switches } from './switches.ts'
import type { Call } from './switches.ts'

export interface Request {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Who asked for what. */
export interface Received<AnyCall extends Call> {
  readonly call: AnyCall
  /** Who has signed, or whose token it is. */
  readonly principal: string
}

/** How a service says no. */
export interface Refusal {
  readonly code: string
  readonly answer: Answer
}

/** What a vendor's control plane is made of. It holds what comes and what goes to the vendor's published contract. */
export interface Vendor<World, AnyCall extends Call> {
  /** Throws a fault of the vendor's where the real service would refuse it. */
  receive(request: Request, world: World): Promise<Received<AnyCall>>
  isWrite(call: AnyCall): boolean
  /** Throws a fault of the vendor's, and then nothing of the world has changed. */
  perform(world: World, received: Received<AnyCall>, requestId: string): Answer
  /** What a fault reads like; null: it is none of the vendor's. */
  refusalOf(error: unknown, requestId: string): Refusal | null
  /** The fault that a switch asks for. */
  faultOf(code: string, status: number | undefined): Error
}

/** One call, as it was carried out or not. */
export interface Carried extends Call {
  readonly at: number
  readonly principal: string
  /** The code of the fault; `ok`; or `lost`: no answer went back. */
  readonly outcome: string
}

export interface ControlPlaneOptions<World, AnyCall extends Call> {
  readonly vendor: Vendor<World, AnyCall>
  readonly world: World
  /** The world has changed: packets go by it from now on. */
  readonly onChange: () => void
  /** A call has come, and nothing of it is done so far. */
  readonly onBegun?: (call: AnyCall, principal: string) => void
  readonly onCarried?: (carried: Carried) => void
  /** PEM; absent: plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** A vendor's control plane, on one machine of the lab, with all that may be wrong with one. */
export class ControlPlane<World extends object, AnyCall extends Call> {
  readonly switches = new Switches()
  private readonly options: ControlPlaneOptions<World, AnyCall>
  private readonly server: Server
  private readonly pasts: { readonly until: number; readonly world: World }[] = []
  private requests = 0

  constructor(options: ControlPlaneOptions<World, AnyCall>) {
    this.options = options
    const serve = (request: IncomingMessage, response: ServerResponse): void => void this.serve(request, response)
    this.server = options.tls === undefined ? createServer(serve) : createTlsServer(options.tls, serve)
  }

  /** Resolves to the URL that clients are given. */
  async listen(host: string, port = 0): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(port, host, resolve)
    })
    const scheme = this.options.tls === undefined ? 'http' : 'https'
    return `${scheme}://${host}:${(this.server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  /** Changes the world as somebody else would who is not seen here: out of band. */
  change(how: (world: World) => void): void {
    this.remember()
    how(this.options.world)
    this.options.onChange()
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1
    const requestId = `00000000-0000-4000-8000-${this.requests.toString(16).padStart(12, '0')}`
    const answer = await this.answerTo(request, requestId)
    if (answer === null) request.socket.destroy()
    else response.writeHead(answer.status, answer.headers).end(answer.body)
  }

  private async answerTo(request: IncomingMessage, requestId: string): Promise<Answer | null> {
    const { vendor, world, onBegun } = this.options
    try {
      const received = await vendor.receive(await read(request), world)
      onBegun?.(received.call, received.principal)
      return await this.answered(received, requestId)
    } catch (error) {
      return this.refused(error, requestId).answer
    }
  }

  /** null: the connection is to end without an answer. */
  private async answered(received: Received<AnyCall>, requestId: string): Promise<Answer | null> {
    const { call, principal } = received
    const { delay, hang, reset, fault, stale } = this.switches.effectsOn(call, principal)
    if (hang !== undefined) return new Promise(() => this.note(received, 'lost'))
    if (delay !== undefined) await sleep(Math.max(0, delay.ms + (2 * Math.random() - 1) * delay.jitterMs))
    await this.switches.freed(call, principal)
    const isDone = reset?.applied !== false && fault?.applied !== false
    const answer = isDone ? this.carriedOut(received, requestId, stale?.ms ?? 0) : null
    if (reset !== undefined) return null
    if (fault === undefined) return answer
    const { code, status, retryAfterS } = fault
    this.note(received, code)
    const { answer: refusal } = this.refused(this.options.vendor.faultOf(code, status), requestId)
    const headers = { ...refusal.headers, ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }) }
    return { ...refusal, headers }
  }

  private carriedOut(received: Received<AnyCall>, requestId: string, staleMs: number): Answer {
    const { vendor, world, onChange } = this.options
    const isWrite = vendor.isWrite(received.call)
    try {
      if (isWrite) this.remember()
      const answer = vendor.perform(isWrite ? world : this.worldBefore(staleMs), received, requestId)
      this.note(received, 'ok')
      if (isWrite) onChange()
      return answer
    } catch (error) {
      const { code, answer } = this.refused(error, requestId)
      this.note(received, code)
      return answer
    }
  }

  private refused(error: unknown, requestId: string): Refusal {
    const refusal = this.options.vendor.refusalOf(error, requestId)
    if (refusal === null) throw error
    return refusal
  }

  private note({ call: { action, input }, principal }: Received<AnyCall>, outcome: string): void {
    this.options.onCarried?.({ at: performance.now(), action, principal, input, outcome })
  }

  /** Keeps how the world was, for reads that are behind. */
  private remember(): void {
    this.pasts.push({ until: performance.now(), world: structuredClone(this.options.world) })
  }

  private worldBefore(ms: number): World {
    const at = performance.now() - ms
    return this.pasts.find(({ until }) => until > at)?.world ?? this.options.world
  }
}

async function read(request: IncomingMessage): Promise<Request> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const { method = '', url: path = '', headers } = request
  return { method, path, headers, body: Buffer.concat(parts).toString() }
}
