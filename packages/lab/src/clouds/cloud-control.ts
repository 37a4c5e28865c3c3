import { deserialize, serialize } from 'node:v8'
import { startProbe } from '../probes/child.ts'
import type { Balancer } from './load-balancer/balancer.ts'
import { startBalancer } from './load-balancer/balancer.ts'
import type { BalancerConfig, Health } from './load-balancer/config.ts'
import type { Carried } from './control-plane.ts'
import type { CloudNetwork } from './network/cloud-network.ts'
import type { Call, Switch } from './switches.ts'

/** What happens to a cloud beside what its callers do. */
export type CloudOrder =
  | { readonly type: 'on'; readonly id: number; readonly switch: Switch }
  | { readonly type: 'off'; readonly id: number }
  /** As somebody else's call. */
  | { readonly type: 'call'; readonly action: string; readonly input: Readonly<Record<string, unknown>> }
  | { readonly type: 'machine'; readonly id: string; readonly state: MachineState }
  | { readonly type: 'metadata'; readonly on: boolean }
  /** What a load balancer thinks of a backend from now on. */
  | { readonly type: 'health'; readonly health: Health }
  | { readonly type: 'world' }

export type MachineState = 'running' | 'stopped'
export interface BegunCall extends Pick<Call, 'action' | 'input'> {
  readonly principal: string
}

/** The hand of a scenario on a cloud. */
export interface CloudControl<World> {
  /** Every call so far, in its order. */
  readonly calls: readonly Carried[]
  /** Resolves to how it is turned off. */
  turnOn(wanted: Switch): Promise<() => Promise<void>>
  /** Resolves at the next call that fits, before anything of it is done. */
  begun(fits: (call: BegunCall) => boolean): Promise<void>
  /** Calls as somebody else, past movip. */
  call(action: string, input: Readonly<Record<string, unknown>>): Promise<void>
  setMachine(id: string, state: MachineState): Promise<void>
  setMetadata(on: boolean): Promise<void>
  world(): Promise<World>
  /** The load balancer; null: the cloud has none so far. */
  readonly balancer: Balancer | null
  readonly broken: Promise<never>
  stop(): void
}

/** A world as text, whatever it is made of. */
export const packed = (world: unknown): string => serialize(world).toString('base64')
export const unpacked = <World>(text: string): World => deserialize(Buffer.from(text, 'base64')) as World

export interface CloudToStart {
  readonly network: CloudNetwork
  /** The module that runs beside the router, from the folder of the probes. */
  readonly module: string
  readonly argument: object
}

/** Starts the control plane of a cloud in the namespace of its router, and the load balancer that it has. */
export async function startCloud<World>({ network, module, argument }: CloudToStart): Promise<CloudControl<World>> {
  const calls: Carried[] = []
  const waiting = new Map<number, () => void>()
  const listeners = new Set<(call: BegunCall) => void>()
  const balancing = new Balancing(network, (health) => void order({ type: 'health', health }))
  let seen = ''
  let orders = 0
  const onLine = ([kind, what]: readonly unknown[]): void => {
    if (kind === 'call') calls.push(what as Carried)
    if (kind === 'begun') for (const listener of listeners) listener(what as BegunCall)
    if (kind === 'world') seen = what as string
    if (kind === 'done') waiting.get(what as number)?.()
    if (kind === 'balancer') balancing.balance(what as BalancerConfig)
  }
  const probe = await startProbe({ namespace: network.switch, module, argument, onLine, isPunctual: false })
  const order = (wanted: CloudOrder): Promise<void> => {
    const id = (orders += 1)
    const done = new Promise<void>((resolve) => waiting.set(id, resolve))
    probe.tell({ id, order: wanted })
    return Promise.race([done.then(() => balancing.isThere()), probe.broken])
  }
  const broken = Promise.race([probe.broken, balancing.broken])
  broken.catch(() => {})
  await Promise.race([balancing.isThere(), broken])
  return {
    calls,
    async turnOn(wanted) {
      const id = orders + 1
      await order({ type: 'on', id, switch: wanted })
      return () => order({ type: 'off', id })
    },
    begun: (fits) => nextFitting(listeners, fits),
    call: (action, input) => order({ type: 'call', action, input }),
    setMachine: (id, state) => order({ type: 'machine', id, state }),
    setMetadata: (on) => order({ type: 'metadata', on }),
    async world() {
      await order({ type: 'world' })
      return unpacked<World>(seen)
    },
    get balancer() {
      return balancing.balancer
    },
    broken,
    stop() {
      balancing.balancer?.stop()
      probe.stop()
    },
  }
}

/** The load balancer of a cloud: as its control plane has it, and the control plane is told what it thinks. */
class Balancing {
  balancer: Balancer | null = null
  private readonly network: CloudNetwork
  private readonly onHealth: (health: Health) => void
  private readonly failed = Promise.withResolvers<never>()
  private starting: Promise<void> = Promise.resolve()

  constructor(network: CloudNetwork, onHealth: (health: Health) => void) {
    this.network = network
    this.onHealth = onHealth
  }

  get broken(): Promise<never> {
    return this.failed.promise
  }

  isThere(): Promise<void> {
    return this.starting
  }

  balance(config: BalancerConfig): void {
    this.starting = this.starting
      .then(async () => {
        if (this.balancer !== null) return this.balancer.configure(config)
        const { network, onHealth } = this
        this.balancer = await startBalancer(network, config, onHealth)
        this.balancer.broken.catch((error: unknown) => this.failed.reject(error))
      })
      .catch((error: unknown) => this.failed.reject(error))
  }
}

function nextFitting(listeners: Set<(call: BegunCall) => void>, fits: (call: BegunCall) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const listener = (call: BegunCall): void => {
      if (!fits(call)) return
      listeners.delete(listener)
      resolve()
    }
    listeners.add(listener)
  })
}
