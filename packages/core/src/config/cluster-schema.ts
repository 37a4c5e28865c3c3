import { z } from 'zod'
import { groupFenceSchema, nodeFenceSchema } from '../fence/schema.ts'
import { hookSchema } from '../hooks/schema.ts'
import { notifySchema } from '../notify/schema.ts'
import { servicePartSchema } from '../service/schema.ts'
import { checkEntrySchema } from './check-schema.ts'
import { addressSchema } from './addresses.ts'
import { name } from './fields.ts'
import { capacity, placementFields } from './placement.ts'
import { timingSchema } from './timing.ts'

const backendForm = 'expected the name of a backend, such as arp'

/** One node as `cluster.yaml` has it. */
const nodeEntrySchema = z.strictObject({
  site: name.describe('Failure domain: a datacentre, an office, a cloud region'),
  address: addressSchema.describe('Where the other members reach this node; with several planes an address for each'),
  voter: z.boolean().optional().describe('Whether its vote counts; true unless written otherwise'),
  witness: z.boolean().optional().describe('A voter that never holds a group'),
  capacity,
  fence: nodeFenceSchema,
})

/** What every endpoint has; the rest are options of its backend. */
export const endpointEntrySchema = z.looseObject({
  at: name.optional().describe('Site at which it applies; everywhere if absent'),
  backend: z.string({ error: backendForm }).min(1, { error: backendForm }),
})

const fewChecks = 'expected at most 64 checks'
const isFew = (checks: object): boolean => Object.keys(checks).length <= 64

/** One group as `cluster.yaml` has it. */
const groupEntrySchema = z.strictObject({
  nodes: z
    .array(z.string({ error: 'expected the name of a node' }))
    .optional()
    .describe('Who may hold the group, in order of preference'),
  mode: z.enum(['active-standby']).default('active-standby'),
  ...placementFields,
  endpoints: z.array(endpointEntrySchema).min(1),
  service: z
    .union([servicePartSchema, z.array(servicePartSchema).min(1).max(64)])
    .optional()
    .describe('What is started before the endpoints are claimed, and stopped after they are released; several parts in their order'),
  hooks: z
    .array(hookSchema)
    .max(64)
    .optional()
    .describe('Programs that are run at transitions, in this order, on the node where they happen'),
  fence: groupFenceSchema,
  checks: z.record(name, checkEntrySchema).refine(isFew, { error: fewChecks }).optional().describe('Health tests of the group, by name'),
})

/** The shape of `cluster.yaml`. */
export const clusterFileSchema = z.strictObject({
  cluster: name.describe('Name of the cluster'),
  timing: timingSchema.default('lan'),
  nodes: z.record(name, nodeEntrySchema),
  groups: z.record(name, groupEntrySchema).default({}),
  notify: notifySchema.optional().describe('Who is told what happens, by name'),
})

export type ClusterFile = z.infer<typeof clusterFileSchema>
