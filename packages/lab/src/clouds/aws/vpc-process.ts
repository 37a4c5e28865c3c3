/**
 * The control plane of a VPC, in the namespace of its router: what is called here changes the kernel's routes and rules at once, and
 * instances ask here about themselves. The parent says by lines on its standard input what else happens, and hears of every call.
 */
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { Metadata } from './metadata.ts'
import type { Port, Way } from './packets.ts'
import { checkRules, elasticRules, routeChanges, routesOf } from './packets.ts'
import { createEc2 } from './server.ts'
import { perform } from './service.ts'
import type { Keys } from './signature.ts'
import { createSts } from './sts.ts'
import type { VpcArgument, VpcOrder } from './vpc-control.ts'
import { METADATA, STS_PORT } from './vpc-plan.ts'

const { world, ports, api, keys: given, denied, role, roles, gateway } = JSON.parse(process.argv[2] ?? '') as VpcArgument
const keys: Keys[] = [...given]
const byInterface: ReadonlyMap<string, Port> = new Map(ports)
let routes: ReadonlyMap<string, Way> = new Map()

function run(program: string, args: readonly string[], input: string): void {
  const { status, stderr } = spawnSync(program, args, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} failed: ${stderr.trim()}\n${input}`)
}

/** Packets go by the world as it is from now on. */
function follow(): void {
  const wanted = routesOf(world, byInterface)
  const changes = routeChanges(routes, wanted)
  const six = changes.filter((line) => line.includes(':'))
  const four = changes.filter((line) => !line.includes(':'))
  routes = wanted
  if (four.length > 0) run('ip', ['-4', '-batch', '-'], `${four.join('\n')}\n`)
  if (six.length > 0) run('ip', ['-6', '-batch', '-'], `${six.join('\n')}\n`)
  anew('inet check', checkRules(world, byInterface), [])
  anew('ip elastic', elasticRules(world), ['netns', 'exec', gateway])
}

const loaded = new Map<string, string>()

/** One transaction: at no time is there no rule. */
function anew(table: string, rules: string, where: readonly string[]): void {
  if (loaded.get(table) === rules) return
  loaded.set(table, rules)
  const text = `table ${table} {}\ndelete table ${table}\n${rules}\n`
  const [program = 'nft', ...args] = where.length === 0 ? ['nft', '-f', '-'] : ['ip', ...where, 'nft', '-f', '-']
  run(program, args, text)
}

const tell = (line: readonly unknown[]): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const server = createEc2({
  world,
  keys,
  denied,
  onChange: follow,
  onBegun: ({ action, input }) => tell(['begun', { action, input }]),
  onCarried: (carried) => tell(['call', carried]),
})
const held: Keys | undefined = keys.find(({ principal }) => principal === role)
const metadata = new Metadata({ world, role: () => (held === undefined ? null : { name: role.replace('role/', ''), keys: held }) })
const switches = new Map<number, () => void>()

function obey(order: VpcOrder): void {
  switch (order.type) {
    case 'on':
      switches.set(order.id, server.switches.turnOn(order.switch))
      return
    case 'off':
      switches.get(order.id)?.()
      return
    case 'call':
      server.change((changed) => void perform(changed, { action: order.action, input: order.input, dryRun: false }))
      return
    case 'instance':
      server.change(({ instances }) => {
        for (const instance of instances) if (instance.id === order.id) instance.state = order.state
      })
      return
    case 'metadata':
      metadata.isOff = !order.on
      return
    case 'world':
      tell(['world', world])
  }
}

const answering = createServer((request, response) => {
  const { method = '', url = '', headers, socket } = request
  const { status, body } = metadata.answer({ method, path: url, headers, from: socket.remoteAddress ?? '' }, Date.now())
  response.writeHead(status, { 'content-type': 'text/plain' }).end(body)
})

follow()
await new Promise<void>((resolve) => void answering.listen(80, METADATA, resolve))
await server.listen(api, 80)
await createSts({ region: world.region, keys, roles }).listen(api, STS_PORT)
const input = createInterface({ input: process.stdin })
input.on('line', (line) => {
  const { id, order } = JSON.parse(line) as { readonly id: number; readonly order: VpcOrder }
  obey(order)
  tell(['done', id])
})
// Whoever made it is gone.
input.on('close', () => process.exit(0))
tell(['ready'])
