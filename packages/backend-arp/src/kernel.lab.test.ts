import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { tableName } from './gate-rules.ts'
import { TestNetwork } from './testing/network.ts'
import { TestProcess } from './testing/process.ts'
import type { Line } from './testing/process.ts'

const VIPS = [
  ['IPv4', '10.77.0.50/24'],
  ['IPv6', 'fd77::50/64'],
] as const
const TABLE = 'movip_test_shop_'
/** The watcher takes an attempt for lost that has no answer after that. */
const LOST_MS = 300

describe.each(['koffi', 'cli'] as const)('the ARP backend with the %s driver', (driver) => {
  const network = new TestNetwork(`arp${driver}`, ['a', 'b', 'client'])
  const started: TestProcess[] = []
  // Every step of a claim starts a program with the cli driver, which takes its time on a busy machine.
  const leaseMs = driver === 'cli' ? 3000 : 1000

  beforeAll(() => network.up(), 30_000)
  afterEach(async () => {
    await Promise.all(started.splice(0).map((process) => process.end()))
    for (const node of ['a', 'b']) {
      network.on(node, 'nft flush ruleset')
      network.on(node, 'ip link set eth0 up')
      for (const [, address] of VIPS) network.on(node, `ip address flush to ${address.split('/')[0]}`)
    }
  })
  afterAll(() => network.down(), 30_000)

  async function agent(node: string, address: string, orders: Readonly<Record<string, unknown>> = {}): Promise<TestProcess> {
    const options = JSON.stringify({ address, device: 'eth0', leaseMs, repair: true, ...orders })
    const process = new TestProcess(network.namespace(node), 'agent', [options], { MOVIP_ARP_DRIVER: driver })
    started.push(process)
    await process.until((line) => line['ready'] === true, 'start')
    await process.tell('create')
    return process
  }

  async function watcher(node: string, address: string, ...args: readonly string[]): Promise<TestProcess> {
    const process = new TestProcess(network.namespace(node), 'watcher', [address, ...args])
    started.push(process)
    await process.until((line) => line['ready'] === true, 'start')
    return process
  }

  async function claim(node: TestProcess): Promise<Line> {
    const claimed = await node.tell('claim')
    expect(claimed['error']).toBeUndefined()
    return claimed
  }

  const isArp = (line: Line): boolean => typeof line['mac'] === 'string'
  const isIp = (line: Line): boolean => line['form'] === 'ip'
  const isAnnouncement = (line: Line): boolean => line['form'] === 'arp-1-broadcast' || line['form'] === 'na-20'
  const after =
    (at: number) =>
    (line: Line): boolean =>
      Number(line['at']) > at
  /** It cannot have come before, however late it was read. */
  const surelyAfter =
    (at: number) =>
    (line: Line): boolean =>
      Number(line['since']) > at
  const has = (node: string, address: string): boolean => network.on(node, 'ip address show eth0').includes(` ${address.split('/')[0]}/`)

  describe.each(VIPS)('over %s', (_, address) => {
    it('answers for the VIP as soon as the claim returns, and falls silent with the release', async () => {
      const node = await agent('a', address)
      const client = await watcher('client', address, 'ask')
      await node.tell('prepare')
      const claimed = await claim(node)
      await node.tell('hold')
      const claimedAt = Number(claimed['at'])
      await client.until((line) => isIp(line) && surelyAfter(claimedAt + LOST_MS)(line), 'an answer')
      expect(client.lines.filter((line) => line['form'] === 'lost' && surelyAfter(claimedAt)(line))).toEqual([])
      expect((await node.tell('observe'))['value']).toEqual({ state: 'here' })
      const released = await node.tell('release')
      expect(released['error']).toBeUndefined()
      expect(has('a', address)).toBe(false)
      expect((await node.tell('observe'))['value']).toEqual({ state: 'nowhere' })
      expect(client.lines.filter((line) => isArp(line) && surelyAfter(Number(released['at']) + 5)(line))).toEqual([])
    })

    it('is followed at once by a node that stands by and is a client of it', async () => {
      const vip = address.split('/')[0] ?? ''
      await agent('b', address)
      const former = '02:00:00:00:77:99'
      network.on('b', `ip neighbour replace ${vip} lladdr ${former} dev eth0 nud reachable`)
      const node = await agent('a', address)
      await claim(node)
      await node.tell('hold')
      await expect.poll(() => network.on('b', `ip neighbour show ${vip} dev eth0`), { timeout: 10_000 }).toContain(network.mac('a'))
    })

    it('announces at once and again by the schedule', async () => {
      const node = await agent('a', address)
      const client = await watcher('client', address)
      const { at } = await claim(node)
      await node.tell('hold')
      const announcements = (): readonly Line[] => client.lines.filter(isAnnouncement)
      await client.until(() => announcements().length === 5, 'the fifth announcement')
      expect(Number(announcements()[0]?.['since']) - Number(at)).toBeLessThan(60)
      const pauses = [50, 100, 350, 600].map((plannedMs, index) => {
        const [one, next] = announcements().slice(index)
        return { plannedMs, mostMs: Number(next?.['at']) - Number(one?.['since']), readMs: Number(next?.['at']) - Number(one?.['at']) }
      })
      for (const { plannedMs, mostMs } of pauses) expect(mostMs).toBeGreaterThan(plannedMs - 2)
      // A busy machine makes some of them late, a wrong schedule most of them.
      const late = pauses.filter(({ plannedMs, readMs }) => Math.abs(readMs - plannedMs) > 60)
      expect(late.length, JSON.stringify(pauses)).toBeLessThanOrEqual(2)
    })

    it('is silenced by the kernel at lease end while the process is frozen, and stays silent when it thaws', async () => {
      const shortMs = leaseMs / 2
      const node = await agent('a', address, { leaseMs: shortMs, repair: false })
      const client = await watcher('client', address, 'ask')
      await claim(node)
      await node.tell('hold')
      await client.until(isIp, 'an answer')
      const frozenAt = performance.timeOrigin + performance.now()
      node.child.kill('SIGSTOP')
      const silenceAt = frozenAt + shortMs + 1
      await new Promise((resolve) => setTimeout(resolve, shortMs + 300))
      const served = client.lines.filter((line) => (isArp(line) || isIp(line)) && after(frozenAt)(line))
      expect(served.length).toBeGreaterThan(10)
      node.child.kill('SIGCONT')
      await node.until((line) => line['lapsed'] === true, 'the refusal of a renewal')
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(client.lines.filter((line) => (isArp(line) || isIp(line)) && surelyAfter(silenceAt)(line))).toEqual([])
      expect((await node.tell('observe'))['value']).toMatchObject({ state: 'nowhere' })
    })

    it('loses no packet while the lease is renewed', async () => {
      const node = await agent('a', address)
      const client = await watcher('client', address, 'ask')
      await claim(node)
      await node.tell('hold')
      await client.until(isIp, 'an answer')
      const from = performance.timeOrigin + performance.now()
      const during = (): readonly Line[] => client.lines.filter(surelyAfter(from))
      const answered = (line: Line): boolean => isIp(line) && surelyAfter(from + 2500)(line) && during().filter(isIp).length > 100
      await client.until(answered, 'a hundred answers, the last one after fifty renewals')
      expect(during().filter((line) => line['form'] === 'lost')).toEqual([])
    })

    it('puts an address that somebody deleted back within 500 ms and announces it again', async () => {
      const node = await agent('a', address)
      const client = await watcher('client', address)
      await claim(node)
      await node.tell('hold')
      await client.until((line) => isAnnouncement(line), 'the first announcement')
      const tookMs: number[] = []
      // Of several times the quickest: a busy machine slows down some of them.
      while (tookMs.length < 5 && Math.min(...tookMs) >= 500) {
        const [told, seen] = [node.lines.length, client.lines.length]
        network.on('a', `ip address flush dev eth0 to ${address.split('/')[0]}`)
        const deletedAt = performance.timeOrigin + performance.now()
        const news = await node.until((line) => String(line['changed']).includes('was removed'), 'the news', told)
        await expect.poll(() => has('a', address), { interval: 5, timeout: 5000 }).toBe(true)
        const announced = await client.until((line) => isAnnouncement(line) && after(Number(news['at']))(line), 'an announcement', seen)
        tookMs.push(Number(announced['at']) - deletedAt)
      }
      expect(Math.min(...tookMs)).toBeLessThan(500)
    })

    it('drops the VIP and restores the gate when somebody flushes the ruleset, and can claim again', async () => {
      const node = await agent('a', address, { repair: false })
      await claim(node)
      await node.tell('hold')
      network.on('a', 'nft flush ruleset')
      await node.until((line) => String(line['changed']).includes('gate was removed'), 'the news')
      expect(has('a', address)).toBe(false)
      expect(network.on('a', 'nft list ruleset')).toContain(TABLE)
      expect((await node.tell('renew'))['value']).toBe(false)
      await claim(node)
      expect((await node.tell('observe'))['value']).toEqual({ state: 'here' })
    })

    // A busy machine may not let the program that probes listen in its time.
    it('refuses to claim an address that another machine uses, and names that machine', { retry: 2 }, async () => {
      network.on('b', `ip address add ${address} dev eth0 ${address.includes(':') ? 'nodad' : ''}`)
      const node = await agent('a', address)
      expect(await node.tell('claim')).toMatchObject({ code: 'CONFLICT', error: expect.stringContaining(network.mac('b')) as string })
      expect(has('a', address)).toBe(false)
      expect((await node.tell('observe'))['value']).toEqual({ state: 'elsewhere', who: network.mac('b') })
    })

    it('sweeps what a killed process left, and takes the gate away', async () => {
      const dead = await agent('a', address)
      await claim(dead)
      await dead.end()
      expect(has('a', address)).toBe(true)
      const node = new TestProcess(network.namespace('a'), 'agent', [JSON.stringify({ address, device: 'eth0', leaseMs })], {
        MOVIP_ARP_DRIVER: driver,
      })
      started.push(node)
      const swept = await node.tell('sweep')
      expect(String(swept['value'])).toContain(address.split('/')[0])
      expect(has('a', address)).toBe(false)
      expect(network.on('a', 'nft list ruleset')).not.toContain(TABLE)
      expect((await node.tell('sweep'))['value']).toEqual([])
    })

    it('never makes the VIP the source of the machine’s own traffic, nor takes other addresses along', async () => {
      const node = await agent('a', address)
      await claim(node)
      const [own, client] = address.includes(':') ? ['fd77::11', 'fd77::13'] : ['10.77.0.11', '10.77.0.13']
      expect(network.on('a', `ip route get ${client}`)).toContain(`src ${own}`)
      await node.tell('release')
      expect(has('a', own)).toBe(true)
    })

    it('announces again when another machine says that it has the VIP', async () => {
      const node = await agent('a', address)
      const { at } = await claim(node)
      await node.tell('hold')
      const client = await watcher('client', address)
      await client.until((line) => isAnnouncement(line) && after(Number(at) + 2400)(line), 'the last announcement for the next 30 s')
      await watcher('b', address, 'shout')
      const lie = await client.until((line) => line['mac'] === network.mac('b'), 'the lie')
      await node.until((line) => line['event'] === 'arp-rival' && JSON.stringify(line).includes(network.mac('b')), 'the warning')
      const truth = await client.until((line) => line['mac'] === network.mac('a') && after(Number(lie['at']))(line), 'the truth')
      expect(Number(truth['at']) - Number(lie['at'])).toBeLessThan(5000)
    })
  })

  it('says that the node is unfit while its link is down, and announces again when it is up', async () => {
    const address = '10.77.0.50/24'
    const node = await agent('a', address)
    const client = await watcher('client', address)
    await claim(node)
    await node.tell('hold')
    network.on('a', 'ip link set eth0 down')
    await node.until((line) => line['fitness'] === 'link of eth0 is down', 'the reason')
    expect((await node.tell('preflight'))['value']).toContainEqual(expect.objectContaining({ code: 'ARP_LINK_DOWN' }))
    const from = client.lines.length
    network.on('a', 'ip link set eth0 up')
    const lines = node.lines.length
    await node.until((line) => line['fitness'] === null, 'recovery', lines - 2)
    await client.until(isAnnouncement, 'an announcement', from)
  })

  it('reports an interface that does not exist, and recovers when it appears', async () => {
    const node = await agent('a', '10.77.0.50/24', { device: 'late0' })
    expect(node.lines).toContainEqual({ fitness: 'interface late0 does not exist' })
    expect((await node.tell('preflight'))['value']).toContainEqual(expect.objectContaining({ code: 'ARP_INTERFACE_MISSING' }))
    expect(await node.tell('claim')).toMatchObject({ code: 'NOT_FOUND' })
    network.on('a', 'ip link add late0 link eth0 type macvlan mode bridge')
    network.on('a', 'ip link set late0 up')
    await node.until((line) => line['fitness'] === null, 'fitness')
    await claim(node)
    expect((await node.tell('observe'))['value']).toEqual({ state: 'here' })
    expect(network.on('a', 'nft list ruleset')).toContain('device "late0"')
    network.on('a', 'ip link delete late0')
    await node.until((line) => line['fitness'] === 'interface late0 does not exist', 'the reason', node.lines.length - 3)
  })

  it('keeps the contract of a backend', () => {
    const file = fileURLToPath(new URL('./testing/contract.ts', import.meta.url))
    // Throws, with the report, when one of the suite's tests fails.
    expect(network.on('a', `env MOVIP_ARP_DRIVER=${driver} ${process.execPath} --test-force-exit --test ${file}`)).toMatch(/pass \d\d/)
  }, 180_000)

  it('takes its gate along when it ends with nothing left behind', async () => {
    const node = await agent('a', '10.77.0.50/24')
    await claim(node)
    await node.tell('release')
    await node.tell('close')
    expect(network.on('a', 'nft list ruleset')).not.toContain(TABLE)
  })

  it('takes the table down with the last endpoint also where the interface does not exist and the table was found or restored', async () => {
    network.on('a', `nft add table netdev ${tableName('test-shop')}`)
    const node = await agent('a', '10.77.0.50/24', { device: 'nope0' })
    await node.until((line) => line['event'] === 'arp-interface-missing', 'the error')
    network.on('a', 'nft flush ruleset')
    await node.until((line) => line['event'] === 'arp-gate-lost', 'the loss of the gate')
    await node.until((line) => String(line['changed']).includes('gate was removed'), 'the news')
    expect(network.on('a', 'nft list ruleset')).toContain(TABLE)
    await node.tell('close')
    expect(network.on('a', 'nft list ruleset')).not.toContain(TABLE)
  })

  it('sweeps a table that was never finished', async () => {
    network.on('a', `nft add table netdev ${tableName('test-shop')}`)
    const node = new TestProcess(
      network.namespace('a'),
      'agent',
      [JSON.stringify({ address: '10.77.0.50/24', device: 'eth0', leaseMs, repair: false })],
      {
        MOVIP_ARP_DRIVER: driver,
      },
    )
    started.push(node)
    await node.until((line) => line['ready'] === true, 'start')
    expect((await node.tell('sweep'))['value']).toEqual([])
    expect(network.on('a', 'nft list ruleset')).not.toContain(TABLE)
  })

  it('makes the way to the subnet of a VIP that no other address covers, and only then', async () => {
    const node = await agent('a', '10.88.0.50/24')
    await claim(node)
    expect(network.on('a', 'ip route')).toContain('10.88.0.0/24 dev eth0')
    await node.tell('release')
    expect(network.on('a', 'ip route')).not.toContain('10.88.0.0/24')
  })
})
