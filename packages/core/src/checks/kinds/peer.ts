import { z } from 'zod'
import { bad, defineKind, good } from '../kind.ts'
import type { Probe, ProbeContext } from '../kind.ts'
import { httpCheck } from './http.ts'
import { tcpCheck } from './tcp.ts'

const schema = z
  .strictObject({
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe("A port of the service; one of the group's addresses must take a connection there"),
    act: z.boolean().optional().describe('Whether a holder that none of its peers reaches gives the group up; false if absent'),
    http: httpCheck.schema.optional().describe('What is asked for instead, as in an http check'),
  })
  .refine(({ port, http }) => (port === undefined) !== (http === undefined), { error: 'expected either port or http' })

/** Tries from the nodes that do not serve the group whether it can be reached where its clients reach it. Says nothing of those nodes. */
export const peerCheck = defineKind({ schema, means: 'network', fromPeers: true, probe: peerProbe })

function peerProbe({ port, http }: z.infer<typeof schema>, context: ProbeContext): Probe {
  if (port === undefined) return httpCheck.open(http, context)
  const { addresses } = context
  const probes = addresses.map((host) => ({ host, probe: tcpCheck.open({ host, port }, context) }))
  return async (signal) => {
    if (probes.length === 0) return bad('no endpoint of the group has an address; write http instead of port')
    const enough = new AbortController()
    const limited = AbortSignal.any([signal, enough.signal])
    try {
      // Endpoints of other sites are not up here, and may not even refuse: the first one that answers will do.
      const reached = await Promise.any(probes.map(({ host, probe }) => reach(host, probe, limited)))
      return good(`reached at ${reached}`)
    } catch (error) {
      if (!(error instanceof AggregateError)) throw error
      return bad(error.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; '))
    } finally {
      enough.abort()
    }
  }
}

/** The host, where the probe goes well. */
async function reach(host: string, probe: Probe, signal: AbortSignal): Promise<string> {
  try {
    const { ok, reason } = await probe(signal)
    if (ok) return host
    throw new Error(reason ?? 'no reason given')
  } catch (error) {
    throw new Error(`${host}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
