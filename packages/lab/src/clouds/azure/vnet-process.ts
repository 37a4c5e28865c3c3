/** The control plane of a virtual network and its metadata service as a process. */
import { unpacked } from '../cloud-control.ts'
import { runCloud } from '../cloud-process.ts'
import { callAsSomebody } from '../somebody.ts'
import { balancingOf, noteHealth } from './balancing.ts'
import type { Call } from './call.ts'
import { fabricOf } from './fabric.ts'
import { Metadata } from './metadata.ts'
import { createArm } from './server.ts'
import type { VnetArgument } from './vnet-control.ts'
import type { World } from './world.ts'

const argument = JSON.parse(process.argv[2] ?? '') as VnetArgument
const { api, tls, tokens, denied, operationMs, joined, hosts } = argument
const world = unpacked<World>(argument.world)
const devices = new Map(argument.devices)

await runCloud<World, Call>(argument.gateway, (watch) => {
  const { server, operations } = createArm({ world, tls, tokens, denied, operationMs, ...watch })
  const metadata = new Metadata({ world, identity: () => tokens[0] ?? null })
  return {
    server,
    world,
    fabric: () => fabricOf(world, { devices, joined }),
    balancer: () => balancingOf(world, hosts),
    hear: (health) => noteHealth(world, hosts.find(({ name }) => name === health.name)?.ipv4 ?? '', health),
    answer: (asked) => ({ ...metadata.answer(asked, Date.now()), headers: { 'content-type': 'application/json' } }),
    setMetadata: (on) => void (metadata.isOff = !on),
    goOn(aim, how) {
      const off = operations.turnOn(aim, how.type === 'endless' ? { ms: Infinity } : { outcome: 'Failed', code: how.code })
      return () => (off(), operations.endAll())
    },
    setMachine(id, state) {
      for (const machine of world.machines) if (machine.id === id) machine.state = state
    },
    call: (action, input) =>
      callAsSomebody(`https://${api}`, action, input, { ca: tls.cert, headers: { authorization: `Bearer ${tokens[1]?.token ?? ''}` } }),
    listen: () => server.listen(api, 443),
  }
})
