/**
 * The backend SPI: what a plugin implements so that movip can move one kind of endpoint.
 * A plugin package has a default export of type `BackendPlugin`.
 */
import type { z } from 'zod'
import type { Epoch, GroupId, Instant, NodeId } from './model/index.ts'
import type { Clock, Logger } from './ports.ts'

export type { Clock, Logger } from './ports.ts'
export type { Epoch, GroupId, Instant, NodeId } from './model/index.ts'

/** Honest upper bound of something that goes well. */
export interface Duration {
  readonly ms: number
  /** What makes it so long, as an end of `up to 10.3 s: `. */
  readonly why: string
}

/** How far behind clients may be that have asked before. */
export interface Follows {
  /** From the end of a claim, ms. */
  readonly clientsLagMs: number
  /** What makes it so long, for example `TTL 30 s`. */
  readonly why: string
}

export interface Capabilities {
  /** The far side points at one target by construction, so two claims cannot both work. */
  readonly exclusive: boolean
  /** Something below this process ends the claim at lease end even if the process is frozen or dead. */
  readonly kernelFenced: boolean
  /** It is claimed by answers of this process: when that ends, so does the claim. */
  readonly endsWithProcess?: true
  /** Honest upper bound, in ms, from the end of `claim` until clients follow. */
  readonly settleMs: number
  /**
   * A claim ends when traffic flows, and whoever lets it flow takes time, such as a load balancer that asks now and then. May change as more
   * is known. Absent or null: nothing is known, or it takes no time worth telling.
   */
  readonly claimTakes?: Duration | null
  /**
   * It points at whichever site serves, such as a record of DNS. Beside an endpoint that carries traffic here it is claimed when that one was
   * seen to be up, and the group is active without it: nobody is fenced, moved or kept from moving because of it. Where it is the only
   * endpoint, it is one like any other.
   */
  readonly follows?: Follows
  /**
   * It is a part of the group's service and carries no traffic: parts come up in this order before every endpoint, and go down in the
   * reverse order after them. A start that takes longer than `startMs`, and a stop that takes longer than `stopMs`, has failed.
   */
  readonly service?: { readonly order: number; readonly startMs: number; readonly stopMs: number }
}

/** The right under which a call is made. */
export interface Grant {
  readonly epoch: Epoch
  readonly holder: NodeId
  /** End of the lease on this node's own monotonic clock. */
  readonly until: Instant
}

export interface Finding {
  readonly severity: 'error' | 'warning'
  /** Stable, for example `ARP_INTERFACE_MISSING`. */
  readonly code: string
  readonly message: string
  /** The next step for a person. */
  readonly fix: string
}

/** `unknown` is never read as free. */
export type Observation =
  | { readonly state: 'here' }
  | { readonly state: 'elsewhere'; readonly who: string }
  | { readonly state: 'nowhere' }
  | { readonly state: 'unknown'; readonly why: string }

/** One endpoint of one group on this node. Calls of one endpoint never overlap, but for `renew`. */
export interface Backend {
  readonly capabilities: Capabilities
  /** Could this node claim now? Changes nothing. */
  preflight(signal: AbortSignal): Promise<readonly Finding[]>
  observe(signal: AbortSignal): Promise<Observation>
  /** A claim may follow within moments: do what takes time and changes nothing (probe for a foreign owner). */
  prepare?(signal: AbortSignal): Promise<void>
  /** Idempotent. Returns when traffic should arrive here. Throws `BackendError`. */
  claim(grant: Grant, signal: AbortSignal): Promise<void>
  /** The lease was extended while a claim is under way that may take longer than one. Synchronous. */
  extend?(grant: Grant): void
  /** The lease was extended: push the kernel's timer. Synchronous. False: the right had lapsed, and nothing was revived. */
  renew?(grant: Grant): boolean
  /** A part of the network is back and may have missed who serves: say it again, if it is claimed here. */
  announce?(): void
  /** Idempotent; already gone is success. Traffic stops first. */
  release(epoch: Epoch, signal: AbortSignal): Promise<void>
  /** Ends watchers and sockets. Does not release. */
  close(): Promise<void>
}

/** Where somebody outside, such as a load balancer, asks whether the group is served here: a path of `health.listen`, or a port of its own. */
export type HealthDoor =
  | { readonly form: 'http'; readonly path: string }
  | { readonly form: 'http'; readonly port: number }
  | { readonly form: 'tcp'; readonly port: number }

/** What whoever asks there gets for an answer. */
export interface HealthAnswers {
  /** Asked for every answer, at the moment when it is given. Of HTTP 200 or 503, of TCP a connection that is kept or reset. */
  isServing(): boolean
  /** Somebody has asked, and was answered so. `from` is an address, or empty where whoever asked has hung up already. */
  onAsked(from: string, isServing: boolean): void
}

/** A door that answers. */
export interface OpenDoor {
  /** Resets the connections of those who keep one open: they took it for a good answer. */
  hangUp(): void
  close(): Promise<void>
}

/** The daemon's own answers to those who ask how it is, beside its API, with nothing to be had but this. */
export interface HealthListener {
  /** Where paths are answered; none: nobody is answered at all. */
  readonly listen: readonly { readonly host: string; readonly port: number }[]
  /** Rejects with `BackendError` where nobody can listen there. */
  open(door: HealthDoor, answers: HealthAnswers): Promise<OpenDoor>
}

