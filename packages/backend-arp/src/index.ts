import type { BackendKind, BackendPlugin } from '@movip/core/backend'
import { createArp } from './create.ts'
import { parseVip } from './ip.ts'
import type { Vip } from './ip.ts'
import { lackingInterface } from './lacking.ts'
import { optionsSchema } from './options.ts'
import type { ArpOptions } from './options.ts'
import { sweep } from './sweep.ts'

const arp: BackendKind<ArpOptions> = {
  schema: optionsSchema,
  describe: (options) => options.address,
  claims: (options) => [`ip:${vipOf(options).text}`],
  lacking: (options, interfaces) => lackingInterface(deviceOf(options, interfaces)),
  create: (options, context) => createArp(vipOf(options), deviceOf(options, context.interfaces), context, options),
}

/** A name of `node.yaml` goes before one of the machine. */
function deviceOf({ interface: name }: ArpOptions, interfaces: Readonly<Record<string, string>>): string {
  return Object.hasOwn(interfaces, name) ? (interfaces[name] ?? name) : name
}

function vipOf(options: ArpOptions): Vip {
  const vip = parseVip(options.address)
  if (vip === null) throw new Error(`not an address with a prefix: ${options.address}`)
  return vip
}

/** An IPv4 or IPv6 address in a LAN: `backend: arp`. */
const plugin: BackendPlugin = { kinds: { arp }, sweep }
export default plugin
