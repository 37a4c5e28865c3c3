import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startVpc } from '../clouds/aws/vpc-control.ts'
import { startVnet } from '../clouds/azure/vnet-control.ts'
import { startGcp } from '../clouds/gcp/vpc-control.ts'
import { arrives } from '../network/arrives-for-tests.ts'
import type { Host } from '../network/host.ts'
import type { Sites } from './sites.ts'
import { createSites } from './sites.ts'

let sites: Sites
const controls: { readonly stop: () => void }[] = []
beforeAll(async () => {
  sites = await createSites({
    berlin: { kind: 'lan', nodes: ['b1'] },
    dublin: { kind: 'aws', nodes: ['d1', 'd2'] },
    paris: { kind: 'lan', nodes: ['p1'] },
    ohio: { kind: 'aws', nodes: ['o1'] },
    arnhem: { kind: 'azure', nodes: ['a1'] },
    liege: { kind: 'gcp', nodes: ['l1'] },
  })
  for (const { aws, azure, gcp } of sites.sites.values()) {
    if (aws !== undefined) controls.push(await startVpc(aws))
    if (azure !== undefined) controls.push(await startVnet(azure))
    if (gcp !== undefined) controls.push(await startGcp(gcp))
  }
})
afterAll(() => {
  for (const control of controls) control.stop()
  sites?.close()
})

const host = (site: string, name: string): Host => sites.site(site).network.host(name)

describe('sites of a lab', () => {
  it.each([
    ['berlin', 'b1', 'paris', 'p1'],
    ['berlin', 'b1', 'dublin', 'd1'],
    ['ohio', 'o1', 'berlin', 'b1'],
    ['ohio', 'o1', 'dublin', 'd2'],
  ])('are joined: %s and %s hear %s and %s over both families', (one, from, other, to) => {
    const [here, there] = [host(one, from), host(other, to)]
    expect([arrives(here, there), arrives(there, here)]).toEqual([true, true])
    expect([arrives(here, there, there.ipv6), arrives(there, here, here.ipv6)]).toEqual([true, true])
  })

  it.each([
    ['arnhem', 'a1', 'berlin', 'b1'],
    ['arnhem', 'a1', 'dublin', 'd1'],
    ['arnhem', 'a1', 'liege', 'l1'],
    ['liege', 'l1', 'paris', 'p1'],
    ['liege', 'l1', 'ohio', 'o1'],
  ])('are joined over IPv4 where one has nothing else: %s and %s hear %s and %s', (one, from, other, to) => {
    const [here, there] = [host(one, from), host(other, to)]
    expect([arrives(here, there), arrives(there, here)]).toEqual([true, true])
  })

  it('whose link is cut do not hear each other, but every other one, until it is healed', async () => {
    const [b1, d1, p1] = [host('berlin', 'b1'), host('dublin', 'd1'), host('paris', 'p1')]
    await sites.cut('berlin', 'dublin')
    expect([arrives(b1, d1), arrives(d1, b1), arrives(b1, p1), arrives(d1, p1)]).toEqual([false, false, true, true])
    await sites.heal('berlin', 'dublin')
    expect([arrives(b1, d1), arrives(d1, b1)]).toEqual([true, true])
  })

  it('may be in two clouds, and the link of these is cut as any other', async () => {
    const [a1, l1, b1] = [host('arnhem', 'a1'), host('liege', 'l1'), host('berlin', 'b1')]
    await sites.cut('arnhem', 'liege')
    expect([arrives(a1, l1), arrives(l1, a1), arrives(a1, b1), arrives(l1, b1)]).toEqual([false, false, true, true])
    await sites.heal('arnhem', 'liege')
    expect([arrives(a1, l1), arrives(l1, a1)]).toEqual([true, true])
  })
})
