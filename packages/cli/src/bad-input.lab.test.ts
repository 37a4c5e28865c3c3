import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GROUP, startCluster, startLab } from '@movip/lab'
import type { Cluster, Daemon, Lab } from '@movip/lab'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { movip } from './testing/bin.ts'
import type { Ended } from './testing/bin.ts'

// Every mistake in cluster.yaml is refused by whatever reads it, with its place and what is wrong, and a running cluster goes on as it is.
let lab: Lab
let cluster: Cluster
let holder: Daemon
let bystander: Daemon
let original = ''
let folder = ''

beforeAll(async () => {
  lab = await startLab()
  cluster = await startCluster(lab, { disk: 'folder' })
  original = await readFile(cluster.clusterFile, 'utf8')
  folder = join(dirname(cluster.clusterFile), 'wrong')
  await mkdir(folder)
  ;({ holder, bystander } = await cluster.untilSteady())
})
afterAll(async () => {
  await cluster?.stop()
  lab?.close()
})

const at = (daemon: Daemon, ...args: readonly string[]): Promise<Ended> => movip([...args, '--socket', daemon.socket])

/** A further group, in lines below its name. */
const mail = (...lines: readonly string[]): string => `${original}  mail:\n${lines.map((line) => `    ${line}\n`).join('')}`
const endpoint = (address: string): string => `endpoints: [{ backend: arp, address: "${address}", interface: lan }]`
const own = (...lines: readonly string[]): string => mail(endpoint('10.66.0.77/24'), ...lines)

interface Mistake {
  readonly what: string
  readonly text: () => string
  /** What stands in the line that is to be named. */
  readonly where: string
  readonly said: readonly string[]
}

const mistakes: readonly Mistake[] = [
  {
    what: 'an unknown key',
    text: () => own('failbck: never'),
    where: 'failbck',
    said: ['groups.mail.failbck: unknown key "failbck", did you mean "failback"?', 'write failback'],
  },
  {
    what: 'an unknown key of a check, beside those of its kind',
    text: () => own('checks: { tcp: { port: 1, tiemout: 1s } }'),
    where: 'tiemout',
    said: ['groups.mail.checks.tcp.tiemout: unknown key "tiemout", did you mean "timeout"?'],
  },
  {
    what: 'a wrong unit',
    text: () => own('checks: { tcp: { port: 1, every: 5 sec } }'),
    where: '5 sec',
    said: ['groups.mail.checks.tcp.every: expected a duration with its unit, such as 500ms, 10s or 1m, found "5 sec"'],
  },
  {
    what: 'a number without its unit',
    text: () => own('startDelay: 30'),
    where: 'startDelay',
    said: ['groups.mail.startDelay: expected a duration with its unit, such as 500ms, 10s or 1m, found 30', 'write 30ms or 30s'],
  },
  {
    what: 'impossible times',
    text: () => original.replace(/^timing: .*$/m, 'timing: { heartbeat: 400ms }'),
    where: '400ms',
    said: ['timing.heartbeat: three heartbeats of 400ms do not fit into the election time of 900ms', 'write heartbeat: 300ms or less'],
  },
  {
    what: 'a group without nodes',
    text: () => own('nodes: []'),
    where: 'nodes: []',
    said: ['groups.mail.nodes: a group without nodes is never served', 'name the nodes that may hold it'],
  },
  {
    what: 'an address that another group has',
    text: () => mail(endpoint(`${lab.vips.ipv4}/24`)),
    where: 'endpoints: [',
    said: ['is already taken by arp-', `of group ${GROUP}`, 'give it another address'],
  },
  {
    what: 'an address that another group has with another prefix',
    text: () => mail(endpoint(`${lab.vips.ipv4}/25`)),
    where: 'endpoints: [',
    said: ['is already taken by arp-'],
  },
  {
    what: 'an IPv6 address that another group has, written in another way',
    text: () => mail(endpoint(`${lab.vips.ipv6.replace('::', ':0:0:0::').toUpperCase()}/64`)),
    where: 'endpoints: [',
    said: ['is already taken by arp-'],
  },
  {
    what: 'the address of a node',
    text: () => mail(endpoint(`${lab.network.nodes[1]?.ipv4}/24`)),
    where: 'endpoints: [',
    said: ['is already taken by node n2 as its own address'],
  },
  {
    what: 'a hook that is not there',
    text: () => own('hooks: [{ on: active, run: [/nonexistent/hook] }]'),
    where: '/nonexistent/hook',
    said: ['groups.mail.hooks[0].run: /nonexistent/hook is not there, or not executable'],
  },
  {
    what: 'a hook that is not executable',
    text: () => own(`hooks: [{ on: active, run: [${folder}/hook] }]`),
    where: '/hook',
    said: ['/hook is not there, or not executable', `chmod +x `],
  },
  {
    what: 'an OCF agent that is missing',
    text: () => own('service: { ocf: "heartbeat:nope" }'),
    where: 'heartbeat:nope',
    said: ['groups.mail.service.ocf: there is no agent heartbeat:nope', 'install it'],
  },
  {
    what: 'a program of a service that is missing',
    text: () => own('service: { process: { start: [/nonexistent/daemon], name: x } }'),
    where: '/nonexistent/daemon',
    said: ['groups.mail.service.process.start: /nonexistent/daemon is not there, or not executable'],
  },
]

