import { isIP } from 'node:net'
import { z } from 'zod'
import { oldFlows } from '@movip/backend-arp/options'
import { guestFields } from '@movip/backend-lb/options'
import { accessFields, resourceName, zoneName } from './ilb-options.ts'

const destinationForm = 'expected an IPv4 address with its full prefix, such as 10.99.0.50/32'
const addressForm = 'expected an IPv4 address of the subnetwork, such as 10.132.0.60'
const priorityForm = 'expected a whole number from 100 to 65535'
const common = { interface: guestFields.interface.unwrap(), oldFlows, ...accessFields }

/** Options of `gcp-route`, beside `at` and `backend`. */
export const routeOptions = z.strictObject({
  destination: z
    .string({ error: destinationForm })
    .refine((text) => text.endsWith('/32') && isIP(text.slice(0, -3)) === 4, { error: destinationForm })
    .describe('An address that lies in no subnetwork, to which the network leads'),
  network: resourceName.describe('Name of the network'),
  priority: z
    .int({ error: priorityForm })
    .min(100, { error: priorityForm })
    .max(65_535, { error: priorityForm })
    .optional()
    .describe('Of the routes that movip makes: this and up to 99 below; absent: 1000'),
  ...common,
})

/** Options of `gcp-alias`. */
export const aliasOptions = z.strictObject({
  address: z
    .string({ error: addressForm })
    .refine((text) => isIP(text) === 4, { error: addressForm })
    .describe('An alias address, which goes from one instance to another'),
  range: resourceName.optional().describe('Secondary range of the subnetwork that it comes from; absent: its primary one'),
  zones: z.array(zoneName).min(1).max(16).describe('Zones of the instances that may have it'),
  ...common,
})

export type RouteOptions = z.infer<typeof routeOptions>
export type AliasOptions = z.infer<typeof aliasOptions>
