import type { BackendContext, BackendKind, BackendPlugin } from '@movip/core/backend'
import { ArpEndpoint } from './endpoint.ts'
import { leaveHost, takeHost } from './host.ts'
import { parseVip } from './ip.ts'
import type { Vip } from './ip.ts'
import { optionsSchema } from './options.ts'
import type { ArpOptions } from './options.ts'
import { sweep } from './sweep.ts'

const arp: BackendKind<ArpOptions> = {
  schema: optionsSchema,
  describe: (options) => options.address,
  claims: (options) => [`ip:${vipOf(options).text}`],
  async create(options: ArpOptions, context: BackendContext) {
    const host = await takeHost(context.cluster, context.logger)
    const device = Object.hasOwn(context.interfaces, options.interface)
      ? (context.interfaces[options.interface] ?? options.interface)
      : options.interface
    const endpoint = new ArpEndpoint(host, vipOf(options), device, context)
    await host.join(endpoint).catch(async (error: unknown) => {
      await leaveHost(context.cluster, host, endpoint)
      throw error
    })
    endpoint.tellFitness()
    return endpoint
  },
}

function vipOf(options: ArpOptions): Vip {
  const vip = parseVip(options.address)
  if (vip === null) throw new Error(`not an address with a prefix: ${options.address}`)
  return vip
}

/** An IPv4 or IPv6 address in a LAN: `backend: arp`. */
const plugin: BackendPlugin = { kinds: { arp }, sweep }
export default plugin
