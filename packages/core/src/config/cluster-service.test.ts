import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { entrySchema } from '../adapters/log-schema.ts'
import { clusterSpecFromText, ConfigError } from './index.ts'

const schema = z.looseObject({})
const kind = { schema, describe: () => 'x', claims: () => [], create: () => Promise.reject(new Error('never')) }
const plugins = new Map([['arp', { package: 'p', plugin: { kinds: { arp: kind } }, kind }]])

const head = `cluster: shop
nodes:
  a: { site: paris, address: 10.0.0.11 }
groups:
  web:
    endpoints: [{ backend: arp }]
`
const read = (text: string, node?: string) => clusterSpecFromText(head + text, 'cluster.yaml', { plugins }, node)

/** Every problem as `line path | message | fix`. */
function problemsOf(text: string, node?: string): readonly string[] {
  try {
    read(text, node)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ line, path, message, fix }) => `${line} ${path} | ${message} | ${fix}`)
  }
}

describe('a service in cluster.yaml', () => {
  it('may be brought into a standby role by a program of its own, which must be there', () => {
    const text = '    service: { command: { start: ["true"], stop: ["true"], check: ["true"], standby: [/no/such] } }\n'
    expect(read(text).groups[0]?.service?.[0]?.options).toMatchObject({ standby: ['/no/such'] })
    expect(problemsOf(text, 'a')).toEqual([
      '7 groups.web.service.command.standby | /no/such is not there, or not executable | install it, correct its path, or: chmod +x /no/such',
    ])
  })

  it('may be checked by a program of its own, which must be there as well', () => {
    const text = '    checks:\n      lag: { type: script, command: /no/lag }\n      script: { command: /no/such }\n'
    expect(problemsOf(text)).toEqual([])
    expect(problemsOf(text, 'a')).toEqual([
      '8 groups.web.checks.lag.command | /no/lag is not there, or not executable | install it, correct its path, or: chmod +x /no/lag',
      '9 groups.web.checks.script.command | /no/such is not there, or not executable | install it, correct its path, or: chmod +x /no/such',
    ])
  })

  it('is one part, or several in their order, each with its times in ms, and passes through the log unchanged', () => {
    const spec = read(`    service:
      - { ocf: heartbeat:Dummy, parameters: { fake: 7 }, startTimeout: 1m }
      - { process: { start: [/usr/sbin/app], pidfile: /run/app.pid }, every: 1s, restarts: { max: 0 } }
`)
    const service = spec.groups[0]?.service
    expect(service).toEqual([
      {
        id: 'ocf-heartbeat:Dummy',
        kind: 'ocf',
        startMs: 60_000,
        stopMs: 30_000,
        options: {
          agent: 'heartbeat:Dummy',
          parameters: { fake: '7' },
          promote: false,
          everyMs: 5000,
          restarts: { max: 3, withinMs: 600_000 },
        },
      },
      {
        id: 'process-/run/app.pid',
        kind: 'process',
        startMs: 30_000,
        stopMs: 30_000,
        options: {
          start: ['/usr/sbin/app'],
          pidfile: '/run/app.pid',
          stopSignal: 'SIGTERM',
          everyMs: 1000,
          restarts: { max: 0, withinMs: 600_000 },
        },
      },
    ])
    const entry = { index: 1, term: 1, body: { type: 'cluster', spec } }
    expect(entrySchema.parse(structuredClone(entry))).toEqual(entry)
    expect(read('    service: { systemd: nginx.service }\n').groups[0]?.service?.[0]?.id).toBe('systemd-nginx.service')
  })

  it.each([
    ['nothing that it could be', '{ startTimeout: 5s }', 'expected exactly one of systemd, command, process, ocf'],
    ['two things at once', '{ systemd: a.service, ocf: heartbeat:Dummy }', 'expected exactly one of systemd, command, process, ocf'],
    ['a key that only agents have', '{ systemd: a.service, parameters: { a: b } }', 'expected only beside ocf'],
    ['an unknown key', '{ systemd: a.service, stoptimeout: 5s }', 'did you mean "stopTimeout"?'],
    ['a time without a unit', '{ systemd: a.service, stopTimeout: 5 }', 'expected a duration with its unit'],
    ['days to start', '{ systemd: a.service, startTimeout: 25h }', 'expected a duration of at most 24h'],
    ['longer to start than a timer can wait', '{ systemd: a.service, startTimeout: 999999999h }', 'expected a duration of at most'],
    ['no time at all to stop', '{ systemd: a.service, stopTimeout: 0s }', 'expected a duration of at least 100ms'],
    ['a unit that is none', '{ systemd: nginx }', 'expected the name of a unit, such as nginx.service'],
    ['a process that nobody could find', '{ process: { start: [x] } }', 'expected a pidfile, a name, or both'],
    [
      'a command as one text',
      '{ command: { start: "x start", stop: [x], check: [x] } }',
      'expected a program with its arguments as a list',
    ],
  ])('with %s is refused in its line', (_, part, words) => {
    const found = problemsOf(`    service: ${part}\n`)
    expect(found.join('\n')).toContain(words)
    expect(found.every((line) => line.startsWith('7 groups.web.service'))).toBe(true)
  })

  it('with the same part twice is refused', () => {
    const part = '      - { systemd: nginx.service }\n'
    expect(problemsOf(`    service:\n${part}${part}`)).toEqual([
      '9 groups.web.service[1] | the part systemd-nginx.service stands twice in the service of group web | remove one of the two, or give it a name of its own, such as name: data',
    ])
  })

  it.each([
    ['unit', '{ systemd: nginx.service }', 'the unit nginx.service'],
    ['process', '{ process: { start: [x], pidfile: /run/x.pid } }', 'the process of /run/x.pid'],
    ['process', '{ process: { start: [x], name: xd } }', 'the process xd'],
  ])('may not be the %s that another group starts on one of the same nodes: %s', (_, part, thing) => {
    const group = (name: string, nodes: string): string =>
      `  ${name}: { nodes: ${nodes}, endpoints: [{ backend: arp }], service: ${part} }\n`
    const node = (name: string, address: string): string => `  ${name}: { site: paris, address: ${address} }\n`
    const nodes = node('a', '10.0.0.1') + node('b', '10.0.0.2') + node('c', '10.0.0.3')
    const found = (those: string): readonly string[] => {
      try {
        const text = `cluster: shop\nnodes:\n${nodes}groups:\n${group('web', '[a]')}${group('mail', those)}`
        clusterSpecFromText(text, 'cluster.yaml', { plugins })
        return []
      } catch (error) {
        return error instanceof ConfigError ? error.problems.map(({ line, message }) => `${line} ${message}`) : [String(error)]
      }
    }
    expect(found('[b]')).toEqual([])
    expect(found('[b, a]')).toEqual([`8 group web starts ${thing}, too, and both may be on a: when one moves, it stops it under the other`])
  })

  it('may not have one thing in two parts, whatever their names', () => {
    const part = (name: string): string => `      - { systemd: nginx.service, name: ${name} }\n`
    expect(problemsOf(`    service:\n${part('one')}${part('two')}`)).toEqual([
      '9 groups.web.service[1] | the unit nginx.service stands twice in the service of group web | remove one of the two',
    ])
  })

  it('with two parts of one agent is accepted where a name tells them apart', () => {
    const part = (name: string): string => `      - { ocf: heartbeat:Filesystem, name: ${name} }\n`
    const spec = read(`    service:\n${part('data')}${part('logs')}`)
    expect(spec.groups[0]?.service?.map(({ id }) => id)).toEqual(['ocf-data', 'ocf-logs'])
    expect(problemsOf(`    service:\n${part('data')}${part('data')}`)).toHaveLength(1)
  })

  it('is refused on a node that may hold the group and lacks its programs, and accepted where nobody needs them', () => {
    const text = `    service:
      - { ocf: heartbeat:Dumy }
      - { command: { start: [/no/such/start], stop: ["true"], check: ["true"] } }
    hooks:
      - { on: active, run: [/no/such/hook] }
`
    expect(problemsOf(text, 'a').map((line) => line.split(' |')[0])).toEqual([
      '8 groups.web.service[0].ocf',
      '9 groups.web.service[1].command.start',
      '11 groups.web.hooks[0].run',
    ])
    expect(problemsOf(text)).toEqual([])
    expect(problemsOf(`    nodes: [a]\n${text}`, 'b')).toEqual([])
  })
})

