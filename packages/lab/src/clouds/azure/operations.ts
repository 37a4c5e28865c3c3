import { fits } from '../switches.ts'
import type { Aim, Call } from '../switches.ts'
import type { Json } from './contract.ts'
import { ArmFault } from './fault.ts'
import type { World } from './world.ts'

/** How a write goes on once it has been accepted. */
export interface Course {
  /** How long it takes; 0: it is done with the answer; Infinity: until a scenario ends it. */
  readonly ms: number
  readonly outcome: 'Succeeded' | 'Failed' | 'Canceled'
  /** Whether packets go by what was asked for, where it did not succeed. */
  readonly applied: boolean
  readonly code: string
}

/** Something that takes longer than its answer. */
export interface LongRunning {
  readonly id: string
  readonly action: string
  /** The whole resource that it changes; null: it changes none. */
  readonly resource: string | null
  readonly course: Course
  isDone: boolean
  readonly end: (world: World) => void
  /** What it found out; null: nothing. */
  readonly result: ((world: World) => Json) | null
}

interface Started extends Pick<LongRunning, 'resource' | 'end' | 'result'> {
  readonly id: string
  readonly course: Course
  readonly call: Call
}

const usual: Course = { ms: 0, outcome: 'Succeeded', applied: false, code: 'OperationFailed' }

export interface OperationsOptions {
  /** How long a write takes where no switch says something else. */
  readonly usualMs: number
  /** What clients are told to wait before they ask again; null: they are not told. */
  readonly retryAfterS: number | null
}

/** What takes longer than its answer, and how it will end. */
export class Operations {
  /** How a write on what is being written to is refused. Both are seen: the second for route tables. */
  overlap: 'AnotherOperationInProgress' | 'RetryableError' = 'AnotherOperationInProgress'
  readonly options: OperationsOptions
  private readonly known = new Map<string, LongRunning>()
  private readonly courses = new Map<Aim, Partial<Course>>()
  private change: (how: (world: World) => void) => void = () => {}

  constructor(options: OperationsOptions) {
    this.options = options
  }

  /** What ends later changes the world through this. */
  attach(change: (how: (world: World) => void) => void): void {
    this.change = change
  }

  /** Writes that fit go this way from now on. Returns how to turn that off again. */
  turnOn(aim: Aim, course: Partial<Course>): () => void {
    this.courses.set(aim, course)
    return () => void this.courses.delete(aim)
  }

  /** Ends at once everything that is under way. */
  endAll(): void {
    for (const one of this.known.values()) if (!one.isDone) this.end(one)
  }

  courseOf(call: Call, principal: string): Course {
    const fitting = [...this.courses].filter(([aim]) => fits(aim, call, principal)).map(([, course]) => course)
    return Object.assign({ ...usual, ms: this.options.usualMs }, ...fitting) as Course
  }

  start({ id, course, call, resource, end, result }: Started): LongRunning {
    const one: LongRunning = { id, action: call.action, resource, course, isDone: false, end, result }
    this.known.set(id, one)
    if (course.ms !== Infinity) setTimeout(() => one.isDone || this.end(one), course.ms).unref()
    return one
  }

  /** Throws `ArmFault` for what is not known, or is not any more. */
  found(id: string): LongRunning {
    const one = this.known.get(id)
    if (one === undefined) throw new ArmFault('NotFound', `The operation '${id}' could not be found.`)
    return one
  }

  /** Throws `ArmFault` where something is being done to a resource. */
  refuseOverlap(resource: string, location: string): void {
    const other = [...this.known.values()].find((one) => !one.isDone && one.resource?.toLowerCase() === resource.toLowerCase())
    if (other === undefined) return
    const waitS = this.options.retryAfterS ?? 10
    const uri = `/providers/Microsoft.Network/locations/${location}/operations/${other.id}`
    if (this.overlap === 'AnotherOperationInProgress')
      throw new ArmFault(
        'AnotherOperationInProgress',
        `Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: ${uri}.`,
      )
    const message = `Operation ${other.action} (${other.id}) is updating resource ${resource}. The call can be retried in ${waitS} seconds.`
    throw retryable({ code: 'RetryableErrorDueToAnotherOperation', message }, waitS)
  }

  private end(one: LongRunning): void {
    one.isDone = true
    this.change(one.end)
  }
}

export function retryable(detail: { readonly code: string; readonly message: string }, waitS: number): ArmFault {
  return new ArmFault('RetryableError', 'A retryable error occurred.', { details: [detail], headers: { 'retry-after': String(waitS) } })
}
