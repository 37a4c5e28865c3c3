/** What a careless hand does to a machine that serves: rules and addresses taken away, the wall clock set. */
import type { Daemon } from '../cluster/daemon.ts'
import { command } from '../command.ts'
import type { Host } from '../network/host.ts'
import { pollUntil } from '../wait.ts'
import type { Arena } from './arena.ts'
import type { FaultKind } from './fault.ts'
import { HARMLESS, NothingDone, nothing } from './fault.ts'

/** The gate's table, by the name of the lab's cluster. */
const TABLE = 'movip_lab'
const WALL_SHIFTS_S = [-31_536_000, -86_400, -3600, -60, -2, 2, 60, 3600, 86_400, 31_536_000] as const
/** The shift has been seen when the daemon's own date is this near to it. */
const SEEN_MS = 1500

/** Takes something away by one command, which does all or nothing. */
async function takeAway(host: Host, program: string, ...args: readonly string[]): Promise<void> {
  try {
    await command('ip', ['netns', 'exec', host.namespace, program, ...args])
  } catch (error) {
    throw new NothingDone(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** With which prefix the address is on the host now: configurations change it. */
async function prefixOf(host: Host, vip: string): Promise<number> {
  const shown = await command('ip', ['-j', '-n', host.namespace, 'address', 'show', 'dev', 'eth0', 'to', vip])
  const links = JSON.parse(shown) as readonly { readonly addr_info?: readonly { readonly prefixlen?: number }[] }[]
  // Of addresses that were not asked for, empty objects are shown.
  const prefix = links.flatMap(({ addr_info: addresses = [] }) => addresses).find(({ prefixlen }) => prefixlen !== undefined)?.prefixlen
  if (prefix === undefined) throw new NothingDone(`${vip} is not there`)
  return prefix
}

/**
 * The gate is taken away from a daemon that lives, and stays alive for a while: docs/safety.md names what remains when rules are flushed
 * while nobody is there to put them back.
 */
function gateFault(name: string, what: string, args: readonly string[]): FaultKind {
  return {
    name,
    weight: 1,
    lengthMs: [0, 0],
    takes: ({ node }) => [`process ${node.name}`],
    restMs: 2000,
    reach: ({ node }) => ({ ...HARMLESS, nodes: [node.name] }),
    title: ({ node }) => `${node.name}: ${what}`,
    async inject(_, { node }) {
      if (node.pid() === null) throw new NothingDone(`The daemon of ${node.name} does not run.`)
      await takeAway(node.host, 'nft', ...args)
      return nothing
    },
  }
}

export const kernelFaults: readonly FaultKind[] = [
  gateFault('ruleset-flushed', 'nft flush ruleset', ['flush', 'ruleset']),
  gateFault('gate-deleted', "the gate's table is deleted", ['delete', 'table', 'netdev', TABLE]),
  {
    name: 'vip-deleted',
    weight: 2,
    lengthMs: [0, 0],
    at: 'holder',
    takes: ({ group }) => [`address ${group.name}`],
    reach: ({ node, group }) => ({ ...HARMLESS, nodes: [node.name], groups: [group.name] }),
    title: ({ node, group }) => `${node.name}: an address of ${group.name} is deleted by hand`,
    async inject(_, { node, group, random }) {
      const vip = random.pick(group.vips)
      await takeAway(node.host, 'ip', 'address', 'delete', `${vip}/${await prefixOf(node.host, vip)}`, 'dev', 'eth0')
      return nothing
    },
  },
]

/** Nothing may change: only the times in the log show it. */
export function wallClockFault(wallClock: NonNullable<Arena['wallClock']>): FaultKind {
  return {
    name: 'wall-clock',
    weight: 3,
    lengthMs: [3000, 12_000],
    at: { node: wallClock.node },
    takes: () => ['wall-clock'],
    reach: () => HARMLESS,
    title: ({ node, draw }) => `${node.name}: its wall clock is set ${shiftOf(draw)} s off`,
    async inject(_, { node, draw }) {
      wallClock.shift(shiftOf(draw))
      await untilSeen(node, shiftOf(draw))
      return () => wallClock.shift(0)
    },
  }
}

function shiftOf(draw: number): number {
  return WALL_SHIFTS_S[Math.floor(draw * WALL_SHIFTS_S.length)] ?? 0
}

/** A fault that the daemon never sees would prove nothing. One that does not answer at present cannot be asked. */
async function untilSeen(node: Daemon, seconds: number): Promise<void> {
  const seen = async (): Promise<boolean> => {
    const status = await node.status()
    return status === null || Math.abs(Date.parse(status.at) - Date.now() - seconds * 1000) < SEEN_MS
  }
  await pollUntil(seen, `${node.name} to see its wall clock ${seconds} s off`, { timeoutMs: 5000, everyMs: 200 })
}
