import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeAnswer, writeFault } from './answer.ts'
import type { Answer } from './answer.ts'
import { ec2 } from './contract.ts'
import type { Fields } from './contract.ts'
import { Ec2Fault } from './fault.ts'
import { readCall } from './query.ts'
import type { Call } from './query.ts'
import { isWrite, perform } from './service.ts'
import { signerOf } from './signature.ts'
import type { Keys } from './signature.ts'
import { Switches } from './switches.ts'
import type { World } from './world.ts'

export interface Ec2Options {
  readonly world: World
  readonly keys: readonly Keys[]
  /** What a principal must not do: names of operations. */
  readonly denied?: Readonly<Record<string, readonly string[]>>
  /** The world has changed: packets go by it from now on. */
  readonly onChange: () => void
  readonly onCarried?: (carried: Carried) => void
}

/** One call, as it was carried out or not. */
export interface Carried {
  readonly at: number
  readonly action: string
  readonly principal: string
  readonly input: Fields
  /** The code of the fault; `ok`; or `lost`: no answer went back. */
  readonly outcome: string
}

/** The control plane of EC2, on one machine of the lab. It validates whatever comes and whatever goes by the published contract. */
export class Ec2Server {
  readonly switches = new Switches()
  private readonly options: Ec2Options
  private readonly server: Server
  private readonly pasts: { readonly until: number; readonly world: World }[] = []
  private requests = 0

  constructor(options: Ec2Options) {
    this.options = options
    this.server = createServer((request, response) => void this.serve(request, response))
  }

  /** Resolves to the URL that clients are given. */
  async listen(host: string, port = 0): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(port, host, resolve)
    })
    return `http://${host}:${(this.server.address() as AddressInfo).port}`
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
    try {
      const { call, principal } = await this.received(request)
      const answer = await this.answered(call, principal, requestId)
      if (answer === null) return void request.socket.destroy()
      send(response, answer)
    } catch (error) {
      if (!(error instanceof Ec2Fault)) throw error
      send(response, writeFault(error, requestId))
    }
  }

  private async received(request: IncomingMessage): Promise<{ readonly call: Call; readonly principal: string }> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts).toString()
    const signed = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
    const { region } = this.options.world
    const { principal } = await signerOf(signed, { region, service: ec2.metadata.endpointPrefix }, this.options.keys, Date.now())
    return { call: readCall(body, ec2), principal }
  }

  /** null: the connection is to end without an answer. */
  private async answered(call: Call, principal: string, requestId: string): Promise<(Answer & { readonly retryAfterS?: number }) | null> {
    const { delay, late, hang, reset, fault, stale } = this.switches.effectsOn(call, principal)
    if (hang !== undefined) return new Promise(() => this.note(call, principal, 'lost'))
    if (delay !== undefined) await sleep(Math.max(0, delay.ms + (2 * Math.random() - 1) * delay.jitterMs))
    if (late !== undefined) await sleep(late.ms)
    const isDone = reset?.applied !== false && fault?.applied !== false
    const answer = isDone ? this.carriedOut(call, principal, requestId, stale?.ms ?? 0) : null
    if (reset !== undefined) return null
    if (fault === undefined) return answer
    const { code, status, retryAfterS } = fault
    this.note(call, principal, code)
    return {
      ...writeFault(new Ec2Fault(code, `${code} by a switch of the lab`, status), requestId),
      ...(retryAfterS === undefined ? {} : { retryAfterS }),
    }
  }

  private carriedOut(call: Call, principal: string, requestId: string, staleMs: number): Answer {
    try {
      this.refuseDenied(call, principal)
      const write = isWrite(call.action) && !call.dryRun
      if (write) this.remember()
      const output = perform(write ? this.options.world : this.worldBefore(staleMs), call)
      this.note(call, principal, 'ok')
      if (write) this.options.onChange()
      return writeAnswer(ec2, call.action, output, requestId)
    } catch (error) {
      if (!(error instanceof Ec2Fault)) throw error
      this.note(call, principal, error.code)
      return writeFault(error, requestId)
    }
  }

  private refuseDenied({ action }: Call, principal: string): void {
    if (this.options.denied?.[principal]?.includes(action) !== true) return
    const who = `arn:aws:iam::${this.options.world.account}:${principal}`
    throw new Ec2Fault(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. User: ${who} is not authorized to perform: ec2:${action}`,
    )
  }

  private note({ action, input }: Call, principal: string, outcome: string): void {
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

function send(response: ServerResponse, { status, body, retryAfterS }: Answer & { readonly retryAfterS?: number }): void {
  const headers = { 'content-type': 'text/xml;charset=UTF-8', ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }) }
  response.writeHead(status, headers).end(body)
}
