/** What operators do at bad moments: moves, and changes of the configuration. */
import { readFileSync } from 'node:fs'
import { pollUntil } from '../wait.ts'
import type { Arena } from './arena.ts'
import type { FaultKind, Target } from './fault.ts'
import { HARMLESS } from './fault.ts'

export const switchover: FaultKind = {
  name: 'switchover',
  weight: 5,
  lengthMs: [0, 0],
  takes: ({ group }) => [`move ${group.name}`],
  reach: ({ group }) => ({ ...HARMLESS, groups: [group.name] }),
  title: ({ node, other, group }) => `${group.name} is moved to ${other.name} by a request to ${node.name}`,
  inject(_, { node, other, group }) {
    // It may be refused, or get lost: what counts is what the client sees.
    const moving = node.api.switchover(group.name, other.name).catch(() => null)
    return Promise.resolve(() => moving.then(() => {}))
  },
}

/** One thing that a new configuration changes. */
interface Change {
  readonly what: string
  readonly costs: 'nothing' | 'a node' | 'every group'
  apply(text: string, target: Target): string
}

const SAME: Change = { what: 'a group comes, another goes', costs: 'nothing', apply: (text) => text }

const CHANGES: readonly Change[] = [
  SAME,
  { what: 'a longer lease', costs: 'nothing', apply: (text) => text.replace('timing: lan', 'timing: { profile: lan, lease: 1500ms }') },
  {
    what: 'another order of preference',
    costs: 'nothing',
    apply: (text) => text.replaceAll(/nodes: \[(\w+), (.*)\]/g, 'nodes: [$2, $1]'),
  },
  {
    what: 'a node may hold nothing any more',
    costs: 'a node',
    apply: (text, { node }) =>
      text.replaceAll(new RegExp(`nodes: \\[(.*)\\b${node.name}\\b(.*)\\]`, 'g'), 'nodes: [$1$2]').replaceAll(/, (?=[,\]])|(?<=\[), /g, ''),
  },
  // Endpoints that change are made anew: the groups go down and come up again.
  { what: 'another prefix of every address', costs: 'every group', apply: (text) => text.replaceAll('/24"', '/25"') },
]

const CHANGED_MS = 10_000
const RESTORED_MS = 60_000

/** For some time another configuration, then the first one again. */
export function configure(arena: Arena): FaultKind {
  const original = readFileSync(arena.cluster.clusterFile, 'utf8')
  const changeOf = ({ draw }: Target): Change => CHANGES[Math.floor(draw * CHANGES.length)] ?? SAME
  let versions = 0
  return {
    name: 'configure',
    weight: 3,
    lengthMs: [500, 10_000],
    takes: () => ['configuration'],
    reach(target) {
      const { costs } = changeOf(target)
      if (costs === 'every group') return { ...HARMLESS, groups: arena.groups.map(({ name }) => name) }
      return costs === 'a node' ? { ...HARMLESS, nodes: [target.node.name] } : HARMLESS
    },
    title: (target) => `another configuration: ${changeOf(target).what} (${target.node.name})`,
    async inject(_, target) {
      // Without a quorum nothing comes into force. It still may later, so it is taken back in any case.
      await bringIntoForce(arena, changeOf(target).apply(original, target), ++versions, CHANGED_MS).catch(() => {})
      return () => bringIntoForce(arena, original, ++versions, RESTORED_MS)
    },
  }
}

/** Each version has a group of its own: whoever applied that knows that version, and what came before it comes no more. */
async function bringIntoForce(arena: Arena, text: string, version: number, timeoutMs: number): Promise<void> {
  const mark = `version-${version}`
  const marked = text + markGroup(arena, mark, version)
  let takenBy = ''
  const isInForce = async (): Promise<boolean> => {
    for (const daemon of arena.cluster.daemons) {
      const engine = (await daemon.status())?.engine
      if (engine?.role !== 'coordinator') continue
      if (engine.groups.some(({ id }) => id === mark)) return true
      const office = `${daemon.name} ${engine.term}`
      // One coordinator is asked once; where it loses its office with the entry, the next one is asked.
      if (office !== takenBy && (await wasTaken(daemon.api.configure(marked)))) takenBy = office
    }
    return false
  }
  await pollUntil(isInForce, `version ${version} of the configuration to be in force`, { timeoutMs, everyMs: 200 })
}

function wasTaken(answer: Promise<unknown>): Promise<boolean> {
  return answer.then(
    () => true,
    () => false,
  )
}

const MARK_HOSTS = { first: 110, count: 80 }

function markGroup({ lab }: Arena, name: string, version: number): string {
  const address = lab.vips.ipv4.replace(/\d+$/, String(MARK_HOSTS.first + (version % MARK_HOSTS.count)))
  const nodes = lab.network.nodes.map((host) => host.name).join(', ')
  return [
    `  ${name}:`,
    `    nodes: [${nodes}]`,
    '    endpoints:',
    `      - { backend: arp, address: "${address}/24", interface: lan }`,
    '',
  ].join('\n')
}