/** A node that may hold an endpoint. */
export interface Candidate {
  readonly node: NodeId
  /** Where other nodes reach it: addresses or names, of one network or several. */
  readonly addresses: readonly string[]
}

/** What a backend may use, and whom it tells about changes in the world. */
export interface BackendContext {
  readonly cluster: string
  readonly node: NodeId
  /** Where the node is. */
  readonly site: string
  readonly group: GroupId
  readonly endpoint: string
  /** Names of `node.yaml`: `interfaces: { lan: eth0 }`. */
  readonly interfaces: Readonly<Record<string, string>>
  /** What `node.yaml` keeps under that name of `secrets` in a file that others cannot read; read anew each time. Rejects with `BackendError`. */
  readonly secret: (name: string) => Promise<string>
  readonly clock: Clock
  readonly logger: Logger
  readonly health: HealthListener
  /** The nodes that may hold the endpoint at present, this one included. */
  readonly candidates: () => readonly Candidate[]
  /** Longest time that a kernel fence may run, ms. Another configuration changes it. */
  readonly leaseMs: number
  /** The world changed (an address was deleted, a link came up): the runner observes and repairs at once. */
  readonly changed: (why: string) => void
  /** Whether this node is able to hold the endpoint at all, e.g. its link is down. null: able. Call at start and on change. */
  readonly fitness: (reason: string | null) => void
  /** Something that led to what is held here leads elsewhere; or it leads here again. The cluster's log tells of it. */
  readonly incident: (incident: BackendIncident) => void
}

/** What a backend found of something that it holds. */
export interface BackendIncident {
  readonly state: 'stolen' | 'recovered'
  readonly epoch: Epoch
  /** What leads to it, such as a route table. */
  readonly through: string
  /** Where that led to; null: nowhere. */
  readonly to: string | null
}

/** What a node must be allowed by whoever runs the network, in that one's own words. */
export interface Right {
  /** For example `ec2:ReplaceRoute`. */
  readonly action: string
  /** For example an ARN; `*` where the action knows no resources. */
  readonly resource: string
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** A role that is taken on for it; absent: the node's own. */
  readonly as?: string
}

/** Something outside that is asked while an endpoint moves, and can fail by itself. */
export interface Need {
  /** For people, for example `the EC2 API of eu-west-1`. The same words mean the same thing. */
  readonly service: string
  /** What cannot be done while it fails: bringing the endpoint up, or having it follow the group. */
  readonly to: 'claim' | 'follow'
}

/** How claims begin that are made of each machine. */
export const ON_MACHINE = 'here:'

/** One kind of endpoint: `backend: <kind>` in the configuration. */
export interface BackendKind<Options = unknown> {
  /** Options of one endpoint, without `at` and `backend`. Strict. */
  readonly schema: z.ZodType<Options>
  /** What the endpoint is called in messages and status, for example `10.0.0.50/24`. */
  describe(options: Options): string
  /**
   * Keys that no two endpoints of a cluster may share, for example `ip:10.0.0.50`. Those that begin with `ON_MACHINE` stand for something of
   * the machine, such as one of its ports: only endpoints of the same site are in each other's way.
   */
  claims(options: Options): readonly string[]
  /** What differs from place to place, such as the address of a name: where it stands in the options, and for which sites or nodes it is there. */
  places?(options: Options): { readonly key: string; readonly names: readonly string[] }
  /** How long a claim may take at most, ms, where it waits for something that is slow by its nature; absent: its calls take some leases at most. */
  claimMs?(options: Options): number
  /** The least that a node must be allowed elsewhere to hold it. */
  rights?(options: Options): readonly Right[]
  /** What is asked outside while it moves; absent: nothing is. */
  needs?(options: Options): readonly Need[]
  /** What the endpoint would stand on and this machine lacks, such as an interface; null: nothing. Asked before a change is taken. Claims nothing. */
  lacking?(options: Options, interfaces: BackendContext['interfaces']): Promise<Finding | null>
  create(options: Options, context: BackendContext): Promise<Backend>
}

export interface SweepContext {
  readonly cluster: string
  readonly logger: Logger
  /** No daemon goes on here after this: what keeps others from being served here without a lease is taken away, too. */
  readonly forGood?: true
}

export interface BackendPlugin {
  readonly kinds: Readonly<Record<string, BackendKind>>
  /**
   * Takes down everything an earlier life left on this machine, traffic first, and returns what it took down.
   * Used at start, and by `movip release` without a daemon. Resolves only when it is observed down.
   */
  sweep?(context: SweepContext): Promise<readonly string[]>
}

export type BackendErrorCode = 'CONFLICT' | 'DENIED' | 'NOT_FOUND' | 'TIMEOUT' | 'UNREACHABLE' | 'LAPSED' | 'INVALID' | 'FAILED'

/** An expected failure of a backend call. `fix` names the next step. */
export class BackendError extends Error {
  readonly code: BackendErrorCode
  readonly fix: string
  constructor(code: BackendErrorCode, message: string, fix: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BackendError'
    this.code = code
    this.fix = fix
  }
}
