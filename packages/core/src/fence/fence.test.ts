import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClock } from '../adapters/clock.ts'
import type { BackendContext } from '../backend.ts'
import type { ClusterReply, Epoch, FenceDevice, NodeId } from '../model/index.ts'
import { judgeDevice } from './agent.ts'
import { createFencer } from './fencer.ts'
import { FencePart } from './part.ts'
import type { FenceView, Standing } from './part.ts'

// With the agent `fence_dummy` of the system, which switches a file on and off.

let folder = ''
let suspects: Standing[] = []
let cleared: { node: NodeId; epochs: readonly Epoch[]; how: string }[] = []
let reply: ClusterReply = { ok: true, index: 7 }
let devices: FenceDevice[] = []
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const never = new AbortController().signal
const grant = { epoch: 9, holder: 'b', until: Infinity }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-fence-'))
  suspects = [{ node: 'a', epoch: 5, isHeard: false, state: null }]
  cleared = []
  reply = { ok: true, index: 7 }
  devices = [dummy()]
  writeFileSync(join(folder, 'power'), 'on')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function dummy(more: Partial<FenceDevice> = {}): FenceDevice {
  return { agent: 'fence_dummy', options: { status_file: join(folder, 'power') }, secrets: {}, action: 'off', timeoutMs: 20_000, ...more }
}

/** An agent of this test: what it is told is written down, then it does as the script says. */
function agentThat(script: string): FenceDevice {
  const file = join(folder, 'fence_own')
  const metadata = '<resource-agent name="own"><parameters/><actions><action name="off"/><action name="status"/></actions></resource-agent>'
  writeFileSync(file, `#!/bin/sh\nif [ "$1" = -o ]; then echo '${metadata}'; exit 0; fi\ncat >> ${folder}/told\n${script}\n`)
  chmodSync(file, 0o755)
  return dummy({ agent: file, options: {} })
}

const told = (): string => (existsSync(join(folder, 'told')) ? readFileSync(join(folder, 'told'), 'utf8') : '')
const power = (): string => readFileSync(join(folder, 'power'), 'utf8')

const context: BackendContext = {
  cluster: 'shop',
  node: 'b',
  group: 'web',
  endpoint: 'fence',
  interfaces: {},
  clock: createClock(),
  logger: quiet,
  leaseMs: 1000,
  changed: () => undefined,
  fitness: () => undefined,
  incident: () => undefined,
  health: { listen: [], open: () => Promise.reject(new Error('nobody asks here')) },
  site: 'here',
  secret: () => Promise.reject(new Error('there are no secrets')),
  candidates: () => [],
}

function makePart(stopMs = 0): FencePart {
  const view: FenceView = {
    suspectsOf: () => suspects,
    isSuspect: (_, { node, epoch }) => suspects.some((suspect) => suspect.node === node && suspect.epoch === epoch),
    stopMsOf: () => stopMs,
    devicesOf: () => devices,
    othersOf: () => ['a'],
    files: { bmc: join(folder, 'secret') },
  }
  const clear = (node: NodeId, epochs: readonly Epoch[], how: string): Promise<ClusterReply> => {
    cleared.push({ node, epochs, how })
    if (reply.ok) suspects = suspects.filter((suspect) => !epochs.includes(suspect.epoch))
    return Promise.resolve(reply)
  }
  const { files, devicesOf } = view
  const fencer = createFencer({ self: 'b', files, logger: quiet, devicesOf, epochsOf: () => suspects.map(({ epoch }) => epoch), clear })
  return new FencePart(view, fencer, context)
}

describe('the stage before a service that asks for a fence', () => {
  it('is passed at once where nobody else can run it', async () => {
    suspects = []
    await makePart().claim(grant, never)
    expect([power(), cleared]).toEqual(['on', []])
  })

  it('is passed once the former holder is off, and the cluster has been told', async () => {
    const part = makePart()
    await part.claim(grant, never)
    expect(power()).toBe('off')
    expect(cleared).toEqual([{ node: 'a', epochs: [5], how: 'b has fenced it (fence_dummy: off)' }])
    expect(await part.observe()).toEqual({ state: 'here' })
  })

  it('is not passed when the agent says that it did and the node is still on, and tells what to do', async () => {
    devices = [agentThat('exit 0')]
    await expect(makePart().claim(grant, never)).rejects.toMatchObject({
      message: expect.stringMatching(/^a could not be fenced: .*the node is still on$/),
      fix: expect.stringContaining('movip fence a --confirmed'),
    })
    expect(cleared).toEqual([])
  })

  it('is passed when a call took too long and has landed nevertheless', async () => {
    devices = [{ ...agentThat('grep -q action=status ' + folder + '/told && exit 2; sleep 600'), timeoutMs: 1000 }]
    await makePart().claim(grant, never)
    expect(cleared).toHaveLength(1)
  })

  it('tries the next way when one fails', async () => {
    devices = [agentThat('exit 1'), dummy()]
    await makePart().claim(grant, never)
    expect([power(), cleared[0]?.how]).toEqual(['off', 'b has fenced it (fence_dummy: off)'])
  })

  it('waits for the word of a former holder that is alive, as long as its service may take to stop', async () => {
    suspects = [{ node: 'a', epoch: 5, isHeard: true, state: 'stopping' }]
    const claim = makePart(600_000).claim(grant, never)
    setTimeout(() => (suspects = []), 300)
    await claim
    expect([power(), cleared]).toEqual(['on', []])
  })

  it('fences a former holder that is alive and cannot stop its service', async () => {
    suspects = [{ node: 'a', epoch: 5, isHeard: true, state: 'stuck' }]
    await makePart(600_000).claim(grant, never)
    expect(power()).toBe('off')
  })

  it('fences nobody any more when the lease has ended, and kills the call that goes on', async () => {
    devices = [agentThat(`echo $$ > ${folder}/pid; sleep 600`), dummy()]
    const lease = new AbortController()
    const claim = makePart().claim(grant, lease.signal)
    await vi.waitFor(() => expect(existsSync(join(folder, 'pid'))).toBe(true), { timeout: 20_000 })
    lease.abort()
    await expect(claim).rejects.toThrow()
    expect([power(), cleared]).toEqual(['on', []])
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), { timeout: 20_000 })
  })

  it('takes a node for no more than off: what the cluster was not told does not count', async () => {
    reply = { ok: false, code: 'no-quorum', message: 'no coordinator' }
    await expect(makePart().claim(grant, never)).rejects.toThrow('a is off, but the cluster could not be told: no coordinator')
  })

  it('lets growing time pass between attempts that fail', async () => {
    devices = [agentThat('exit 1')]
    const part = makePart()
    const times: number[] = []
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(part.claim(grant, never)).rejects.toThrow('could not be fenced')
      times.push(performance.now())
    }
    const [first = 0, second = 0, third = 0] = times
    expect(second - first).toBeGreaterThanOrEqual(1000)
    expect(third - second).toBeGreaterThanOrEqual(2000)
  })
})

