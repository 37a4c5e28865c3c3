/** A VPC's control plane and metadata service as a process. */
import { unpacked } from '../cloud-control.ts'
import { runCloud } from '../cloud-process.ts'
import { fabricOf } from './fabric.ts'
import { Metadata } from './metadata.ts'
import type { Call } from './query.ts'
import { createEc2 } from './server.ts'
import { perform } from './service.ts'
import type { Fields } from './contract.ts'
import { createSts } from './sts.ts'
import type { VpcArgument } from './vpc-control.ts'
import { STS_PORT } from './vpc-plan.ts'
import type { World } from './world.ts'

const argument = JSON.parse(process.argv[2] ?? '') as VpcArgument
const { ports, api, denied, role, roles } = argument
/** Whoever takes on a role is given keys that are known here from then on. */
const keys = [...argument.keys]
const world = unpacked<World>(argument.world)
const devices = new Map(ports)

await runCloud<World, Call>(argument.gateway, (watch) => {
  const server = createEc2({ world, keys, denied, ...watch })
  const held = keys.find(({ principal }) => principal === role)
  const metadata = new Metadata({ world, role: () => (held === undefined ? null : { name: role.replace('role/', ''), keys: held }) })
  return {
    server,
    world,
    fabric: () => fabricOf(world, devices),
    answer: (asked) => metadata.answer(asked, Date.now()),
    setMetadata: (on) => void (metadata.isOff = !on),
    setMachine(id, state) {
      for (const instance of world.instances) if (instance.id === id) instance.state = state
    },
    call: (action, input) => server.change((changed) => void perform(changed, { action, input: input as Fields, dryRun: false })),
    async listen() {
      await server.listen(api, 80)
      await createSts({ region: world.region, keys, roles }).listen(api, STS_PORT)
    },
  }
})
