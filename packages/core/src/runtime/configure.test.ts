import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ClusterSpec, GroupSpec } from '../model/index.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { configureFrom as configureUnder } from './configure.ts'

const text = 'cluster: shop\nnodes:\n  a: { site: paris, address: 10.0.0.1 }\n'

/** Every machine has this one. */
const interfaces = { lan: 'lo' }
const configureFrom = (yaml: string, driver: ReturnType<typeof taker>) => configureUnder(yaml, driver, interfaces)

function taker(refused: string | null = null, present: readonly GroupSpec[] = []) {
  const taken: ClusterSpec[] = []
  return {
    taken,
    engineStatus: () => ({ node: 'a', cluster: 'shop', coordinator: 'b' }),
    clusterState: () => ({ spec: { ...specOf('a'), groups: present } }),
    configure: (spec: ClusterSpec) => {
      taken.push(spec)
      return Promise.resolve(refused)
    },
  }
}

describe('the text of a configuration', () => {
  it('is checked as the file is, and taken as what it means', async () => {
    const driver = taker()
    expect(await configureFrom(text, driver)).toBeNull()
    expect(driver.taken).toMatchObject([{ name: 'shop', timing: { leaseMs: 1000 }, nodes: [{ id: 'a', voter: true }] }])
  })

  it('is refused with place and reason where it is wrong', async () => {
    const driver = taker()
    expect(await configureFrom(`${text}timming: lan\n`, driver)).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('cluster.yaml:4:1: timming: unknown key "timming", did you mean "timing"?'),
      problems: [{ file: 'cluster.yaml', line: 4, column: 1, path: 'timming', fix: expect.any(String) as string }],
    })
    expect(driver.taken).toEqual([])
  })

  it('is refused with the place of a program that its groups need and that is not on this machine', async () => {
    const hooks = '    hooks: [{ on: active, run: [/no/such/hook] }]\n'
    const group = `groups:\n  web:\n    endpoints: [{ backend: arp, address: 10.0.0.50/24, interface: lan }]\n${hooks}`
    expect(await configureFrom(text + group, taker())).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('cluster.yaml:7:32: groups.web.hooks[0].run: /no/such/hook is not there, or not executable'),
    })
  })

  it('is refused with the place of a parameter that its OCF agent does not have, or of a service that lacks one', async () => {
    const service = `    service:
      - { ocf: heartbeat:Dummy, parameters: { state: /run/x, fake: a } }
      - { ocf: heartbeat:Dummy, name: other, parameters: { stat: /run/y } }
      - { ocf: heartbeat:Filesystem, parameters: { device: /dev/x, fstype: ext4 } }
`
    const group = `groups:\n  web:\n    endpoints: [{ backend: arp, address: 10.0.0.50/24, interface: lan }]\n${service}`
    const driver = taker()
    expect(await configureFrom(text + group, driver)).toMatchObject({
      code: 'CONFIG_INVALID',
      problems: [
        { line: 9, path: 'groups.web.service[1].parameters.stat', message: 'heartbeat:Dummy has no parameter stat', fix: 'write state' },
        { line: 10, path: 'groups.web.service[2]', message: 'heartbeat:Filesystem needs the parameter directory' },
      ],
    })
    expect(driver.taken).toEqual([])
  })

  it('is refused with the place of an endpoint whose interface this machine lacks, unless it is in force, or for another node or site', async () => {
    const endpoint = (name: string): string => `{ backend: arp, address: 10.0.0.50/24, interface: ${name} }`
    const group = (...endpoints: readonly string[]): string => `${text}groups:\n  web:\n    endpoints: [${endpoints.join(', ')}]\n`
    const driver = taker()
    expect(await configureFrom(group(endpoint('etho0')), driver)).toMatchObject({
      code: 'CONFIG_INVALID',
      problems: [
        {
          line: 6,
          path: 'groups.web.endpoints[0]',
          message: 'interface etho0 does not exist on this machine',
          fix: expect.stringMatching(/^correct "interface", or "interfaces" in node\.yaml; this machine has .*\blo\b/) as string,
        },
      ],
    })
    expect(await configureFrom(group(endpoint('lan')), driver)).toBeNull()
    const nodes = '  b: { site: oslo, address: 10.0.0.2 }\n  c: { site: oslo, address: 10.0.0.3 }\ngroups:\n'
    const elsewhere = group('{ at: oslo, backend: arp, address: 10.1.0.50/24, interface: etho0 }', endpoint('lan'))
    expect(await configureFrom(elsewhere.replace('groups:\n', nodes), driver)).toBeNull()
    const inForce = { ...driver.taken[0]?.groups[0], id: 'web', mode: 'active-standby' } as GroupSpec
    const options = { address: '10.0.0.50/24', interface: 'etho0' }
    const endpoints = [{ id: 'arp-10.0.0.50/24', backend: 'arp', options }]
    expect(await configureFrom(group(endpoint('etho0')), taker(null, [{ ...inForce, endpoints }]))).toBeNull()
  })

  it('is refused with the place of a unit that systemd does not know or may not start, and taken where nobody can be asked', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'movip-configure-'))
    const program = join(folder, 'systemctl')
    const answers = (script: string): void => writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`)
    onTestFinished(() => {
      vi.unstubAllEnvs()
      rmSync(folder, { recursive: true, force: true })
    })
    const units = ['nginx', 'ngnix', 'cups'].map((name) => `      - { systemd: ${name}.service }\n`).join('')
    const group = `groups:\n  web:\n    endpoints: [{ backend: arp, address: 10.0.0.50/24, interface: lan }]\n    service:\n${units}`
    answers('case "$*" in *ngnix*) echo LoadState=not-found ;; *cups*) echo LoadState=masked ;; *) echo LoadState=loaded ;; esac')
    expect(await configureFrom(text + group, taker())).toMatchObject({
      problems: [
        { line: 9, path: 'groups.web.service[1].systemd', message: 'the unit ngnix.service is not-found' },
        { line: 10, path: 'groups.web.service[2].systemd', fix: 'systemctl unmask cups.service' },
      ],
    })
    answers('echo no bus >&2; exit 1')
    expect(await configureFrom(text + group, taker())).toBeNull()
  })

  it('is refused when it is of another cluster', async () => {
    const driver = taker()
    expect(await configureFrom(text.replace('shop', 'bank'), driver)).toMatchObject({ code: 'OTHER_CLUSTER' })
    expect(driver.taken).toEqual([])
  })

  it('is refused in the words of the engine, with the node to ask', async () => {
    expect(await configureFrom(text, taker('this node does not coordinate the cluster at present'))).toEqual({
      code: 'NOT_NOW',
      message: 'this node does not coordinate the cluster at present',
      fix: 'ask the coordinator (b), or try again in a few seconds',
    })
  })
})
