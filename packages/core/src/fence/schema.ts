import { z } from 'zod'
import { durationFrom, name } from '../config/fields.ts'
import type { FenceDevice } from '../model/index.ts'

const agentForm = 'expected the name of a fence agent, such as fence_ipmilan'
const parameter = z.string().regex(/^\w{1,64}$/, { error: 'expected the name of a parameter of the agent' })
const valueForm = 'expected one line of text, a number, true or false'
/** An agent reads its parameters line by line. */
const value = z
  .union([z.string().regex(/^[^\n\r]{0,4096}$/, { error: valueForm }), z.number(), z.boolean()], { error: valueForm })
  .transform(String)

/** One way of switching a node off, as `cluster.yaml` has it. */
export const fenceDeviceSchema = z.strictObject({
  agent: z
    .string({ error: agentForm })
    .regex(/^fence_\w{1,64}$/, { error: agentForm })
    .describe('A ClusterLabs fence agent of the system'),
  options: z.record(parameter, value).default({}).describe('Its parameters, as its meta-data names them'),
  secrets: z.record(parameter, name).default({}).describe('Parameters whose values are in files: under which name node.yaml has each file'),
  action: z.enum(['off', 'reboot']).default('off').describe('What is asked of it'),
  timeout: durationFrom(1000).default(30_000).describe('A call that takes longer has failed'),
})

/** What a node has under `fence`. */
export const nodeFenceSchema = z
  .union([fenceDeviceSchema, z.array(fenceDeviceSchema).min(1).max(16)])
  .optional()
  .describe('How other nodes switch this one off; several ways are tried in their order')

/** What a group has under `fence`. */
export const groupFenceSchema = z
  .enum(['required'])
  .optional()
  .describe('required: nothing is started before a former holder has let go or is off')

/** The ways to switch a node off as the cluster's configuration holds them. */
export function fenceDevicesOf(entry: z.infer<typeof nodeFenceSchema>): { readonly fence?: readonly FenceDevice[] } {
  if (entry === undefined) return {}
  return { fence: [entry].flat().map(({ timeout, ...device }) => ({ ...device, timeoutMs: timeout })) }
}