describe('a look at a fence device beforehand', () => {
  it('finds nothing amiss in an agent that is there and knows its parameters', async () => {
    expect(await judgeDevice(dummy(), {}, never)).toEqual([])
  })

  it('names an agent that is not installed, and what to do', async () => {
    const [found] = await judgeDevice(dummy({ agent: 'fence_nowhere' }), {}, never)
    expect(found).toMatchObject({ code: 'FENCE_AGENT_MISSING', severity: 'error', fix: expect.stringContaining('install fence_nowhere') })
  })

  it('names a parameter that the agent does not know, with the nearest that it does', async () => {
    const found = await judgeDevice(dummy({ options: { status_fiel: '/x' } }), {}, never)
    expect(found).toMatchObject([
      { code: 'FENCE_PARAMETER', message: 'fence_dummy has no parameter status_fiel', fix: 'write status_file' },
    ])
  })

  it('names a parameter that the agent needs, by whichever name it has', async () => {
    const ipmi = dummy({ agent: 'fence_apc', options: {} })
    expect(await judgeDevice(ipmi, {}, never)).toEqual(
      expect.arrayContaining([expect.objectContaining({ message: 'fence_apc needs the parameter ip' })]),
    )
    const formerly = await judgeDevice({ ...ipmi, options: { ipaddr: '10.0.0.9' } }, {}, never)
    expect(formerly.map(({ message }) => message)).not.toContain('fence_apc needs the parameter ip')
  })

  it('names a secret that node.yaml does not have, and one that others can read', async () => {
    const device = dummy({ secrets: { status_file: 'bmc' }, options: {} })
    expect(await judgeDevice(device, {}, never)).toMatchObject([
      { code: 'FENCE_SECRET', message: 'node.yaml names no file for the secret bmc' },
    ])
    const file = join(folder, 'secret')
    writeFileSync(file, `${join(folder, 'power')}\n`, { mode: 0o644 })
    expect(await judgeDevice(device, { bmc: file }, never)).toMatchObject([{ code: 'FENCE_SECRET', fix: `chmod 600 ${file}` }])
    chmodSync(file, 0o600)
    expect(await judgeDevice(device, { bmc: file }, never)).toEqual([])
  })

  it('that takes too long finds nothing, and is taken again', async () => {
    devices = [agentThat('exit 0')]
    writeFileSync(devices[0]!.agent, `#!/bin/sh\nsleep 600\n`)
    const part = makePart()
    expect(await part.preflight(AbortSignal.timeout(500))).toEqual([])
    writeFileSync(devices[0]!.agent, `#!/bin/sh\nexit 0\n`)
    expect(await part.preflight(never)).toMatchObject([
      { code: 'FENCE_AGENT', message: expect.stringContaining('does not describe itself') },
    ])
  })

  it('makes the node unfit, and says for whose sake', async () => {
    devices = [dummy({ agent: 'fence_nowhere' })]
    expect(await makePart().preflight(never)).toMatchObject([{ severity: 'error', message: expect.stringContaining('to fence a: ') }])
  })
})

it('a secret goes to the agent by its standard input, and into no list of processes', async () => {
  writeFileSync(join(folder, 'secret'), 'tell-nobody\n', { mode: 0o600 })
  devices = [
    {
      ...agentThat(
        `tr '\\0' ' ' < /proc/$$/cmdline > ${folder}/cmdline; env > ${folder}/env; grep -q action=status ${folder}/told && exit 2; exit 0`,
      ),
      secrets: { password: 'bmc' },
    },
  ]
  await makePart().claim(grant, never)
  expect(told()).toContain('password=tell-nobody\n')
  expect(readFileSync(join(folder, 'cmdline'), 'utf8')).not.toContain('tell-nobody')
  expect(readFileSync(join(folder, 'env'), 'utf8')).not.toContain('tell-nobody')
})
