import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { clusterYaml, nodeYaml } from './init/files.ts'
import { schemaNames, schemaText } from './schema.ts'
import type { SchemaName } from './schema.ts'

// The schemas are read back as what editors take them for, and judge what movip itself takes.
const judges = new Map<SchemaName, z.ZodType>()

beforeAll(async () => {
  for (const name of schemaNames)
    judges.set(name, z.fromJSONSchema(JSON.parse(await schemaText(name)) as Parameters<typeof z.fromJSONSchema>[0]))
})

function accepts(name: SchemaName, text: string): boolean {
  const judge = judges.get(name)
  if (judge === undefined) throw new Error(`no schema of ${name}`)
  return judge.safeParse(parse(text)).success
}

function example(file: string): string {
  return readFileSync(new URL(`../../../examples/lan-three-nodes/${file}`, import.meta.url), 'utf8')
}

/** The yaml blocks of docs/configuration.md that are whole files. */
function documented(name: SchemaName): readonly string[] {
  const text = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, block = '']) => block)
  return blocks.filter((block) => block.startsWith(`${name}: `))
}

const answers = {
  cluster: 'shop',
  timing: 'lan',
  nodes: [
    { name: 'a', address: '10.0.0.11', site: 'main', witness: false },
    { name: 'w', address: '10.2.0.4', site: 'office', witness: true },
  ],
  self: 'a',
  group: 'service',
  vips: ['10.0.0.50/24', 'fd00::50/64'],
  interface: 'eth0',
}

const group = (lines: string): string =>
  `cluster: c\nnodes: { a: { site: s, address: 10.0.0.1 } }\ngroups:\n  g:\n    endpoints: [{ backend: arp, address: 10.0.0.9/24, interface: lan }]\n${lines}`

describe('the schema for editors', () => {
  it.each([
    ['node', 'node-a.yaml'],
    ['cluster', 'cluster.yaml'],
  ] as const)('of %s.yaml accepts the example %s', (name, file) => {
    expect(accepts(name, example(file))).toBe(true)
  })

  it('accepts every whole file of the documentation', () => {
    for (const name of schemaNames) {
      expect(documented(name).length).toBeGreaterThan(0)
      for (const text of documented(name)) expect({ text, ok: accepts(name, text) }).toEqual({ text, ok: true })
    }
  })

  it('accepts what movip init writes', () => {
    expect(accepts('cluster', clusterYaml(answers))).toBe(true)
    const parts = { node: 'a', address: '10.0.0.11', interface: 'eth0', data: '/var/lib/movip', socket: '/run/movip/movip.sock' }
    expect(accepts('node', nodeYaml(parts))).toBe(true)
  })

  it.each([
    ['a check by the name of its kind', '    checks: { http: { url: "http://127.0.0.1/" } }'],
    ['a check that says its type', '    checks: { web: { type: http, url: "http://127.0.0.1/" } }'],
    ['a service in parts', '    service: [{ systemd: nginx.service }, { ocf: "heartbeat:Dummy" }]'],
    ['a failback', '    failback: after 10m'],
  ])('accepts %s', (_, lines) => {
    expect(accepts('cluster', group(lines))).toBe(true)
  })

  it.each([
    ['an unknown key', '    falback: never'],
    ['a check without what its kind needs', '    checks: { http: { every: 1s } }'],
    ['a check that does not say its type', '    checks: { web: { url: "http://127.0.0.1/" } }'],
    ['a number without its unit', '    startDelay: 10'],
    ['an option that the backend does not know', '    endpoints: [{ backend: arp, address: 10.0.0.9/24, interface: lan, adress: x }]'],
  ])('refuses %s', (_, lines) => {
    const text = lines.startsWith('    endpoints') ? group('').replace(/ {4}endpoints.*\n/, `${lines}\n`) : group(lines)
    expect(accepts('cluster', text)).toBe(false)
  })

  it('leaves the options of a backend of your own to its package', () => {
    const text = group('').replace(/\[\{.*\}\]/, '[{ backend: "@acme/movip-dns#dns", anything: 1 }]')
    expect(accepts('cluster', text)).toBe(true)
    expect(accepts('cluster', text.replace('@acme/movip-dns#dns', 'apr'))).toBe(false)
  })
})
