import { isIP } from 'node:net'
import { z } from 'zod'
import { oldFlows } from '@movip/backend-arp/options'

const regionForm = 'expected a region of AWS, such as eu-west-1'
const region = z.string({ error: regionForm }).regex(/^[a-z]{2}(-[a-z]+)+-\d$/, { error: regionForm })
const roleForm = 'expected the ARN of a role, such as arn:aws:iam::123456789012:role/movip'
const role = z.string({ error: roleForm }).regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, { error: roleForm })
const interfaceForm = 'expected a name of "interfaces" in node.yaml or of a network interface'

/** What all kinds have, beside `at` and `backend`. */
const common = {
  /** The interface that is led to; if absent, the first of the instance. */
  interface: z
    .string({ error: interfaceForm })
    .regex(/^[^\s/"]{1,64}$/, { error: interfaceForm })
    .optional(),
  /** If absent, where this instance is. */
  region: region.optional(),
  /** A role to take on for these calls, in a shared VPC or another account. */
  role: role.optional(),
}

function idOf(prefix: string): z.ZodString {
  const error = `expected an id such as ${prefix}-0123456789abcdef0`
  return z.string({ error }).regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), { error })
}

const destinationForm = 'expected one address with its full prefix, such as 10.99.0.50/32 or fd99::50/128'
const addressForm = 'expected an address, such as 10.0.1.50'
const tablesForm = 'expected ids of route tables, or one of { tag: … }, { subnets: … } and { vpc: … }'
const tagForm = 'expected a tag with its value, such as { movip: "yes" }'
const ipv4Form = 'expected an IPv4 address of the interface, such as 10.0.1.10'
const address = z.string({ error: addressForm }).refine((text) => isIP(text) !== 0, { error: addressForm })

/** Which tables lead to the address: by name, or whatever fits when they are looked up. */
const tables = z.union(
  [
    z.array(idOf('rtb')).min(1).max(50),
    z.strictObject({
      // Without any, every table of the region would fit.
      tag: z.record(z.string().min(1).max(128), z.string().max(256)).refine((tags) => Object.keys(tags).length > 0, { error: tagForm }),
    }),
    z.strictObject({ subnets: z.array(idOf('subnet')).min(1).max(50) }),
    z.strictObject({ vpc: idOf('vpc') }),
  ],
  { error: tablesForm },
)

/** `backend: aws-route`: an overlay address, outside of the range of the VPC. */
export const routeOptions = z.strictObject({
  destination: z.string({ error: destinationForm }).refine(isHost, { error: destinationForm }),
  routeTables: tables,
  oldFlows,
  ...common,
})

/** `backend: aws-eip` */
export const elasticOptions = z.strictObject({
  allocation: idOf('eipalloc'),
  privateAddress: z
    .string({ error: ipv4Form })
    .refine((text) => isIP(text) === 4, { error: ipv4Form })
    .optional(),
  ...common,
})

/** `backend: aws-ip`: a secondary address of the subnet. */
export const privateOptions = z.strictObject({ address, oldFlows, ...common })

export type RouteOptions = z.infer<typeof routeOptions>
export type ElasticOptions = z.infer<typeof elasticOptions>
export type PrivateOptions = z.infer<typeof privateOptions>
export type TableChoice = RouteOptions['routeTables']

function isHost(text: string): boolean {
  const [host = '', prefix, ...rest] = text.split('/')
  const family = isIP(host)
  return family !== 0 && rest.length === 0 && prefix === (family === 4 ? '32' : '128')
}
