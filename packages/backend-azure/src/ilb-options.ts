import { isIP } from 'node:net'
import { z } from 'zod'
import { doorFields, doorProblems, guestFields, withinField } from '@movip/backend-lb/options'
import { parseResourceId } from './resource-id.ts'

const balancerForm =
  'expected the resource id of a load balancer: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/loadBalancers/…'

/** Whom to ask, in every kind of endpoint. */
export const accessFields = {
  identity: z
    .string()
    .regex(/^[0-9a-f-]{36}$/i, 'expected the client id of a managed identity')
    .optional()
    .describe('Client id of a user-assigned managed identity; absent: the machine’s own'),
  endpoint: z
    .string()
    .regex(/^https:\/\/[^/\s]+$/, 'expected a URL such as https://management.usgovcloudapi.net, without a slash at its end')
    .optional()
    .describe('Resource Manager of another cloud than the public one'),
}

/** Options of `azure-ilb`, beside `at` and `backend`. */
export const ilbOptions = z
  .strictObject({
    loadBalancer: z
      .string({ error: balancerForm })
      .refine((text) => parseResourceId(text)?.kind.toLowerCase() === 'loadbalancers', { error: balancerForm })
      .describe('Resource id of the load balancer'),
    rule: z.string().min(1).describe('Name of its load balancing rule'),
    address: z
      .string()
      .refine((text) => isIP(text) !== 0, { error: 'expected the address of the frontend, such as 10.1.0.50' })
      .optional()
      .describe("The frontend's address, with floating IP: it is had under the kernel's lease"),
    ...doorFields,
    ...guestFields,
    ...withinField,
    ...accessFields,
  })
  .superRefine((options, context) => {
    for (const problem of doorProblems(options)) context.addIssue({ code: 'custom', ...problem })
    if ((options.address === undefined) !== (options.interface === undefined))
      context.addIssue({ code: 'custom', path: ['address'], message: 'expected address and interface together, or neither' })
  })

export type IlbOptions = z.infer<typeof ilbOptions>
