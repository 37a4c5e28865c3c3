import { ControlPlane } from '../control-plane.ts'
import type { Answer, ControlPlaneOptions, Vendor } from '../control-plane.ts'
import { readCall } from './call.ts'
import type { Call } from './call.ts'
import { breaches, isFields } from './contract.ts'
import type { Fields, Json } from './contract.ts'
import { faultBody, GcpFault } from './fault.ts'
import { operationFields, Operations } from './operations.ts'
import { read } from './reads.ts'
import type { World } from './world.ts'
import { changeOf } from './writes.ts'

/** Whoever bears it is somebody, for as long as it lasts. */
export interface Token {
  readonly value: string
  readonly principal: string
  /** Wall clock; absent: it does not end. */
  readonly expiresAt?: number
}

export interface ComputeOptions extends Pick<ControlPlaneOptions<World, Call>, 'world' | 'onChange' | 'onBegun' | 'onCarried' | 'tls'> {
  readonly tokens: readonly Token[]
  /** What a principal must not do: names of methods, such as `compute.routes.insert`. */
  readonly denied?: Readonly<Record<string, readonly string[]>>
  /** How long changes take. */
  readonly operationMs?: number
}

export interface Compute {
  readonly server: ControlPlane<World, Call>
  readonly operations: Operations
}

/** The control plane of Google Compute Engine, as far as movip meets it. */
export function createCompute({ tokens, denied = {}, operationMs = 0, ...options }: ComputeOptions): Compute {
  const operations = new Operations(operationMs)
  const vendor: Vendor<World, Call> = {
    receive({ headers, ...request }, { project }) {
      const principal = principalOf(headers.authorization, tokens)
      return Promise.resolve({ call: readCall({ headers, ...request }, project), principal })
    },
    // What a change does comes later, and is told then.
    isWrite: () => false,
    perform(world, { call, principal }) {
      if (denied[principal]?.includes(call.action) === true)
        throw new GcpFault('forbidden', `Required '${call.action}' permission for 'projects/${world.project}/${call.path}'`)
      const known = read(world, call)
      if (known !== null) return answerOf(call, published(known))
      const before = operations.repeated(call)
      if (before !== null) return answerOf(call, operationFields(world, before))
      const { target, apply } = changeOf(world, call)
      return answerOf(call, operationFields(world, operations.start(options.world, call, principal, target, apply)))
    },
    refusalOf: (error) => (error instanceof GcpFault ? { code: error.reason, answer: json(error.status, faultBody(error)) } : null),
    faultOf: (code, status) => new GcpFault(code, `${code} by a switch of the lab`, status),
  }
  const server = new ControlPlane({ vendor, ...options })
  operations.attach((how) => server.change(how))
  return { server, operations }
}

function principalOf(authorization: string | undefined, tokens: readonly Token[]): string {
  const token = tokens.find(({ value }) => authorization === `Bearer ${value}`)
  if (token !== undefined && (token.expiresAt ?? Infinity) > Date.now()) return token.principal
  throw new GcpFault('authError', 'Request had invalid authentication credentials.', 401)
}

/** What the lab knows beyond what Google tells stays here. */
function published(fields: Fields): Fields {
  const told = (value: Json | undefined): Json | undefined => {
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => told(item) ?? null)
    return isFields(value) ? published(value) : value
  }
  const known = Object.entries(fields).filter(([name]) => !name.startsWith('x-'))
  return Object.fromEntries(known.map(([name, value]) => [name, told(value)]))
}

/** Throws where the answer is not what the vendor publishes. */
function answerOf({ action, method: { response } }: Call, fields: Fields): Answer {
  const broken = response === undefined ? [] : breaches(response, fields, null)
  if (broken.length > 0)
    throw new Error(`invariant: the answer of ${action} breaks its contract: ${broken.map(({ message }) => message).join('; ')}`)
  return json(200, fields)
}

function json(status: number, body: Fields): Answer {
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json; charset=UTF-8' } }
}
