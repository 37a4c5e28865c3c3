import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { bad, defineKind, good } from '../kind.ts'
import type { Probe, ProbeContext } from '../kind.ts'

const nameForm = 'expected a label of interfaces in node.yaml, or the name of an interface, such as eth0'
const schema = z.strictObject({
  interface: z
    .string({ error: nameForm })
    .regex(/^(?!\.)[^\s/]{1,63}$/, { error: nameForm })
    .describe('Label of interfaces in node.yaml, or the name of an interface'),
})

/** Looks whether the kernel calls a network interface up: switched on, and with a carrier. */
export const interfaceCheck = defineKind({ schema, means: 'kernel', probe: interfaceProbe })

function interfaceProbe(options: z.infer<typeof schema>, { interfaces }: ProbeContext): Probe {
  const name = Object.hasOwn(interfaces, options.interface) ? (interfaces[options.interface] ?? options.interface) : options.interface
  return async (signal) => {
    const state = await readFile(`/sys/class/net/${name}/operstate`, { encoding: 'utf8', signal }).catch(() => null)
    if (state === null) return bad(`there is no interface ${name}`)
    // Loopback and tunnels have no carrier to speak of.
    return ['up', 'unknown'].includes(state.trim()) ? good() : bad(`${name} is ${state.trim()}`)
  }
}
