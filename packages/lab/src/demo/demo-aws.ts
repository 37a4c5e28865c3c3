/** The same story in AWS: an overlay address that four route tables lead to one of three nodes, each in a zone of its own. */
import { startAwsLab } from '../clouds/aws/aws-lab.ts'
import type { AwsLab } from '../clouds/aws/aws-lab.ts'
import { landLate, loseHost, moveThrottled, planMove, PUBLISHED_DELAY } from '../clouds/aws/moves.ts'
import type { Cost, Site } from '../clouds/aws/moves.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { startCluster } from '../cluster/cluster.ts'
import { LabError } from '../errors.ts'
import type { DemoOptions, DemoResult } from './demo.ts'
import { figureOf } from './figure.ts'
import { startShow } from './show.ts'
import type { Show } from './show.ts'

interface Act {
  readonly name: string
  readonly title: string
  readonly play: (site: Site) => Promise<Cost>
}

const acts: readonly Act[] = [
  { name: 'switchover', title: 'an operator moves the group: four tables at once', play: planMove },
  { name: 'host-loss', title: 'the machine of the holder is gone', play: loseHost },
  { name: 'throttled', title: 'AWS throttles two of the four tables while the group moves', play: moveThrottled },
  { name: 'late-call', title: 'a call of a frozen former holder lands late', play: landLate },
]

export async function runAwsDemo(options: DemoOptions): Promise<DemoResult> {
  const plan = chosen(options.scenarios)
  const output = options.json ? process.stderr : process.stdout
  const live = !options.json && output.isTTY
  if (!live) output.write('starting a VPC with three zones, its control plane (50 ms ± 20 for each call), three nodes and a client\n')
  const lab = await startAwsLab()
  let cluster: Cluster | null = null
  try {
    await lab.vpc.turnOn({ effect: PUBLISHED_DELAY })
    cluster = await startCluster(lab, { endpoints: [lab.endpoint], under: lab.under })
    const colour = output.isTTY && (process.env['NO_COLOR'] ?? '') === ''
    const show = startShow({ lab, cluster, output, live, colour })
    try {
      return { scenarios: await Promise.race([play({ lab, cluster }, show, plan, options.rounds), lab.broken]) }
    } finally {
      show.close()
    }
  } finally {
    await cluster?.stop().catch(() => {})
    lab.close()
  }
}

function chosen(names: readonly string[] = acts.map(({ name }) => name)): readonly Act[] {
  return names.map((name) => {
    const found = acts.find((act) => act.name === name)
    if (found !== undefined) return found
    throw new LabError('UNKNOWN_SCENARIO', `There is no scenario ${name} in AWS.`, `There are: ${acts.map((act) => act.name).join(', ')}.`)
  })
}

async function play(site: Site, show: Show, plan: readonly Act[], rounds: number): Promise<DemoResult['scenarios']> {
  const figures: DemoResult['scenarios'][number][] = []
  for (const { name, title, play: act } of plan) {
    const trials: { outageMs: number; twoMs: number; moves: number }[] = []
    for (let round = 0; round < rounds; round += 1) {
      show.doing('at rest')
      const from = await holderOf(site)
      show.doing(title)
      const { outageMs, twoMs } = await act(site)
      const to = await holderOf(site)
      trials.push({ outageMs, twoMs, moves: from === to ? 0 : 1 })
      show.result({ title, lostMs: outageMs, dualHolderMs: twoMs, from, to })
    }
    figures.push(figureOf(name, trials))
  }
  const astray = await tablesAstray(site)
  show.doing(astray === 0 ? 'done: every table leads to the holder' : `done: ${astray} tables lead to a node that does not hold`)
  return figures
}

async function holderOf({ cluster }: Site): Promise<string> {
  return (await cluster.untilSteady()).holder.name
}

async function tablesAstray({ lab, cluster }: { readonly lab: AwsLab; readonly cluster: Cluster }): Promise<number> {
  const own = lab.interfaceOf((await cluster.untilSteady()).holder.name)
  return (await lab.leads()).filter((lead) => lead !== own).length
}
