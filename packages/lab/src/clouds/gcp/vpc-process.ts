/** The control plane of a network of Google's and its metadata service as a process. */
import { unpacked } from '../cloud-control.ts'
import { runCloud } from '../cloud-process.ts'
import { callAsSomebody } from '../somebody.ts'
import { balancingOf, noteHealth } from './balancing.ts'
import type { Call } from './call.ts'
import { fabricOf } from './fabric.ts'
import { Metadata } from './metadata.ts'
import { createCompute } from './server.ts'
import type { GcpArgument } from './vpc-control.ts'
import { found } from './world.ts'
import type { World } from './world.ts'

const argument = JSON.parse(process.argv[2] ?? '') as GcpArgument
const { api, tls, tokens, denied, operationMs, joined, hosts, nodes } = argument
const world = unpacked<World>(argument.world)

await runCloud<World, Call>(argument.gateway, (watch) => {
  const { server, operations } = createCompute({ world, tls, tokens, denied, operationMs, ...watch })
  const metadata = new Metadata({ world, token: () => tokens[0] ?? null })
  return {
    server,
    world,
    fabric: () => fabricOf(world, hosts, joined),
    balancer: () => balancingOf(world, nodes),
    hear: (health) => noteHealth(world, nodes.find(({ name }) => name === health.name)?.instance ?? '', health),
    answer: (asked) => metadata.answer(asked, Date.now()),
    setMetadata: (on) => void (metadata.isOff = !on),
    goOn(aim, how) {
      const error = { code: how.type === 'endless' ? '' : how.code, message: 'it came to nothing by a switch of the lab', status: 503 }
      const off = operations.turnOn(aim, how.type === 'endless' ? { ms: Infinity } : { error })
      return () => (off(), operations.endAll())
    },
    setMachine: (id, state) =>
      void world.documents.set(id, { ...found(world, id), status: state === 'running' ? 'RUNNING' : 'TERMINATED' }),
    call: (action, input) =>
      callAsSomebody(`https://${api}`, action, input, { ca: tls.cert, headers: { authorization: `Bearer ${tokens[1]?.value ?? ''}` } }),
    listen: () => server.listen(api, 443),
  }
})
