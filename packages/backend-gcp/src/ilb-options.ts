import { isIP } from 'node:net'
import { z } from 'zod'
import { doorFields, doorProblems, guestFields, withinField } from '@movip/backend-lb/options'

const nameForm = 'expected a name of Google Cloud, such as inside'
export const resourceName = z.string({ error: nameForm }).regex(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, { error: nameForm })

const regionForm = 'expected a region, such as europe-west1'
const regionName = z.string({ error: regionForm }).regex(/^([a-z]+-)+[a-z]+\d+$/, { error: regionForm })
const zoneForm = 'expected a zone, such as europe-west1-b'
export const zoneName = z.string({ error: zoneForm }).regex(/^([a-z]+-)+[a-z]+\d+-[a-z\d]+$/, { error: zoneForm })

/** Whom to ask, in every kind of endpoint. */
export const accessFields = {
  project: z
    .string()
    .regex(/^[a-z][-a-z0-9:.]{4,62}$/, 'expected the id of a project')
    .optional()
    .describe('Project of the load balancer; absent: that of the machine'),
  endpoint: z
    .string()
    .regex(/^https:\/\/[^/\s]+$/, 'expected a URL such as https://compute-shop.p.googleapis.com, without a slash at its end')
    .optional()
    .describe('Compute Engine by another way than the public one'),
}

/** Options of `gcp-ilb`, beside `at` and `backend`. */
export const ilbOptions = z
  .strictObject({
    forwardingRule: resourceName.describe('Name of the forwarding rule of an internal passthrough load balancer'),
    region: regionName.optional().describe('Region of the load balancer; absent: that of the machine'),
    address: z
      .string()
      .refine((text) => isIP(text) !== 0, { error: 'expected the address of the forwarding rule, such as 10.132.0.50' })
      .describe("The address of the forwarding rule: it is had under the kernel's lease"),
    ...doorFields,
    ...guestFields,
    interface: guestFields.interface.unwrap().describe('Where the address is put'),
    ...withinField,
    ...accessFields,
  })
  .superRefine((options, context) => {
    for (const problem of doorProblems(options)) context.addIssue({ code: 'custom', ...problem })
  })

export type IlbOptions = z.infer<typeof ilbOptions>
