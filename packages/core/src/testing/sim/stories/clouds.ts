import { violate } from '../checks/violation.ts'
import { isBeat } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

/** So slow that a claim is under way for seconds. */
const SLOW_MS = 150

/** Node c is given the group, and its claim takes seconds. */
function begin(stage: Stage): void {
  stage.settle('a', { g: 'b' })
  const c = stage.node('c')
  c.onCloudClaim = () => (c.weather.latencyMs = SLOW_MS)
  stage.switchover('g', 'c')
  stage.until(() => c.weather.latencyMs === SLOW_MS, 'a claim of c', 2000)
  stage.run(300)
}

/** b has lost its lease and is given the group anew while its release is still under way; d, which had it in between, claimed nothing. */
function comesBackTooSoon(stage: Stage): void {
  stage.settle('a', { g: 'b' })
  const { epoch } = stage.assigned('g', 'a')
  stage.node('b').weather.latencyMs = 400
  const alone = stage.hold('b>* *>b')
  stage.until(() => stage.assigned('g', 'a').node === 'd', 'g given to d')
  stage.crash('d')
  alone.end()
  stage.until(() => stage.assigned('g', 'a').node === 'b' && stage.assigned('g', 'a').epoch > epoch, 'g given back to b', 2000)
}

function demandServed(stage: Stage, by: string): void {
  const group = stage.node(by).spec.groups[0]
  if (group === undefined || !stage.node(by).serves(group)) violate('what a late call took is put back', `g is not served by ${by}`)
}

/** A cloud's table goes where the last call moved it, and a call may come late. */
export const cloudStories: readonly Story[] = [
  {
    name: 'what the late call of a dead daemon took away is put back by the holder',
    setting: { nodes: 'a b c', groups: { g: 'b c' }, inCloud: true },
    tell: (stage) => {
      begin(stage)
      stage.crash('c')
      stage.until(() => stage.node('b').isUp('g'), 'g on b', 2500)
      stage.until(() => !stage.node('b').isUp('g'), 'the late call', 10_000)
      stage.run(5500)
      demandServed(stage, 'b')
    },
  },
  {
    name: 'a claim that lands when its lease is over is taken back',
    setting: { nodes: 'a b c', groups: { g: 'b c' }, inCloud: true },
    tell: (stage) => {
      begin(stage)
      const away = stage.hold('c>* *>c')
      stage.run(8000)
      away.end()
      stage.run(7000)
      demandServed(stage, 'b')
    },
  },
  {
    name: 'what nobody can tell is not taken for down',
    setting: { nodes: 'a b c', groups: { g: 'b c' }, inCloud: true },
    tell: (stage) => {
      begin(stage)
      const c = stage.node('c')
      stage.hold('c>* *>c')
      const leftMs = (): number => stage.status('c').groups[0]?.leaseMs ?? 0
      stage.until(() => leftMs() < 2, 'the last of the lease', 1500)
      // The claim is given up, and the release that follows it gets there first.
      c.process?.freeze(3)
      stage.run(5)
      c.weather.latencyMs = 2
      c.weather.unknownRate = 1
      c.process?.thaw()
      stage.run(10_000)
    },
  },
  {
    name: 'no word of release while anything of an earlier epoch is up',
    setting: { nodes: 'a b c d:outsider', groups: { g: 'b d' }, inCloud: true },
    tell: (stage) => {
      comesBackTooSoon(stage)
      // Nobody hears that b lists it again: it gives back at once what it never had a lease of.
      stage.hold('b>*', isBeat)
      stage.run(12_000)
    },
  },
  {
    name: 'a lease begins only when everything of the last one is down',
    setting: { nodes: 'a b c d:outsider', groups: { g: 'b d' }, inCloud: true },
    tell: (stage) => {
      comesBackTooSoon(stage)
      stage.run(12_000)
    },
  },
]
