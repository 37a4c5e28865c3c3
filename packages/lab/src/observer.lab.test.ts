import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dualHolderMs, evidenceOfAnswers, evidenceOfSightings } from './analysis/holders.ts'
import { median } from './bench/figures.ts'
import { command } from './command.ts'
import { addressHand, measureFloor } from './floor.ts'
import type { AddressHand } from './floor.ts'
import type { Lab } from './lab.ts'
import { startLab } from './lab.ts'
import { nowMs } from './system/libc.ts'
import { pollUntil, sleep } from './wait.ts'

let lab: Lab
let hands: AddressHand[]
beforeAll(async () => {
  lab = await startLab({ ipv6Client: true })
  hands = lab.network.nodes.slice(0, 2).map((host) => addressHand(host, lab.vips.ipv4))
})
afterAll(() => lab?.close())

const wireMs = (from: number): number => dualHolderMs(evidenceOfSightings(lab.observer.sightings(from)))

describe('the observer', () => {
  it('acquits bare moves of an address, of which the client hardly notices', async () => {
    const from = nowMs()
    const { outagesMs } = await measureFloor(lab, 10)
    expect(median(outagesMs)).toBeLessThan(15)
    await sleep(50)
    expect(wireMs(from)).toBe(0)
    expect(dualHolderMs(evidenceOfAnswers(lab.client.since(from).answers))).toBe(0)
    expect(new Set(lab.client.since(from).answers.map(({ by }) => by))).toEqual(new Set(['n1', 'n2']))
  })

  it('convicts two hosts that have the address at once, also while the client notices nothing', async () => {
    const from = nowMs()
    for (const hand of hands) hand.add()
    await sleep(300)
    for (const hand of hands) hand.remove()
    await sleep(50)
    expect(wireMs(from)).toBeGreaterThan(250)
    expect(wireMs(from)).toBeLessThan(350)
    const seen = new Set(lab.observer.sightings(from).map(({ host }) => host))
    expect(seen).toEqual(new Set(['n1', 'n2']))
  })

  it('convicts a host that only announces the address of another', async () => {
    const from = nowMs()
    hands[0]!.add()
    await sleep(100)
    hands[1]!.announce()
    await sleep(100)
    hands[0]!.remove()
    await sleep(50)
    expect(wireMs(from)).toBeGreaterThan(0)
  })

  it('convicts two hosts over IPv6', async () => {
    const six = lab.network.nodes.slice(0, 2).map((host) => addressHand(host, lab.vips.ipv6, 64))
    const from = nowMs()
    for (const hand of six) hand.add()
    await sleep(200)
    for (const hand of six) hand.remove()
    await sleep(50)
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
  it('asks every 2 ms over both families and hears who answered', async () => {
    const six = addressHand(lab.network.host('n3'), lab.vips.ipv6, 64)
    six.add()
    await command('ip', ['-n', lab.network.client.namespace, 'neigh', 'flush', 'dev', 'eth0'])
    await pollUntil(() => lab.client6!.since(nowMs() - 50).answers.length > 10, 'answers over IPv6')
    const from = nowMs()
    await sleep(1000)
    const record = lab.client6!.since(from)
    six.remove()
    six.close()
    expect(record.sends.length).toBeGreaterThan(450)
    expect(record.sends.length).toBeLessThan(520)
    expect(record.answers.length).toBeGreaterThan(440)
    expect(new Set(record.answers.map(({ by }) => by))).toEqual(new Set(['n3']))
  })
})
