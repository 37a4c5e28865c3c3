/**
 * What the control plane of any cloud does as a process, in the namespace of its router: what is called here changes the kernel's routes and
 * rules at once, and machines ask here about themselves. The parent says by lines on its standard input what else happens, and hears of
 * every call.
 */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { createInterface } from 'node:readline'
import { packed } from './cloud-control.ts'
import type { CloudOrder, MachineState } from './cloud-control.ts'
import type { Answer, ControlPlane, ControlPlaneOptions } from './control-plane.ts'
import type { BalancerConfig, Health } from './load-balancer/config.ts'
import type { Fabric } from './network/fabric.ts'
import { Follower } from './network/follower.ts'
import { METADATA } from './network/plan.ts'
import type { Aim, Call, Effect, Switch } from './switches.ts'

/** What a machine asks about itself. */
export interface AboutItself {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Its address. */
  readonly from: string
}

/** A vendor's cloud, as its process runs it. */
export interface ServedCloud<World extends object, AnyCall extends Call> {
  readonly server: ControlPlane<World, AnyCall>
  readonly world: World
  /** How packets go in the world as it is. */
  fabric(): Fabric
  /** What the load balancer is to do; null: there is none. */
  balancer?(): BalancerConfig | null
  hear?(health: Health): void
  /** Of the metadata service. */
  answer(asked: AboutItself): Answer
  setMetadata(on: boolean): void
  setMachine(id: string, state: MachineState): void
  /** How changes go on once they were accepted, until it is turned off; absent: they are done with their answer. */
  goOn?(aim: Aim, how: Later): () => void
  /** Calls as somebody else. */
  call(action: string, input: Readonly<Record<string, unknown>>): Promise<void> | void
  /** Begins to answer its callers. */
  listen(): Promise<unknown>
}

/** What becomes of a change after its answer. */
export type Later = Extract<Effect, { readonly type: 'fails-later' | 'endless' }>

type Watch<World extends object, AnyCall extends Call> = Required<
  Pick<ControlPlaneOptions<World, AnyCall>, 'onChange' | 'onBegun' | 'onCarried'>
>

const tell = (line: readonly unknown[]): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

/** Runs what is made until the parent is gone. `gateway`: namespace of the internet gateway. */
export async function runCloud<World extends object, AnyCall extends Call>(
  gateway: string,
  make: (watch: Watch<World, AnyCall>) => ServedCloud<World, AnyCall>,
): Promise<void> {
  const follower = new Follower(gateway)
  let balanced = ''
  const follow = (): void => {
    follower.follow(cloud.fabric())
    const config = cloud.balancer?.() ?? null
    const text = JSON.stringify(config)
    if (config !== null && text !== balanced) tell(['balancer', config])
    balanced = text
  }
  const cloud = make({
    onChange: follow,
    onBegun: ({ action, input }, principal) => tell(['begun', { action, input, principal }]),
    onCarried: (carried) => tell(['call', carried]),
  })
  follow()
  await answerMachines(cloud)
  await cloud.listen()
  const obey = obedience(cloud)
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    const { id, order } = JSON.parse(line) as { readonly id: number; readonly order: CloudOrder }
    void Promise.resolve(obey(order)).then(() => tell(['done', id]))
  })
  // Whoever made it is gone.
  lines.on('close', () => process.exit(0))
  tell(['ready'])
}

function obedience<World extends object, AnyCall extends Call>(
  cloud: ServedCloud<World, AnyCall>,
): (order: CloudOrder) => Promise<void> | void {
  const switches = new Map<number, () => void>()
  return (order) => {
    switch (order.type) {
      case 'on':
        switches.set(order.id, turnOn(cloud, order.switch))
        return
      case 'off':
        switches.get(order.id)?.()
        return
      case 'call':
        return cloud.call(order.action, order.input)
      case 'machine':
        cloud.server.change(() => cloud.setMachine(order.id, order.state))
        return
      case 'metadata':
        cloud.setMetadata(order.on)
        return
      case 'health':
        cloud.hear?.(order.health)
        return
      case 'world':
        tell(['world', packed(cloud.world)])
    }
  }
}

function turnOn<World extends object, AnyCall extends Call>(cloud: ServedCloud<World, AnyCall>, wanted: Switch): () => void {
  const { effect } = wanted
  if (effect.type !== 'fails-later' && effect.type !== 'endless') return cloud.server.switches.turnOn(wanted)
  return cloud.goOn?.(wanted, effect) ?? (() => undefined)
}

async function answerMachines({ answer }: Pick<ServedCloud<object, Call>, 'answer'>): Promise<void> {
  const answering = createServer((request, response) => {
    const { method = '', url = '', headers, socket } = request
    const told = answer({ method, path: url, headers, from: socket.remoteAddress ?? '' })
    response.writeHead(told.status, { 'content-type': 'text/plain', ...told.headers }).end(told.body)
  })
  await new Promise<void>((resolve) => void answering.listen(80, METADATA, resolve))
}
