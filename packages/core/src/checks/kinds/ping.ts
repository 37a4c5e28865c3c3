import { z } from 'zod'
import { runProgram } from '../../programs/run.ts'
import { bad, defineKind, good } from '../kind.ts'
import type { Probe } from '../kind.ts'

const hostForm = 'expected a name or an address, such as 10.0.0.1'
const host = z.string({ error: hostForm }).regex(/^[A-Za-z0-9:][A-Za-z0-9:.%-]{0,252}$/, { error: hostForm })

const schema = z
  .strictObject({
    hosts: z.array(host).min(1).max(8).describe('Who is asked for an echo, such as the gateways'),
    need: z.int().min(1).optional().describe('How many of them must answer; 1 if absent'),
  })
  .superRefine(({ hosts, need = 1 }, context) => {
    if (need > hosts.length)
      context.addIssue({ code: 'custom', path: ['need'], message: `expected at most ${hosts.length}, the hosts named` })
  })

/** Asks hosts for an ICMP echo, with the system's `ping`. */
export const pingCheck = defineKind({ schema, means: 'program', probe: pingProbe })

function pingProbe({ hosts, need = 1 }: z.infer<typeof schema>): Probe {
  return async (signal) => {
    const silent = await silentOf(hosts, need, signal)
    return hosts.length - silent.length >= need ? good() : bad(`no echo from ${silent.join(' and ')}`)
  }
}

/** Asks all at once; once enough have answered the others are not waited for. */
async function silentOf(hosts: readonly string[], need: number, signal: AbortSignal): Promise<readonly string[]> {
  const enough = new AbortController()
  const answered = new Set<string>()
  await Promise.all(
    hosts.map(async (one) => {
      const { code } = await askForEcho(one, AbortSignal.any([signal, enough.signal]))
      if (code === 0) answered.add(one)
      if (answered.size >= need) enough.abort()
    }),
  )
  return hosts.filter((one) => !answered.has(one))
}

function askForEcho(host: string, signal: AbortSignal): ReturnType<typeof runProgram> {
  return runProgram({ argv: ['ping', '-n', '-q', '-c', '1', host], signal, life: 'tied' })
}
