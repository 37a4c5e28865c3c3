import { isIP } from 'node:net'
import { z } from 'zod'
import { ON_MACHINE } from '@movip/core/backend'
import type { HealthDoor } from '@movip/core/backend'
import { writtenDuration } from '@movip/core/fields'
import { vipTrouble } from '@movip/backend-arp/ip'
import { oldFlows } from '@movip/backend-arp/options'

const pathForm = 'expected a path such as /web: a slash, then letters, digits and . _ ~ - /'
const portForm = 'expected a port from 1 to 65535'
const rangeForm = 'expected an address or a range such as 35.191.0.0/16'
const countForm = 'expected a whole number from 1 to 10'

const port = z.int({ error: portForm }).min(1, { error: portForm }).max(65_535, { error: portForm })
const count = z.int({ error: countForm }).min(1, { error: countForm }).max(10, { error: countForm })

/** How a balancer asks, as its own settings have it. */
const probe = z.strictObject({
  every: writtenDuration.describe('Time from one question to the next'),
  rise: count.describe('So many good answers in a row bring traffic here'),
  fall: count.describe('So many bad answers in a row, or none, take it away'),
  from: z
    .array(z.string({ error: rangeForm }).refine(isRange, { error: rangeForm }))
    .min(1)
    .max(16)
    .optional()
    .describe('Whose questions are those of the balancer: addresses or ranges; absent: whoever asks'),
})

/** Where the balancer asks, and what stands behind the kernel's lease: options that all kinds have which answer balancers. */
export const doorFields = {
  path: z
    .string({ error: pathForm })
    .regex(/^\/[A-Za-z0-9._~/-]{0,200}$/, { error: pathForm })
    .optional()
    .describe('The balancer asks for this path at health.listen of node.yaml'),
  port: port.optional().describe('The balancer asks at this port of its own'),
  form: z.enum(['http', 'tcp']).default('http').describe('What it asks with; tcp needs a port of its own'),
  ports: z
    .array(port)
    .min(1)
    .max(64)
    .optional()
    .describe(
      "Ports of the service that are open under the kernel's lease alone, for balancers that send traffic to the node's own address",
    ),
}

/** An address that the balancer sends traffic to, and that the machine has to have for that. */
export const guestFields = {
  interface: z
    .string()
    .regex(/^[^\s/"]{1,64}$/, 'expected a name of "interfaces" in node.yaml or of a network interface')
    .optional()
    .describe('Where the address is put'),
  oldFlows,
}

/** How long traffic may take to follow: what a cloud's own settings are held to. */
export const withinField = {
  within: writtenDuration.default('30s').describe('Traffic is to follow a move within this time; a probe that takes longer is told of'),
}

/** Options of `lb-health`, beside `at` and `backend`. */
export const healthOptions = z
  .strictObject({
    ...doorFields,
    ...guestFields,
    probe: probe.optional().describe("The balancer's own settings; with them a move ends when traffic flows, and not before"),
    address: z
      .string()
      .superRefine((text, context) => {
        const message = vipTrouble(text)
        if (message !== null) context.addIssue({ code: 'custom', message })
      })
      .optional()
      .describe("The balancer's own address where it passes packets on unchanged; it is had under the kernel's lease"),
  })
  .superRefine((options, context) => {
    for (const problem of doorProblems(options)) context.addIssue({ code: 'custom', ...problem })
    if ((options.address === undefined) !== (options.interface === undefined))
      context.addIssue({ code: 'custom', path: ['address'], message: 'expected address and interface together, or neither' })
  })

export type HealthOptions = z.infer<typeof healthOptions>
export type ProbeOptions = z.infer<typeof probe>

interface Door {
  readonly path?: string | undefined
  readonly port?: number | undefined
  readonly form: 'http' | 'tcp'
}

interface Problem {
  readonly path: string[]
  readonly message: string
}

/** What is wrong with where the balancer asks. */
export function doorProblems({ path, port: own, form, ports }: Door & { readonly ports?: readonly number[] | undefined }): Problem[] {
  const problems: Problem[] = []
  if ((path === undefined) === (own === undefined))
    problems.push({ path: ['path'], message: 'expected either path, at health.listen of node.yaml, or port, of its own' })
  if (form === 'tcp' && own === undefined)
    problems.push({ path: ['form'], message: 'expected a port of its own: whoever asks by TCP can name no path' })
  if (own !== undefined && ports?.includes(own) === true)
    problems.push({ path: ['ports'], message: 'expected ports of the service; that of the health answers is none of them' })
  return problems
}

export function doorOf({ path, port: own, form }: Door): HealthDoor {
  if (path !== undefined) return { form: 'http', path }
  if (own === undefined) throw new Error('invariant: options without a door were accepted')
  return form === 'http' ? { form, port: own } : { form, port: own }
}

/** Where it is, in words. */
export function doorText(door: HealthDoor): string {
  return 'path' in door ? door.path : `${door.form}:${door.port}`
}

/** What no other endpoint of this machine may have. */
export function doorClaims(options: Door & { readonly ports?: readonly number[] | undefined }): readonly string[] {
  const door = doorOf(options)
  const own = 'path' in door ? `health path ${door.path}` : `port ${door.port}`
  return [own, ...(options.ports ?? []).map((one) => `port ${one}`)].map((claim) => ON_MACHINE + claim)
}

function isRange(text: string): boolean {
  const [ip = '', prefix, ...rest] = text.split('/')
  const family = isIP(ip)
  if (family === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
}
