import { fits } from '../switches.ts'
import type { Aim } from '../switches.ts'
import type { Call } from './call.ts'
import type { Fields } from './contract.ts'
import { GcpFault } from './fault.ts'
import { linkOf, newId } from './world.ts'
import type { Operation, World } from './world.ts'

/** How a change goes on once it has been accepted. */
export interface Course {
  /** How long it takes; Infinity: it never ends. */
  readonly ms: number
  /** It ends, and says under status 200 that it has failed; null: it is done. */
  readonly error: Operation['error']
}

/** Changes that were accepted: each is done a while after its answer. */
export class Operations {
  private readonly usualMs: number
  private readonly courses = new Map<Aim, Partial<Course>>()
  /** By the id that the caller gave to its request: one that comes twice is carried out once. */
  private readonly requests = new Map<string, Operation>()
  private readonly underWay = new Map<Operation, () => void>()
  private change: (how: (world: World) => void) => void = () => {}

  constructor(usualMs: number) {
    this.usualMs = usualMs
  }

  /** What ends later changes the world through this. */
  attach(change: (how: (world: World) => void) => void): void {
    this.change = change
  }

  /** Changes that fit go this way from now on. Returns how to turn that off again. */
  turnOn(aim: Aim, course: Partial<Course>): () => void {
    this.courses.set(aim, course)
    return () => void this.courses.delete(aim)
  }

  /** Ends at once everything that is under way. */
  endAll(): void {
    for (const [operation, end] of this.underWay) {
      this.underWay.delete(operation)
      end()
    }
  }

  /** The operation of an earlier request with the same id; null: there was none. Throws `GcpFault` for an id that is none. */
  repeated(call: Call): Operation | null {
    const { requestId } = call.parameters
    if (requestId === undefined) return null
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(requestId) || /^[0-]+$/.test(requestId))
      throw new GcpFault('invalid', `Invalid value for field 'requestId': '${requestId}'. Must be a valid UUID, and not zero.`)
    return this.requests.get(requestId) ?? null
  }

  /** Accepts a change. `apply` throws `GcpFault` where it turns out to be impossible; then nothing has changed. */
  start(world: World, call: Call, principal: string, target: string, apply: (world: World) => void): Operation {
    const scope = /^(global|(?:regions|zones)\/[^/]+)/.exec(call.path)?.[0] ?? 'global'
    const { ms = this.usualMs, error = null } = Object.assign(
      {},
      ...[...this.courses].filter(([aim]) => fits(aim, call, principal)).map(([, course]) => course),
    ) as Partial<Course>
    const operation: Operation = {
      name: `operation-${newId(world)}`,
      scope,
      type: call.action.split('.').at(-1) ?? '',
      target,
      user: principal,
      status: 'RUNNING',
      error: null,
    }
    world.operations.set(`${scope}/${operation.name}`, operation)
    if (call.parameters['requestId'] !== undefined) this.requests.set(call.parameters['requestId'], operation)
    this.underWay.set(operation, () => this.change((changed) => this.end(changed, operation, error, apply)))
    if (ms !== Infinity) setTimeout(() => this.endOf(operation), ms).unref()
    return operation
  }

  private endOf(operation: Operation): void {
    const end = this.underWay.get(operation)
    this.underWay.delete(operation)
    end?.()
  }

  private end(world: World, operation: Operation, error: Operation['error'], apply: (world: World) => void): void {
    operation.status = 'DONE'
    operation.error = error
    if (error !== null) return
    try {
      apply(world)
    } catch (failure) {
      if (!(failure instanceof GcpFault)) throw failure
      operation.error = { code: failure.reason, message: failure.message, status: failure.status }
    }
  }
}

/** An operation as it is answered. */
export function operationFields(world: World, { name, scope, type, target, user, status, error }: Operation): Fields {
  const where = scope === 'global' ? {} : { [scope.split('/')[0] === 'zones' ? 'zone' : 'region']: linkOf(world, scope) }
  const failed =
    error === null
      ? {}
      : {
          error: { errors: [{ code: error.code, message: error.message }] },
          httpErrorStatusCode: error.status,
          httpErrorMessage: error.message,
        }
  return {
    kind: 'compute#operation',
    id: name.replace('operation-', ''),
    name,
    operationType: type,
    status,
    progress: status === 'DONE' ? 100 : 0,
    targetLink: linkOf(world, target),
    user,
    selfLink: linkOf(world, `${scope}/operations/${name}`),
    ...where,
    ...failed,
  }
}
