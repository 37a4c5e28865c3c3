/** What a newcomer sees first: three nodes, one address, and what a client loses when things break. */
import { LabError } from '../errors.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { startCluster } from '../cluster/cluster.ts'
import { bestDiskKind } from '../faults/disk.ts'
import type { DiskKind } from '../faults/disk.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../lab.ts'
import type { Scenario } from '../scenarios.ts'
import { scenarios } from '../scenarios.ts'
import type { Phase, Trial } from '../trial.ts'
import { runTrial } from '../trial.ts'
import { runAwsDemo } from './demo-aws.ts'
import { figureOf } from './figure.ts'
import type { Show } from './show.ts'
import { startShow } from './show.ts'

/** Where the nodes are. */
type Site = 'lan' | 'aws'

export interface DemoOptions {
  readonly site: Site
  /** Whether the caller prints the result as JSON: then nothing else goes to standard output. */
  readonly json: boolean
  /** How often each scenario is played. */
  readonly rounds: number
  /** Names out of the lab's scenarios; absent: the four that tell the story. */
  readonly scenarios?: readonly string[]
}

export interface DemoResult {
  readonly scenarios: readonly {
    readonly name: string
    readonly runs: number
    readonly outageMs: { readonly median: number; readonly max: number }
    readonly dualHolderMs: number
    readonly moves: number
  }[]
}

const STORY = ['switchover', 'kill9', 'isolate', 'freeze']

/** The scenarios that fit one cluster of profile `lan`, by name. */
function chosen(names: readonly string[]): readonly Scenario[] {
  const playable = scenarios.filter(({ profile, family }) => profile === 'lan' && family === 4)
  return names.map((name) => {
    const found = playable.find((scenario) => scenario.name === name)
    if (found !== undefined) return found
    throw new LabError(
      'UNKNOWN_SCENARIO',
      `There is no scenario ${name}.`,
      `There are: ${playable.map((scenario) => scenario.name).join(', ')}.`,
    )
  })
}

export function runDemo(options: DemoOptions): Promise<DemoResult> {
  return options.site === 'aws' ? runAwsDemo(options) : runLanDemo(options)
}

async function runLanDemo(options: DemoOptions): Promise<DemoResult> {
  const plan = chosen(options.scenarios ?? STORY)
  const output = options.json ? process.stderr : process.stdout
  const live = !options.json && output.isTTY
  if (!live) output.write('starting three nodes, their nats-servers, a client and an observer in network namespaces\n')
  const lab = await startLab()
  let cluster: Cluster | null = null
  try {
    cluster = await startCluster(lab, { disk: await diskFor(lab, plan) })
    const colour = output.isTTY && (process.env['NO_COLOR'] ?? '') === ''
    const show = startShow({ lab, cluster, output, live, colour })
    try {
      return { scenarios: await Promise.race([play(lab, cluster, show, plan, options.rounds), lab.broken]) }
    } finally {
      show.close()
    }
  } finally {
    await cluster?.stop().catch(() => {})
    lab.close()
  }
}

/** The disks that may be made here, if they do for what is to be played. */
async function diskFor(lab: Lab, plan: readonly Scenario[]): Promise<DiskKind> {
  const kind = await bestDiskKind(lab.network.folder.path)
  const unplayable = plan.filter(({ hangingDisk }) => hangingDisk === true && kind !== 'ext4').map(({ name }) => name)
  if (unplayable.length === 0) return kind
  throw new LabError(
    'NOT_PERMITTED',
    `${unplayable.join(', ')} needs a disk that can hang: an ext4 image, which may not be mounted here.`,
    'Run it as root, outside of a user namespace. All other scenarios can be played here.',
  )
}

async function play(lab: Lab, cluster: Cluster, show: Show, plan: readonly Scenario[], rounds: number): Promise<DemoResult['scenarios']> {
  const figures: DemoResult['scenarios'][number][] = []
  for (const scenario of plan) {
    const trials: Trial[] = []
    for (let round = 0; round < rounds; round++) {
      const onPhase = (phase: Phase): void => {
        const text = textOf(phase, scenario)
        if (text !== null) show.doing(text)
      }
      const trial = await runTrial(lab, cluster, scenario, { onPhase })
      trials.push(trial)
      show.result({ title: scenario.title, lostMs: trial.outageMs, dualHolderMs: dual(trial), from: trial.from, to: trial.to })
    }
    const costs = trials.map((trial) => ({ outageMs: trial.outageMs, twoMs: dual(trial), moves: trial.moves }))
    figures.push(figureOf(scenario.name, costs))
  }
  const worst = Math.max(0, ...figures.map(({ dualHolderMs }) => dualHolderMs))
  show.doing(worst === 0 ? 'done: no two nodes ever answered at once' : `done: two nodes answered at once for up to ${worst} ms`)
  return figures
}

function textOf(phase: Phase, scenario: Scenario): string | null {
  if (phase === 'settling') return 'at rest'
  if (phase === 'fault') return scenario.title
  return phase === 'healed' && scenario.faultMs > 0 ? 'healed; watching whether anything goes wrong now' : null
}

function dual({ dualHolderMs }: Trial): number {
  return Math.max(dualHolderMs.answers, dualHolderMs.wire)
}
