import { Resolver } from 'node:dns/promises'
import { z } from 'zod'
import { parseHostPort } from '../../config/fields.ts'
import { bad, defineKind, good } from '../kind.ts'
import type { Probe } from '../kind.ts'

/** Labels of letters, digits, - and _, each of up to 63; a dot at the end is allowed. */
const nameForm = /^(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?$/
const serverForm = 'expected the IP address of a name server, such as 10.0.0.2 or [fd00::2]:5353'
const schema = z.strictObject({
  name: z
    .string()
    .max(253)
    .regex(nameForm, { error: 'expected a domain name, such as app.example.com' })
    .describe('The name that is asked for'),
  record: z.enum(['A', 'AAAA', 'CNAME', 'TXT', 'NS', 'PTR']).optional().describe('The type of record; A if absent'),
  expect: z.array(z.string().min(1)).min(1).optional().describe('What the answer must contain; anything if absent'),
  server: z
    .string({ error: serverForm })
    .refine(isServer, { error: serverForm })
    .optional()
    .describe("The name server that is asked; the machine's own if absent"),
})

/** Asks a name server, and looks whether its answer holds what is expected. */
export const dnsCheck = defineKind({ schema, means: 'network', probe: dnsProbe })

function isServer(text: string): boolean {
  const host = parseHostPort(text)?.host
  return host !== undefined && (z.ipv4().safeParse(host).success || z.ipv6().safeParse(host).success)
}

function dnsProbe({ name, record = 'A', expect = [], server }: z.infer<typeof schema>): Probe {
  return async (signal) => {
    const resolver = new Resolver({ tries: 1 })
    if (server !== undefined) resolver.setServers([server])
    const cancel = (): void => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const found: unknown = await resolver.resolve(name, record)
      const answers = (Array.isArray(found) ? found : [found]).map((answer) => textOf(answer))
      const missing = expect.filter((text) => !answers.includes(text))
      return missing.length === 0 ? good(answers.join(', ')) : bad(`${name} is ${answers.join(', ')} and not ${missing.join(', ')}`)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

/** A TXT record comes in pieces. */
function textOf(answer: unknown): string {
  return Array.isArray(answer) ? answer.join('') : String(answer)
}