describe('hooks in cluster.yaml', () => {
  it('name one moment or several, and pass through the log unchanged', () => {
    const spec = read(
      '    hooks:\n      - { on: [active, stuck], run: [/etc/movip/tell, all], timeout: 3s }\n      - { on: failed, run: [x] }\n',
    )
    expect(spec.groups[0]?.hooks).toEqual([
      { on: ['active', 'stuck'], run: ['/etc/movip/tell', 'all'], timeoutMs: 3000 },
      { on: ['failed'], run: ['x'], timeoutMs: 10_000 },
    ])
    const entry = { index: 1, term: 1, body: { type: 'cluster', spec } }
    expect(entrySchema.parse(structuredClone(entry))).toEqual(entry)
  })

  it('may not stand in the log with a time that no timer can wait for', () => {
    const spec = read('    hooks: [{ on: active, run: [x], timeout: 24h }]\n')
    const entry = structuredClone({ index: 1, term: 1, body: { type: 'cluster', spec } })
    expect(entrySchema.safeParse(entry).success).toBe(true)
    Object.assign(entry.body.spec.groups[0]?.hooks?.[0] ?? {}, { timeoutMs: 2 ** 31 })
    expect(entrySchema.safeParse(entry).success).toBe(false)
  })

  it('that have no time at all, or more than a timer can wait for, are refused', () => {
    expect(problemsOf('    hooks: [{ on: active, run: [x], timeout: 0s }]\n').join()).toContain('expected a duration of at least 100ms')
    expect(problemsOf('    hooks: [{ on: active, run: [x], timeout: 1194h }]\n').join()).toContain('expected a duration of at most')
  })

  it('that wait for what never comes are refused with what there is', () => {
    expect(problemsOf('    hooks: [{ on: moved, run: [x] }]\n').join()).toMatch(/7 groups\.web\.hooks\[0\]\.on \| .*active/)
  })
})

it('what the log could not hold is refused before it gets there', () => {
  const long = `/run/${'x'.repeat(300)}.pid`
  expect(problemsOf(`    service: { process: { start: [x], pidfile: ${long} } }\n`).join()).toMatch(
    /^5 groups\.web \| more than a configuration can hold: groups\.web\.service\.0\.id: /,
  )
})

it('a configuration without a service or hooks is the same as before there were any', () => {
  expect(Object.keys(read('').groups[0] ?? {})).toEqual(['id', 'mode', 'nodes', 'endpoints'])
})
