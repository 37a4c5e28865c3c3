import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import type { BackendKind } from '../backend.ts'
import {
  backendsNamed,
  clusterJsonSchema,
  clusterSpecFromText,
  configHash,
  ConfigError,
  formatDuration,
  loadPlugins,
  PluginError,
  resolvePlugins,
} from './index.ts'
import type { PluginMap } from './index.ts'

const options = z.strictObject({
  address: z.string().regex(/^[\d.]+\/\d+$/, { error: 'expected an address with its prefix, such as 10.0.0.50/24' }),
  interface: z.string(),
})
const kind: BackendKind<z.infer<typeof options>> = {
  schema: options,
  describe: ({ address }) => address,
  claims: ({ address }) => [`ip:${address.split('/')[0] ?? ''}`],
  create: () => Promise.reject(new Error('the configuration never creates a backend')),
}
const kinds = { arp: kind, slow: { ...kind, claimMs: () => 9000 } }
const plugins: PluginMap = new Map(
  Object.entries(kinds).map(([name, one]) => [name, { package: '@movip/backend-arp', plugin: { kinds }, kind: one }]),
)

const good = `cluster: shop
timing: lan
nodes:
  a: { site: paris, address: 10.0.0.11 }
  b: { site: paris, address: 10.0.0.12 }
  w: { site: office, address: 10.9.0.4, witness: true }
groups:
  web:
    nodes: [b, a]
    endpoints:
      - { at: paris, backend: arp, address: 10.0.0.50/24, interface: lan }
`

function read(text: string) {
  return clusterSpecFromText(text, 'cluster.yaml', { plugins })
}

/** Every problem as `line:column path | message`. */
function problemsOf(text: string): string[] {
  try {
    read(text)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((problem) => `${problem.line}:${problem.column} ${problem.path} | ${problem.message}`)
  }
  return []
}

/** The good file with one thing put for another. */
function but(from: string, to: string): string {
  if (!good.includes(from)) throw new Error(`the good file has no ${from}`)
  return good.replace(from, to)
}

