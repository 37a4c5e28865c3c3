import { ControlPlane } from '../control-plane.ts'
import type { Answer, ControlPlaneOptions, Vendor } from '../control-plane.ts'
import { checkAnswer } from './answer-check.ts'
import { readCall } from './call.ts'
import type { Call } from './call.ts'
import { breaches, schemaOf } from './contract.ts'
import type { Json } from './contract.ts'
import { ArmFault } from './fault.ts'
import { Operations } from './operations.ts'
import { refuseDenied } from './permissions.ts'
import { isWrite, perform } from './service.ts'
import { principalOf } from './token.ts'
import type { Token } from './token.ts'
import type { World } from './world.ts'
import { json } from './writes.ts'

type Common = Pick<ControlPlaneOptions<World, Call>, 'world' | 'onChange' | 'onBegun' | 'onCarried'>

export interface ArmOptions extends Common {
  readonly tls: { readonly key: string; readonly cert: string }
  /** Read at every request: it can change while the service runs. */
  readonly tokens: readonly Token[]
  /** What a principal must not do: `Microsoft.Network/routeTables/routes/write`. */
  readonly denied?: Readonly<Record<string, readonly string[]>>
  /** How long writes take. */
  readonly operationMs?: number
  /** null: clients are not told when to ask again. */
  readonly retryAfterS?: number | null
  readonly pageSize?: number
}

export interface Arm {
  readonly server: ControlPlane<World, Call>
  readonly operations: Operations
}

/** The control plane of Azure's networks: Resource Manager, as far as it is about them. */
export function createArm({ tokens, denied = {}, operationMs = 0, retryAfterS = null, pageSize = 100, ...options }: ArmOptions): Arm {
  const operations = new Operations({ usualMs: operationMs, retryAfterS })
  const vendor: Vendor<World, Call> = {
    receive(request, world) {
      const principal = principalOf(request.headers, tokens, Date.now())
      return Promise.resolve({ call: readCall(request, world), principal })
    },
    isWrite,
    perform(world, { call, principal }, requestId) {
      refuseDenied(call, principal, denied)
      const answer = perform({ world, call, principal, operations, pageSize })
      const { operation } = call
      if (operation !== null) checkAnswer(operation, answer.status, answer.body === '' ? null : (JSON.parse(answer.body) as Json), world)
      return withRequestId(answer, requestId)
    },
    refusalOf: (error, requestId) =>
      error instanceof ArmFault ? { code: error.code, answer: withRequestId(faultAnswer(error), requestId) } : null,
    faultOf: (code, status) => new ArmFault(code, `${code} by a switch of the lab`, status === undefined ? {} : { status }),
  }
  const server = new ControlPlane({ vendor, ...options })
  operations.attach((how) => server.change(how))
  return { server, operations }
}

function faultAnswer({ code, message, status, details, headers }: ArmFault): Answer {
  const body = { error: { code, message, details: details.map((one) => ({ ...one })) } }
  const [broken] = breaches(schemaOf('CloudError'), body, { direction: 'answer', newer: [] })
  if (broken !== undefined) throw new Error(`invariant: a fault breaks its contract: ${broken.message}`)
  return json(status, body, headers)
}

function withRequestId(answer: Answer, requestId: string): Answer {
  return { ...answer, headers: { ...answer.headers, 'x-ms-request-id': requestId } }
}
