import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dualHolderMs, evidenceOfAnswers, evidenceOfSightings } from './analysis/holders.ts'
import { median } from './bench/figures.ts'
import { command } from './command.ts'
import { addressHand, measureFloor } from './floor.ts'
import type { AddressHand } from './floor.ts'
import type { Lab } from './lab.ts'
import { startLab } from './lab.ts'
import { nowMs } from './system/libc.ts'
import { pollUntil } from './wait.ts'

let lab: Lab
let hands: AddressHand[]
beforeAll(async () => {
  lab = await startLab({ ipv6Client: true })
  hands = lab.network.nodes.slice(0, 2).map((host) => addressHand(host, lab.vips.ipv4))
})
afterAll(() => lab?.close())

const wireMs = (from: number): number => dualHolderMs(evidenceOfSightings(lab.observer.sightings(from)))
const signsOf = (host: string, from: number): number => lab.observer.sightings(from).filter((sighting) => sighting.host === host).length
/** What the observer saw before an address went, it has told by the time it tells of that. */
const untilRemoved = (from: number, count: number): Promise<unknown> =>
  pollUntil(() => lab.observer.addressEvents(from).filter(({ added }) => !added).length === count, 'the addresses to be gone')

/** Both hosts have the address until the observer has seen both for so long. Returns for how long they had it. */
async function together(both: readonly AddressHand[], seenMs: number): Promise<{ readonly from: number; readonly heldMs: number }> {
  const from = nowMs()
  for (const hand of both) hand.add()
  await pollUntil(() => wireMs(from) > seenMs, `both hosts to be seen for ${seenMs} ms`)
  for (const hand of both) hand.remove()
  const heldMs = nowMs() - from
  await untilRemoved(from, both.length)
  return { from, heldMs }
}

describe('the observer', () => {
  it('acquits bare moves of an address, of which the client hardly notices', async () => {
    const from = nowMs()
    const { outagesMs } = await measureFloor(lab, 10)
    await untilRemoved(from, 11)
    // The quickest, because a busy machine slows down some; a client that had to look for the address would need a second each time.
    expect(Math.min(...outagesMs)).toBeLessThan(15)
    expect(median(outagesMs)).toBeLessThan(250)
    expect(wireMs(from)).toBe(0)
    expect(dualHolderMs(evidenceOfAnswers(lab.client.since(from).answers))).toBe(0)
    expect(new Set(lab.client.since(from).answers.map(({ by }) => by))).toEqual(new Set(['n1', 'n2']))
  })

  it('convicts two hosts that have the address at once, and for no longer than they have it', async () => {
    const { from, heldMs } = await together(hands, 250)
    expect(wireMs(from)).toBeGreaterThan(250)
    expect(wireMs(from)).toBeLessThan(heldMs)
    const seen = new Set(lab.observer.sightings(from).map(({ host }) => host))
    expect(seen).toEqual(new Set(['n1', 'n2']))
  })

  it('convicts a host that only announces the address of another', async () => {
    const from = nowMs()
    hands[0]!.add()
    await pollUntil(() => signsOf('n1', from) > 5, 'the one that has the address to be seen')
    hands[1]!.announce()
    const announcedAt = nowMs()
    await pollUntil(() => signsOf('n2', from) > 0 && signsOf('n1', announcedAt) > 5, 'the other one to be seen between')
    hands[0]!.remove()
    await untilRemoved(from, 1)
    expect(wireMs(from)).toBeGreaterThan(0)
  })

  it('convicts two hosts over IPv6', async () => {
    const six = lab.network.nodes.slice(0, 2).map((host) => addressHand(host, lab.vips.ipv6, 64))
    const { from } = await together(six, 150)
    expect(wireMs(from)).toBeGreaterThan(150)
    expect(lab.observer.sightings(from).some(({ kind }) => kind === 'na')).toBe(true)
    for (const hand of six) hand.close()
  })

  it('knows every address that comes and goes, on every host', async () => {
    const from = nowMs()
    hands[1]!.add()
    hands[1]!.remove()
    const events = await pollUntil(
      () => lab.observer.addressEvents(from).length === 2 && lab.observer.addressEvents(from),
      'two address events',
    )
    expect(events.map(({ host, ip, added }) => [host, ip, added])).toEqual([
      ['n2', lab.vips.ipv4, true],
      ['n2', lab.vips.ipv4, false],
    ])
  })

  it('has missed nothing', () => {
    expect(lab.observer.lost()).toBe(0)
  })
})

describe('the client', () => {
  it('asks every 2 ms and never more often, and hears who answered, here over IPv6', async () => {
    const { pitchMs, since } = lab.client6!
    const six = addressHand(lab.network.host('n3'), lab.vips.ipv6, 64)
    six.add()
    await command('ip', ['-n', lab.network.client.namespace, 'neigh', 'flush', 'dev', 'eth0'])
    await pollUntil(() => since(nowMs() - 50).answers.length > 10, 'answers over IPv6')
    const from = nowMs()
    await pollUntil(() => since(from).answers.length > 400, '400 answers')
    const { sends, answers } = since(from)
    six.remove()
    six.close()
    const gaps = sends.slice(1).map((at, i) => at - sends[i]!)
    expect(pitchMs).toBe(2)
    // A question may be late where the machine was busy: then the next ones are not hurried, and most are on time.
    expect(median(gaps)).toBeGreaterThan(1.8)
    expect(median(gaps)).toBeLessThan(2.4)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(pitchMs / 2)
    expect(sends.length).toBeLessThanOrEqual((sends.at(-1)! - sends[0]!) / pitchMs + 2)
    // Of the questions between the first and the last answer hardly any was lost.
    expect(answers.length / (answers.at(-1)!.seq - answers[0]!.seq + 1)).toBeGreaterThan(0.9)
    expect(new Set(answers.map(({ by }) => by))).toEqual(new Set(['n3']))
  })
})