/** A node that was never started, with that cluster.yaml. */
async function freshNode(file: string): Promise<string> {
  const node = join(folder, 'node.yaml')
  await writeFile(join(folder, 'secret'), 'made for one test\n', { mode: 0o600 })
  const nats = '{ embedded: { listen: "127.0.0.1:6299", secret: secret } }'
  await writeFile(node, `node: n1\ndata: data\nbootstrap: ${file}\nnats: ${nats}\ninterfaces: { lan: eth0 }\napi: { socket: s }\n`)
  return node
}

it.each(mistakes)(
  '$what is refused with its place by check, plan and apply, and at the start; the running configuration stays',
  async (mistake) => {
    const { text, where, said } = mistake
    await writeFile(join(folder, 'hook'), '#!/bin/sh\n')
    await chmod(join(folder, 'hook'), 0o644)
    const file = join(folder, 'cluster.yaml')
    await writeFile(file, text())
    const line =
      text()
        .split('\n')
        .findLastIndex((candidate) => candidate.includes(where)) + 1
    const before = (await holder.api.status()).engine
    const node = await freshNode(file)
    const outcomes = [
      await at(bystander, 'plan', file),
      await at(holder, 'apply', file, '--yes'),
      await movip(['check', '--config', node]),
      await movip(['run', '--config', node, '--json']),
    ]
    for (const { code, out, err } of outcomes) {
      expect(code).toBe(1)
      for (const words of [`${file}:${line}:`, ...said]) expect((out + err).replaceAll(String.raw`\"`, '"')).toContain(words)
    }
    const { configuration, groups } = (await holder.api.status()).engine
    expect(configuration).toEqual(before.configuration)
    expect(groups.map(({ id, holder: now, epoch }) => [id, now, epoch])).toEqual(
      before.groups.map(({ id, holder: then, epoch }) => [id, then, epoch]),
    )
  },
)

it('a hook that only the node has which was asked makes the others the last choice, and they say why', async () => {
  const { version } = (await holder.api.status()).engine.configuration
  const program = join(folder, 'moved')
  await writeFile(program, '#!/bin/sh\n', { mode: 0o755 })
  // All nodes are one machine here: what the node knew when it took the configuration is gone afterwards.
  const wanted = join(folder, 'hooked.yaml')
  await writeFile(wanted, original.replace(`  ${GROUP}:\n`, `  ${GROUP}:\n    hooks: [{ on: active, run: [${program}] }]\n`))
  expect((await at(holder, 'plan', wanted)).code).toBe(0)
  const [{ code }] = await Promise.all([at(holder, 'apply', wanted, '--yes'), untilApplied(version).then(() => chmod(program, 0o644))])
  expect(code).toBe(0)
  await expect
    .poll(async () => (await at(bystander, 'status')).out, { timeout: 90_000, interval: 1000 })
    .toContain(`${bystander.name} is chosen last: the hook ${program} is not there, or not executable`)
  expect((await at(holder, 'rollback', String(version), '--yes')).code).toBe(0)
})

async function untilApplied(after: number): Promise<void> {
  await expect.poll(async () => (await bystander.api.status()).engine.configuration.version, { timeout: 60_000 }).toBeGreaterThan(after)
}
