import { describe, expect, it } from 'vitest'
import { ArmError } from './arm-error.ts'
import type { Condition, Document, Documents } from './documents.ts'
import type { Moved } from './ip-configurations.ts'
import { MovedAddress } from './moved-address.ts'

const scope = '/subscriptions/s/resourceGroups/shop'
const idOf = (node: string): string => `${scope}/providers/Microsoft.Network/networkInterfaces/${node}-nic`
const publicAddress = `${scope}/providers/Microsoft.Network/publicIPAddresses/front`
const PRIVATE: Moved = { address: '10.1.0.60', publicAddress: null }
const PUBLIC: Moved = { address: null, publicAddress }
const BOTH: Moved = { address: '10.1.0.60', publicAddress }

const configuration = (node: string, name: string, properties: object): Document => ({
  id: `${idOf(node)}/ipConfigurations/${name}`,
  name,
  properties: { ...properties },
})
const first = (node: string, more: object = {}): Document =>
  configuration(node, 'first', {
    privateIPAddress: node === 'n1' ? '10.1.0.11' : '10.1.0.12',
    primary: true,
    subnet: { id: 'subnet' },
    ...more,
  })
const secondary = (node: string, more: object = {}): Document =>
  configuration(node, 'vip', { privateIPAddress: '10.1.0.60', primary: false, subnet: { id: 'subnet' }, ...more })
const nic = (node: string, ...ipConfigurations: Document[]): Document => ({
  id: idOf(node),
  name: `${node}-nic`,
  etag: `W/"${node}"`,
  tags: { of: 'somebody' },
  properties: { ipConfigurations, aFieldOfTomorrow: 1 },
})

/** A service with the interfaces of two nodes, that may refuse writes. This is n2. */
function begin(moved: Moved, before: readonly Document[], refusals: ArmError[] = []) {
  const nics = [...before]
  const written: (readonly [Document, Condition])[] = []
  const documents = {
    list: () => Promise.resolve([...nics]),
    get: (id: string) => Promise.resolve(nics.find((one) => one.id === id)),
    put(document: Document, condition: Condition) {
      const refusal = refusals.shift()
      if (refusal !== undefined) return Promise.reject(refusal)
      written.push([document, condition])
      nics.splice(
        nics.findIndex(({ id }) => id === document.id),
        1,
        document,
      )
      return Promise.resolve()
    },
  } as unknown as Documents
  const address = new MovedAddress({ documents, moved, own: idOf('n2'), scope })
  const budget = { epoch: 7, until: Infinity, signal: new AbortController().signal }
  return {
    address,
    written,
    budget,
    lead: () => address.lead(address.names[0] ?? '', budget),
    read: async () => (await address.read(budget))[0]?.to,
  }
}
const configurations = (document: Document | undefined): unknown => document?.properties['ipConfigurations']

describe('an address that goes from one interface to another', () => {
  it('is taken and then given, each if nothing has changed since, with its epoch in the journal, and everything else as it was', async () => {
    const { written, lead, read } = begin(PRIVATE, [
      nic('n1', first('n1'), secondary('n1', { aFieldOfTomorrow: 2 })),
      nic('n2', first('n2')),
    ])
    expect(await read()).toBe(idOf('n1'))
    await lead()
    expect(await read()).toBe(idOf('n2'))
    const given = configuration('n2', 'movip-10-1-0-60-e7', {
      privateIPAddress: '10.1.0.60',
      primary: false,
      subnet: { id: 'subnet' },
      aFieldOfTomorrow: 2,
      privateIPAllocationMethod: 'Static',
    })
    const tags = (note: string): object => ({ of: 'somebody', 'movip-10.1.0.60': note })
    expect(written).toEqual([
      [{ ...nic('n1', first('n1')), tags: tags('e7: taken for n2-nic') }, { ifMatch: 'W/"n1"' }],
      [{ ...nic('n2', first('n2'), given), tags: tags('e7: given') }, { ifMatch: 'W/"n2"' }],
    ])
  })

  it('and that a predecessor has taken and not given is given by whoever claims next', async () => {
    const groups = { applicationSecurityGroups: [{ id: 'web' }] }
    const { written, lead, read } = begin(BOTH, [nic('n1', first('n1')), nic('n2', first('n2', groups))])
    expect(await read()).toBeNull()
    await lead()
    expect(await read()).toBe(idOf('n2'))
    expect(written).toHaveLength(1)
    expect(configurations(written[0]?.[0])).toMatchObject([
      {},
      { properties: { privateIPAddress: '10.1.0.60', publicIPAddress: { id: publicAddress }, ...groups } },
    ])
  })

  it('that is here already is left alone', async () => {
    const { written, lead } = begin(PRIVATE, [nic('n1', first('n1')), nic('n2', first('n2'), secondary('n2'))])
    await lead()
    expect(written).toEqual([])
  })

  it('that is the first one of another interface is not taken away', async () => {
    const { written, lead } = begin(PRIVATE, [nic('n1', first('n1', { privateIPAddress: '10.1.0.60' })), nic('n2', first('n2'))])
    await expect(lead()).rejects.toThrow('10.1.0.60 is the first address of n1-nic')
    expect(written).toEqual([])
  })

  it('on an interface that somebody else has changed meanwhile is looked at again', async () => {
    const stale = new ArmError(412, 'PreconditionFailed', 'no')
    const { lead, read } = begin(PRIVATE, [nic('n1', first('n1'), secondary('n1')), nic('n2', first('n2'))], [stale, stale])
    await lead()
    expect(await read()).toBe(idOf('n2'))
  })

  it('that may not be taken says which right is missing', async () => {
    const denied = new ArmError(403, 'AuthorizationFailed', 'no')
    const { lead } = begin(PRIVATE, [nic('n1', first('n1'), secondary('n1')), nic('n2', first('n2'))], [denied])
    await expect(lead()).rejects.toMatchObject({
      code: 'DENIED',
      fix: expect.stringContaining('Microsoft.Network/networkInterfaces/write'),
    })
  })
})

describe('a public IP', () => {
  const stands = { publicIPAddress: { id: publicAddress.toUpperCase() } }

  it('goes from the first address of one interface to that of another, and each keeps its own', async () => {
    const { written, lead, read } = begin(PUBLIC, [nic('n1', first('n1', stands)), nic('n2', first('n2'))])
    expect(await read()).toBe(idOf('n1'))
    await lead()
    expect(await read()).toBe(idOf('n2'))
    expect(written.map(([document]) => configurations(document))).toEqual([
      [first('n1')],
      [first('n2', { publicIPAddress: { id: publicAddress } })],
    ])
  })

  it('goes along with its address', async () => {
    const { written, lead, read } = begin(BOTH, [nic('n1', first('n1'), secondary('n1', stands)), nic('n2', first('n2'))])
    await lead()
    expect(await read()).toBe(idOf('n2'))
    expect(written).toHaveLength(2)
  })

  it('that is not where its address is has not been led here, and is fetched', async () => {
    const { lead, read } = begin(BOTH, [nic('n1', first('n1', stands)), nic('n2', first('n2'), secondary('n2'))])
    expect(await read()).toBe(`${idOf('n1')} (not all of it)`)
    await lead()
    expect(await read()).toBe(idOf('n2'))
  })
})
