import { command } from '../command.ts'
import type { RunFolder } from '../network/run-folder.ts'
import { AS_ROUTER, portLines, WAN_MAC, wayThrough } from '../network/router.ts'
import { createRunFolder } from '../network/run-folder.ts'
import { lines } from '../network/switch.ts'
import { takeDown, takeDownAtExit } from '../network/teardown.ts'

/** Where a site is joined to the others. */
export interface Uplink {
  /** Namespace of the site's router. */
  readonly router: string
  /** What its port to the others is called there. */
  readonly device: string
  readonly mac: string
  /** What lies behind it, of each family that it has. */
  readonly ranges: readonly string[]
}

/** What lies between sites: a namespace that forwards between them, unless a scenario has cut their link. */
export interface Wan {
  /** From now on no packet goes between the two. */
  cut(one: string, other: string): Promise<void>
  heal(one: string, other: string): Promise<void>
  close(): void
}

export async function createWan(uplinks: ReadonlyMap<string, Uplink>): Promise<Wan> {
  const folder = createRunFolder()
  takeDownAtExit(folder)
  const namespace = `${folder.prefix}-wan`
  try {
    await build(namespace, uplinks)
  } catch (error) {
    takeDown(folder)
    throw error
  }
  const between = (verb: 'add' | 'delete') => async (one: string, other: string) => {
    const pairs = `{ "${portOf(one)}" . "${portOf(other)}", "${portOf(other)}" . "${portOf(one)}" }`
    await command('ip', ['netns', 'exec', namespace, 'nft', verb, 'element', 'inet', 'lab', 'cut', pairs])
  }
  return { cut: between('add'), heal: between('delete'), close: closing(folder) }
}

function closing(folder: RunFolder): () => void {
  let closed = false
  return () => {
    if (!closed) takeDown(folder)
    closed = true
  }
}

const portOf = (site: string): string => `p-${site}`

async function build(namespace: string, uplinks: ReadonlyMap<string, Uplink>): Promise<void> {
  const all = [...uplinks]
  const cables = all.map(
    ([site, { router, device, mac }]) =>
      `link add name ${portOf(site)} netns ${namespace} address ${WAN_MAC} type veth peer name ${device} address ${mac} netns ${router}`,
  )
  await command('ip', ['-batch', '-'], lines([`netns add ${namespace}`, ...cables]))
  await command('ip', ['netns', 'exec', namespace, 'sh', '-c', AS_ROUTER])
  await command('ip', ['-n', namespace, '-batch', '-'], lines(all.flatMap(([site, uplink]) => linesOf(portOf(site), uplink))))
  await command('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], CUT_TABLE)
}

function linesOf(port: string, { mac, ranges }: Uplink): readonly string[] {
  return [...portLines(port, mac, '169.254.3.1'), ...ranges.map((range) => `route add ${range} ${wayThrough(port, range)}`)]
}

const CUT_TABLE = `
table inet lab {
  set cut { type ifname . ifname; }
  chain forward { type filter hook forward priority 0; policy accept; iifname . oifname @cut drop; }
}
`
