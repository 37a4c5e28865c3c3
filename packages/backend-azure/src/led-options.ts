import { isIP } from 'node:net'
import { z } from 'zod'
import { oldFlows } from '@movip/backend-arp/options'
import { guestFields } from '@movip/backend-lb/options'
import { accessFields } from './ilb-options.ts'
import { parseResourceId } from './resource-id.ts'

const destinationForm = 'expected an address with its full prefix, such as 10.99.0.50/32'
const tableForm = 'expected the resource id of a route table: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/routeTables/…'
const addressForm = 'expected an IPv4 address of the subnet, such as 10.1.0.60'
const publicForm =
  'expected the resource id of a public IP: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/publicIPAddresses/…'
const isOfKind = (text: string, kind: string): boolean => parseResourceId(text)?.kind.toLowerCase() === kind
const isTable = (text: string): boolean => isOfKind(text, 'routetables')
const common = { interface: guestFields.interface.unwrap(), oldFlows, ...accessFields }

/** Options of `azure-route`, beside `at` and `backend`. */
export const routeOptions = z.strictObject({
  destination: z
    .string({ error: destinationForm })
    .refine(isHost, { error: destinationForm })
    .describe('An address that lies in no subnet, to which the tables lead'),
  routeTables: z
    .array(z.string({ error: tableForm }).refine(isTable, { error: tableForm }))
    .min(1)
    .max(64)
    .describe('Resource ids of the tables that clients’ subnets go by'),
  ...common,
})

/** Options of `azure-ip`. */
export const addressOptions = z
  .strictObject({
    address: z
      .string({ error: addressForm })
      .refine((text) => isIP(text) === 4, { error: addressForm })
      .optional()
      .describe('A secondary address of the subnet, which goes from one network interface to another'),
    publicAddress: z
      .string({ error: publicForm })
      .refine((text) => isOfKind(text, 'publicipaddresses'), { error: publicForm })
      .optional()
      .describe("Resource id of a public IP that goes along: it stands for address, or without it for the interface's first address"),
    ...common,
  })
  .refine(({ address, publicAddress }) => address !== undefined || publicAddress !== undefined, {
    error: 'expected address, publicAddress, or both: what is to go from one network interface to another',
  })

export type RouteOptions = z.infer<typeof routeOptions>
export type AddressOptions = z.infer<typeof addressOptions>

function isHost(text: string): boolean {
  const [host = '', prefix, ...rest] = text.split('/')
  const family = isIP(host)
  return family !== 0 && rest.length === 0 && prefix === (family === 4 ? '32' : '128')
}
