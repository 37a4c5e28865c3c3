import { networkInterfaces } from 'node:os'
import { z } from 'zod'
import { addressKey } from '../../config/fields.ts'
import { bad, defineKind, good } from '../kind.ts'
import type { Probe, ProbeContext } from '../kind.ts'

const addressForm = 'expected an IP address without a prefix, such as 10.0.0.50'
const schema = z.strictObject({
  address: z
    .union([z.ipv4(), z.ipv6()], { error: addressForm })
    .optional()
    .describe("Which address; all that the group's endpoints bring here if absent"),
})

/** Looks whether the VIP is really up on an interface of this machine. */
export const vipCheck = defineKind({ schema, means: 'network', activeOnly: true, probe: vipProbe })

function vipProbe({ address }: z.infer<typeof schema>, { addresses }: ProbeContext): Probe {
  const wanted = address === undefined ? addresses : [address]
  return () => {
    const here = new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((one) => addressKey(one.address))))
    const missing = wanted.filter((one) => !here.has(addressKey(one)))
    if (wanted.length === 0) return Promise.resolve(good('the group brings no address to this node'))
    return Promise.resolve(missing.length === 0 ? good() : bad(`${missing.join(' and ')} is not up on any interface`))
  }
}
