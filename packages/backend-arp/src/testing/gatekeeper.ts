/**
 * A program for tests: takes a member away from a gate while another one joins, and prints which VIPs the kernel guards after
 * that, and whether a VIP that never joined may be configured.
 */
import { run } from '../command.ts'
import { KoffiDriver } from '../koffi-driver.ts'
import { openSockets } from '../ffi.ts'
import { Gate } from '../gate.ts'
import type { GateMember } from '../gate.ts'
import { parseVip } from '../ip.ts'
import type { Vip } from '../ip.ts'
import { NetlinkSocket } from '../netlink-socket.ts'
import { generationOf, getGeneration } from '../nftables.ts'

const TABLE = 'movip_gatekeeper'

const NETLINK_NETFILTER = 12

const driver = new KoffiDriver(openSockets())
const netfilter = new NetlinkSocket(openSockets(), NETLINK_NETFILTER)
const gate = new Gate(TABLE, driver)
const [stays, goes, comes] = ['10.77.0.50/24', '10.77.0.51/24', '10.77.0.52/24'].map((address): GateMember => ({
  guarded: parseVip(address) as Vip,
  device: 'eth0',
})) as [GateMember, GateMember, GateMember]

async function guarded(): Promise<readonly string[]> {
  const { stdout } = await run('nft', ['list', 'set', 'netdev', TABLE, 'vips4'])
  return [...stdout.matchAll(/10\.77\.0\.\d+/g)].map(([ip]) => ip).toSorted()
}

/** Grows by one with every transaction. */
function rulesetNumber(): number {
  return generationOf(netfilter.demand(getGeneration, 'read the generation of the ruleset')) ?? Number.NaN
}

async function join(member: GateMember): Promise<void> {
  gate.add(member)
  await gate.ensure()
}

await join(stays)
await join(goes)
const going = gate.delete(goes)
const joined = join(comes)
await Promise.all([going, joined])
const together = await guarded()

// The one that goes and comes back is the same VIP: another configuration of it, made while the old one is closed.
const again: GateMember = { ...comes }
await Promise.all([gate.delete(comes), join(again)])
const back = await guarded()

// Very many that go at once, as of a daemon that ends.
const many = Array.from({ length: 100 }, (_, n): GateMember => ({ guarded: parseVip(`10.77.1.${n + 1}/24`) as Vip, device: 'eth0' }))
for (const member of many) gate.add(member)
await gate.ensure()
const before = rulesetNumber()
await Promise.all(many.map((member) => gate.delete(member)))
const gone = { transactions: rulesetNumber() - before, left: await guarded() }

function refusal(member: GateMember): string | null {
  try {
    gate.demand(member.guarded)
    return null
  } catch (error) {
    return String(error)
  }
}

const refused = { stays: refusal(stays), goes: refusal(goes) }
driver.close()
netfilter.close()
process.stdout.write(JSON.stringify({ together, back, gone, refused }))
