import { createSilent } from '@movip/backend-arp/create'
import { parseVip } from '@movip/backend-arp/ip'
import { sweep } from '@movip/backend-arp/sweep'
import type { Backend, BackendContext, BackendKind, BackendPlugin } from '@movip/core/backend'
import { duration } from '@movip/core/fields'
import { patienceMs, riseMs } from './asking.ts'
import type { Probe } from './asking.ts'
import { createHealthEndpoint } from './health-endpoint.ts'
import { doorClaims, doorOf, doorText, healthOptions } from './options.ts'
import type { HealthOptions, ProbeOptions } from './options.ts'

const health: BackendKind<HealthOptions> = {
  schema: healthOptions,
  describe: (options) => doorText(doorOf(options)),
  claims: (options) => [...doorClaims(options), ...(options.address === undefined ? [] : [`ip:${vipOf(options.address).text}`])],
  claimMs: ({ probe }) => (probe === undefined ? 0 : patienceMs(riseMs(probeOf(probe)))),
  async create(options, context) {
    const probe = options.probe === undefined ? null : probeOf(options.probe)
    return createHealthEndpoint({
      context,
      door: doorOf(options),
      ports: options.ports ?? [],
      address: await guestOf(options, context),
      probe: () => probe,
    })
  },
}

async function guestOf({ address, interface: name, oldFlows }: HealthOptions, context: BackendContext): Promise<Backend | null> {
  if (address === undefined || name === undefined) return null
  const device = Object.hasOwn(context.interfaces, name) ? (context.interfaces[name] ?? name) : name
  return createSilent(vipOf(address), device, context, { oldFlows })
}

function probeOf({ every, rise, fall, from }: ProbeOptions): Probe {
  return { everyMs: duration.parse(every), rise, fall, from: from ?? null }
}

function vipOf(text: string): NonNullable<ReturnType<typeof parseVip>> {
  const vip = parseVip(text)
  if (vip === null) throw new Error(`invariant: ${text} was accepted as an address`)
  return vip
}

/** Answers for load balancers of any kind: `backend: lb-health`. */
const plugin: BackendPlugin = { kinds: { 'lb-health': health }, sweep }
export default plugin