describe('cluster.yaml', () => {
  it('says how long a claim of its endpoints may take, where that is long', () => {
    const { groups } = read(but('backend: arp', 'backend: slow'))
    expect(groups[0]?.endpoints).toMatchObject([{ backend: 'slow', claimMs: 9000 }])
  })

  it('becomes the specification that every node applies', () => {
    expect(read(good)).toEqual({
      name: 'shop',
      timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
      nodes: [
        { id: 'a', site: 'paris', address: '10.0.0.11', voter: true, witness: false },
        { id: 'b', site: 'paris', address: '10.0.0.12', voter: true, witness: false },
        { id: 'w', site: 'office', address: '10.9.0.4', voter: true, witness: true },
      ],
      groups: [
        {
          id: 'web',
          mode: 'active-standby',
          nodes: ['b', 'a'],
          endpoints: [{ id: 'arp-10.0.0.50/24', backend: 'arp', at: 'paris', options: { address: '10.0.0.50/24', interface: 'lan' } }],
        },
      ],
    })
  })

  it('may give a node an address in each plane, and writes one alone as it was before there were planes', () => {
    const nodes = (a: string, b: string): unknown =>
      read(but('address: 10.0.0.11', `address: ${a}`).replace('address: 10.0.0.12', `address: ${b}`)).nodes.map(
        ({ id, address, addresses }) => ({
          id,
          address,
          addresses,
        }),
      )
    expect(nodes('{ back: 10.1.0.11, main: 10.0.0.11 }', '{ front: "10.2.0.12:7000", back: 10.1.0.12 }')).toEqual([
      { id: 'a', address: '10.0.0.11', addresses: { main: '10.0.0.11', back: '10.1.0.11' } },
      { id: 'b', address: '10.2.0.12:7000', addresses: { front: '10.2.0.12:7000', back: '10.1.0.12' } },
      { id: 'w', address: '10.9.0.4', addresses: undefined },
    ])
    expect(read(but('address: 10.0.0.11', 'address: { main: 10.0.0.11 }'))).toStrictEqual(read(good))
  })

  it('lets every node but the witness hold a group that names no nodes', () => {
    expect(read(but('    nodes: [b, a]\n', '')).groups[0]?.nodes).toEqual(['a', 'b'])
  })

  it('takes the rest of the times from the named profile', () => {
    expect(read(but('timing: lan', 'timing: { profile: wan, lease: 6s }')).timing).toEqual({
      heartbeatMs: 500,
      leaseMs: 6000,
      electionMs: 4500,
      driftPpmMax: 1000,
    })
  })

  it('allows a single voter, to begin with', () => {
    expect(read('cluster: c\nnodes:\n  a: { site: s, address: 10.0.0.1 }\n').groups).toEqual([])
  })

  const bad: readonly (readonly [string, string, readonly string[]])[] = [
    ['an unknown key', but('timing: lan', 'timings: lan'), ['2:1 timings | unknown key "timings", did you mean "timing"?']],
    [
      'an unknown key far from all others',
      but('timing: lan', 'quux: 1'),
      ['2:1 quux | unknown key "quux", expected one of cluster, timing, nodes, groups, notify'],
    ],
    [
      'an unknown key of a node',
      but('address: 10.0.0.11', 'adress: 10.0.0.11'),
      [
        '4:3 nodes.a.address | missing, expected an address such as 10.0.0.11, node.example.net or [fd00::11]:6222',
        '4:21 nodes.a.adress | unknown key "adress", did you mean "address"?',
      ],
    ],
    [
      'a missing name',
      good.replace('cluster: shop\n', ''),
      ['1:1 cluster | missing, expected a name of lower-case letters, digits and dashes that begins with a letter (63 at most)'],
    ],
    [
      'a name with a dot',
      but('cluster: shop', 'cluster: my.shop'),
      ['1:10 cluster | expected a name of lower-case letters, digits and dashes that begins with a letter (63 at most), found "my.shop"'],
    ],
    [
      'a node name that is a key of every object',
      but('  web:', '  constructor:'),
      [
        '8:3 groups.constructor | expected a name of lower-case letters, digits and dashes that begins with a letter (63 at most), found "constructor"',
      ],
    ],
    ['an unknown profile', but('timing: lan', 'timing: lann'), ['2:9 timing | expected one of lan, wan, fast, or a map, found "lann"']],
    [
      'a bare number for a duration',
      but('timing: lan', 'timing: { lease: 500 }'),
      ['2:18 timing.lease | expected a duration with its unit, such as 500ms, 10s or 1m, found 500'],
    ],
    [
      'a duration without a known unit',
      but('timing: lan', 'timing: { lease: 5 seconds }'),
      ['2:18 timing.lease | expected a duration with its unit, such as 500ms, 10s or 1m, found "5 seconds"'],
    ],
    [
      'an election as long as the lease',
      but('timing: lan', 'timing: { lease: 900ms }'),
      [
        '2:9 timing | the election time of 900ms is not shorter than the lease of 900ms: a new coordinator would come too late to place groups when leases end',
      ],
    ],
    [
      'heartbeats that do not fit',
      but('timing: lan', 'timing:\n  heartbeat: 301ms'),
      [
        '3:14 timing.heartbeat | three heartbeats of 301ms do not fit into the election time of 900ms: one lost beat would unseat the coordinator',
      ],
    ],
    [
      'a lease of hours',
      but('timing: lan', 'timing: { lease: 2h }'),
      ['2:18 timing.lease | a lease of 2h would leave a group unserved for that long after a failure'],
    ],
    [
      'a mistyped IPv4 address',
      but('10.0.0.11', '10.0.0.256'),
      ['4:30 nodes.a.address | expected an address such as 10.0.0.11, node.example.net or [fd00::11]:6222, found "10.0.0.256"'],
    ],
    [
      'a mistyped address in one plane',
      but('address: 10.0.0.11', 'address: { main: 10.0.0.11, back: 10.1.0 }'),
      ['4:55 nodes.a.address.back | expected an address such as 10.0.0.11, node.example.net or [fd00::11]:6222, found "10.1.0"'],
    ],
    [
      'no address in any plane',
      but('address: 10.0.0.11', 'address: {}'),
      ['4:30 nodes.a.address | expected an address for each plane, found a map'],
    ],
    [
      'one address in two planes',
      but('address: 10.0.0.11', 'address: { main: 10.0.0.11, back: 10.0.0.11 }'),
      ['4:55 nodes.a.address.back | 10.0.0.11 is already the address of a in another plane'],
    ],
    [
      'the address of another node in another plane',
      but('address: 10.0.0.12', 'address: { main: 10.0.0.12, back: 10.0.0.11 }'),
      ['5:55 nodes.b.address.back | 10.0.0.11 is already the address of a'],
    ],
    ['the address of another node', but('10.0.0.12', '10.0.0.11'), ['5:30 nodes.b.address | 10.0.0.11 is already the address of a']],
    [
      'two voters',
      good.replace(/ {2}w:.*\n/, ''),
      ['3:1 nodes | two voters cannot tell a dead partner from a cut cable: the loss of either would stop both'],
    ],
    [
      'a witness without a vote',
      but('witness: true', 'witness: true, voter: false').replace('nodes:\n', 'nodes:\n  c: { site: paris, address: 10.0.0.13 }\n'),
      ['7:63 nodes.w.voter | a witness without a vote would do nothing at all'],
    ],
    [
      'an unknown node in a group',
      but('[b, a]', '[bb, a, zebra]'),
      [
        '9:13 groups.web.nodes[0] | there is no node "bb", did you mean "b"?',
        '9:20 groups.web.nodes[2] | there is no node "zebra", expected one of a, b, w',
      ],
    ],
    ['a node twice in a group', but('[b, a]', '[b, b]'), ['9:16 groups.web.nodes[1] | b stands here a second time']],
    [
      'a witness in a group',
      but('[b, a]', '[b, w]'),
      [
        '9:16 groups.web.nodes[1] | w is a witness and never holds a group',
        '10:5 groups.web.endpoints | w may hold the group, but no endpoint applies at its site office',
      ],
    ],
    ['a group without nodes', but('[b, a]', '[]'), ['9:12 groups.web.nodes | a group without nodes is never served']],
    [
      'a group without endpoints',
      good.replace(/ {4}endpoints:\n.*\n$/, '    endpoints: []\n'),
      ['10:16 groups.web.endpoints | expected at least 1 entries, found an empty list'],
    ],
    ['an unknown mode', but('    nodes: [b, a]', '    mode: mirror'), ['9:11 groups.web.mode | expected active-standby, found "mirror"']],
    [
      'an unknown site',
      but('at: paris', 'at: pari'),
      [
        '10:5 groups.web.endpoints | b may hold the group, but no endpoint applies at its site paris',
        '10:5 groups.web.endpoints | a may hold the group, but no endpoint applies at its site paris',
        '11:15 groups.web.endpoints[0].at | there is no site "pari", did you mean "paris"?',
      ].toSorted(),
    ],
    [
      'an unknown backend',
      but('backend: arp', 'backend: apr'),
      ['11:31 groups.web.endpoints[0].backend | there is no backend "apr", did you mean "arp"?'],
    ],
    [
      'a wrong option of a backend',
      but('10.0.0.50/24', '10.0.0.50'),
      ['11:45 groups.web.endpoints[0].address | expected an address with its prefix, such as 10.0.0.50/24, found "10.0.0.50"'],
    ],
    [
      'an unknown option of a backend',
      but('interface: lan', 'interfaces: lan'),
      [
        '11:9 groups.web.endpoints[0].interface | missing, expected text',
        '11:59 groups.web.endpoints[0].interfaces | unknown key "interfaces", did you mean "interface"?',
      ],
    ],
    [
      'the same VIP with another prefix',
      `${good}      - { backend: arp, address: 10.0.0.50/32, interface: lan }\n`,
      ['12:9 groups.web.endpoints[1] | ip:10.0.0.50 is already taken by arp-10.0.0.50/24 of group web'],
    ],
    [
      'the same VIP in two groups',
      `${good}  mail:\n    endpoints: [{ backend: arp, address: 10.0.0.50/24, interface: lan }]\n`,
      ['13:17 groups.mail.endpoints[0] | ip:10.0.0.50 is already taken by arp-10.0.0.50/24 of group web'],
    ],
    [
      'a VIP that is the address of a node',
      but('10.0.0.50/24', '10.0.0.12/24'),
      ['11:9 groups.web.endpoints[0] | ip:10.0.0.12 is already taken by node b as its own address'],
    ],
    [
      'a VIP that is the address of a node in another plane',
      but('address: 10.0.0.12 }', 'address: { main: 10.0.0.12, back: 10.0.0.50 } }'),
      ['11:9 groups.web.endpoints[0] | ip:10.0.0.50 is already taken by node b as its own address'],
    ],
    ['a list where a map belongs', 'cluster: shop\nnodes: [a, b]\n', ['2:8 nodes | expected a map, found a list']],
    ['a key that is a list', 'cluster: shop\n? [a]\n: 1\n', ['2:3  | a key is a plain word here, not a map or a list']],
    ['a key that objects have already', 'cluster: shop\nnodes: { __proto__: {} }\n', ['2:10  | nothing can be called __proto__']],
    [
      'a map of a thousand and one',
      `cluster: shop\nnodes:\n${Array.from({ length: 1001 }, (_, index) => `  n${index}: {}`).join('\n')}`,
      ['3:3  | more than 1000 entries in one place'],
    ],
    ['a key written twice', but('timing: lan', 'cluster: lan'), ['2:1  | Map keys must be unique']],
    ['broken YAML', 'cluster: [shop\n', ['2:1  | Flow sequence in block collection must be sufficiently indented and end with a ]']],
    ['an empty file', '', ['1:1  | missing, expected a map']],
    ['a cluster without nodes', 'cluster: shop\nnodes: {}\n', ['2:1 nodes | a cluster without nodes']],
    [
      'only nodes without a vote',
      'cluster: shop\nnodes:\n  a: { site: s, address: a, voter: false }\n',
      ['2:1 nodes | no node has a vote, so nothing can be decided'],
    ],
    [
      'only witnesses',
      'cluster: shop\nnodes:\n  a: { site: s, address: a, witness: true }\n',
      ['2:1 nodes | every node is a witness, so nobody could hold a group'],
    ],
  ]
  it.each(bad)('refuses %s, naming the place', (_title, text, expected) => {
    expect(problemsOf(text).toSorted()).toEqual([...expected].toSorted())
  })

  it('refuses more than seven voters and tells how to keep the nodes', () => {
    const nodes = Array.from({ length: 9 }, (_, index) => `  n${index}: { site: s, address: 10.0.0.${index + 1} }\n`).join('')
    expect(() => read(`cluster: c\nnodes:\n${nodes}`)).toThrow('write voter: false at 2 or more of the nodes; they can still hold groups')
  })

  it('refuses absurd nesting and alias bombs in a few words', () => {
    const bomb = Array.from(
      { length: 12 },
      (_, level) =>
        `a${level}: &a${level} [${
          level === 0
            ? '1'
            : Array(10)
                .fill(`*a${level - 1}`)
                .join(', ')
        }]\n`,
    ).join('')
    for (const text of [`cluster: ${'['.repeat(20_000)}`, bomb, '#'.repeat(1_048_577)]) {
      expect(problemsOf(text).length).toBeGreaterThan(0)
      expect(problemsOf(text).length).toBeLessThan(4)
    }
  })

  it('refuses what nests too deep before the parser, which takes ever longer for it, and what turns into no number where one is compared', () => {
    for (const deep of ['{"a":'.repeat(80_000), '['.repeat(101), '- '.repeat(101)])
      expect(() => read(`cluster: ${deep}`)).toThrow('more than 100 deep within each other')
    expect(() => read(good.replace('backend: arp', 'backend: { length: { toString: 1, valueOf: 1 } }'))).toThrow('as no configuration is')
  })

  it('reports all problems of a file at once, in the order of its lines', () => {
    const text = but('timing: lan', 'timing: { lease: 500 }')
      .replace('address: 10.0.0.12', 'adress: x')
      .replace('[b, a]', '[b, c]')
      .replace('backend: arp', 'backend: apr')
    expect(problemsOf(text).map((line) => line.split(' |')[0])).toEqual([
      '2:18 timing.lease',
      '5:3 nodes.b.address',
      '5:21 nodes.b.adress',
      '9:16 groups.web.nodes[1]',
      '11:31 groups.web.endpoints[0].backend',
    ])
  })

  it('says what to do about each problem', () => {
    expect(() => read(but('timing: lan', 'timing: { lease: 500 }'))).toThrow(
      'cluster.yaml:2:18: timing.lease: expected a duration with its unit, such as 500ms, 10s or 1m, found 500\n  next: write 500ms or 500s, whichever is meant',
    )
  })
})

