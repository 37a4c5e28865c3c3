import { startProbe } from '../../probes/child.ts'
import type { Fields } from './contract.ts'
import type { Port } from './packets.ts'
import type { Carried } from '../control-plane.ts'
import type { Keys } from './signature.ts'
import type { Role } from './sts.ts'
import type { Switch } from '../switches.ts'
import type { VpcNetwork } from './vpc-network.ts'
import { STS_PORT } from './vpc-plan.ts'
import type { World } from './world.ts'

export interface VpcArgument {
  readonly world: World
  readonly ports: readonly (readonly [string, Port])[]
  readonly api: string
  readonly keys: readonly Keys[]
  readonly denied: Readonly<Record<string, readonly string[]>>
  /** Whose keys instances are given. */
  readonly role: string
  /** Roles that instances may take on. */
  readonly roles: readonly Role[]
  /** Namespace of the internet gateway. */
  readonly gateway: string
}

/** What happens to the cloud beside what its callers do. */
export type VpcOrder =
  | { readonly type: 'on'; readonly id: number; readonly switch: Switch }
  | { readonly type: 'off'; readonly id: number }
  /** As somebody else's call, which is not seen here. */
  | { readonly type: 'call'; readonly action: string; readonly input: Fields }
  | { readonly type: 'instance'; readonly id: string; readonly state: 'running' | 'stopped' }
  | { readonly type: 'metadata'; readonly on: boolean }
  | { readonly type: 'world' }

export interface BegunCall {
  readonly action: string
  readonly input: Fields
}

/** The hand of a scenario on a cloud. */
export interface VpcControl {
  /** For `AWS_ENDPOINT_URL_EC2` of whoever calls from inside. */
  readonly endpoint: string
  /** For `AWS_ENDPOINT_URL_STS`. */
  readonly stsEndpoint: string
  readonly role: Keys
  /** Every call so far, in its order. */
  readonly calls: readonly Carried[]
  /** Resolves to how it is turned off. */
  turnOn(wanted: Switch): Promise<() => Promise<void>>
  /** Resolves at the next call that fits, before anything of it is done. */
  begun(fits: (call: BegunCall) => boolean): Promise<void>
  /** Calls as somebody else, past movip. */
  call(action: string, input: Fields): Promise<void>
  setInstance(id: string, state: 'running' | 'stopped'): Promise<void>
  setMetadata(on: boolean): Promise<void>
  world(): Promise<World>
  readonly broken: Promise<never>
  stop(): void
}

export interface VpcControlOptions {
  readonly denied?: Readonly<Record<string, readonly string[]>>
  /** ARNs of roles that instances may take on. */
  readonly roles?: readonly string[]
}

const role: Keys = {
  accessKeyId: 'ASIALABMOVIP',
  secretAccessKey: 'a secret of the lab',
  sessionToken: 'a token of the lab',
  principal: 'role/movip',
}

export async function startVpc(
  { plan, gateway, switch: router }: VpcNetwork,
  { denied = {}, roles = [] }: VpcControlOptions = {},
): Promise<VpcControl> {
  const calls: Carried[] = []
  const waiting = new Map<number, () => void>()
  const listeners = new Set<(call: BegunCall) => void>()
  let seen: World = plan.world
  let orders = 0
  const onLine = ([kind, what]: readonly unknown[]): void => {
    if (kind === 'call') calls.push(what as Carried)
    if (kind === 'begun') for (const listener of listeners) listener(what as BegunCall)
    if (kind === 'world') seen = what as World
    if (kind === 'done') waiting.get(what as number)?.()
  }
  const trusted = roles.map((arn) => ({ arn, trusts: [role.principal] }))
  const argument: VpcArgument = {
    world: plan.world,
    ports: [...plan.ports],
    api: plan.api,
    keys: [role],
    denied,
    role: role.principal,
    roles: trusted,
    gateway,
  }
  const probe = await startProbe({ namespace: router, module: '../clouds/aws/vpc-process', argument, onLine, isPunctual: false })
  const order = (wanted: VpcOrder): Promise<void> => {
    const id = (orders += 1)
    const done = new Promise<void>((resolve) => waiting.set(id, resolve))
    probe.tell({ id, order: wanted })
    return Promise.race([done, probe.broken])
  }
  return {
    endpoint: `http://${plan.api}`,
    stsEndpoint: `http://${plan.api}:${STS_PORT}`,
    role,
    calls,
    async turnOn(wanted) {
      const id = orders + 1
      await order({ type: 'on', id, switch: wanted })
      return () => order({ type: 'off', id })
    },
    begun: (fits) => nextFitting(listeners, fits),
    call: (action, input) => order({ type: 'call', action, input }),
    setInstance: (id, state) => order({ type: 'instance', id, state }),
    setMetadata: (on) => order({ type: 'metadata', on }),
    async world() {
      await order({ type: 'world' })
      return seen
    },
    broken: probe.broken,
    stop: () => probe.stop(),
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
