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

const TABLE = 'movip_gatekeeper'

const driver = new KoffiDriver(openSockets())
const gate = new Gate(TABLE, driver)
const [stays, goes, comes] = ['10.77.0.50/24', '10.77.0.51/24', '10.77.0.52/24'].map((address): GateMember => ({
  vip: parseVip(address) as Vip,
  device: 'eth0',
})) as [GateMember, GateMember, GateMember]

async function guarded(): Promise<readonly string[]> {
  const { stdout } = await run('nft', ['list', 'set', 'netdev', TABLE, 'vips4'])
  return [...stdout.matchAll(/10\.77\.0\.\d+/g)].map(([ip]) => ip).toSorted()
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

function refusal(member: GateMember): string | null {
  try {
    gate.demand(member.vip)
    return null
  } catch (error) {
    return String(error)
  }
}

const refused = { stays: refusal(stays), goes: refusal(goes) }
driver.close()
process.stdout.write(JSON.stringify({ together, back, refused }))