const nodeName = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/).filter((text) => text !== 'constructor')
const cluster = fc.record({
  cluster: nodeName,
  timing: fc.oneof(
    fc.constantFrom('lan', 'wan', 'fast'),
    fc.integer({ min: 1000, max: 60_000 }).map((ms) => ({ lease: formatDuration(ms) })),
  ),
  names: fc.uniqueArray(nodeName, { minLength: 3, maxLength: 7 }),
  vips: fc.uniqueArray(fc.integer({ min: 1, max: 250 }), { maxLength: 4 }),
})

describe('any cluster.yaml', () => {
  it('that is well formed survives being written and read again', () => {
    fc.assert(
      fc.property(cluster, ({ cluster: clusterName, timing, names, vips }) => {
        const nodes = Object.fromEntries(names.map((id, index) => [id, { site: 's', address: `10.0.1.${index + 1}` }]))
        const groups = Object.fromEntries(
          vips.map((vip) => [`g${vip}`, { endpoints: [{ backend: 'arp', address: `10.0.0.${vip}/24`, interface: 'lan' }] }]),
        )
        const spec = read(stringify({ cluster: clusterName, timing, nodes, groups }))
        expect(spec.nodes.map((node) => node.id)).toEqual(names)
        expect(spec.groups.map((group) => group.id)).toEqual(vips.map((vip) => `g${vip}`))
        expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
      }),
      { numRuns: 100 },
    )
  })

  it('that is garbage is refused with a place and never crashes the reader', () => {
    const word = fc.constantFrom(
      'cluster',
      'nodes',
      'groups',
      'timing',
      'endpoints',
      'a',
      '__proto__',
      'toString',
      ': ',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '&x ',
      '*x',
      '!!set',
      '"',
      '|',
      '%',
      '#',
      '<<',
      '10',
      '~',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
      fc.anything().map((value) => String(stringify(value))),
      fc.tuple(fc.nat(good.length), word).map(([at, put]) => good.slice(0, at) + put + good.slice(at)),
    )
    fc.assert(
      fc.property(text, (garbage) => {
        backendsNamed(garbage)
        try {
          read(garbage)
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError)
          for (const problem of (error as ConfigError).problems) {
            expect(problem.line).toBeGreaterThan(0)
            expect(problem.fix).not.toBe('')
          }
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('configHash', () => {
  it('does not depend on the order of keys, but on the order of nodes and on every value', () => {
    const spec = read(good)
    const turned = Object.fromEntries(Object.entries(spec).toReversed()) as typeof spec
    expect(configHash(turned)).toBe(configHash(spec))
    expect(configHash({ ...spec, nodes: spec.nodes.toReversed() })).not.toBe(configHash(spec))
    expect(configHash({ ...spec, timing: { ...spec.timing, leaseMs: 1001 } })).not.toBe(configHash(spec))
  })
})

describe('plugins', () => {
  it('are named by the file', () => {
    expect(backendsNamed(good)).toEqual(['arp'])
  })

  it('that are not installed are refused with the line that installs them', async () => {
    await expect(loadPlugins(['@nobody/never-written#thing'])).rejects.toMatchObject({
      code: 'PLUGIN_MISSING',
      fix: 'npm install @nobody/never-written',
    })
    const { failures } = await resolvePlugins(['@nobody/never-written#thing'])
    const text = but('backend: arp', 'backend: "@nobody/never-written#thing"')
    expect(() => clusterSpecFromText(text, 'cluster.yaml', { plugins, failures })).toThrow(
      'cluster.yaml:11:31: groups.web.endpoints[0].backend: backend "@nobody/never-written#thing" needs the package @nobody/never-written, which is not installed\n  next: npm install @nobody/never-written',
    )
  })

  it('are packages and never paths', async () => {
    for (const name of ['../evil#x', '/tmp/evil.js#x', 'file:///tmp/x#y', 'node:fs#x', 'toString']) {
      await expect(loadPlugins([name])).rejects.toMatchObject({ code: 'BACKEND_UNKNOWN' })
    }
  })

  it('that are no plugins are refused', async () => {
    await expect(loadPlugins(['yaml#arp'])).rejects.toBeInstanceOf(PluginError)
    await expect(loadPlugins(['yaml#arp'])).rejects.toMatchObject({ code: 'PLUGIN_BROKEN' })
  })
})

describe('the JSON Schema', () => {
  it('has the options of each backend beside what every endpoint has', () => {
    const text = JSON.stringify(clusterJsonSchema(plugins))
    expect(text).toContain('"backend":{"const":"arp"}')
    expect(text).toContain('"required":["backend","address","interface"]')
  })
})
