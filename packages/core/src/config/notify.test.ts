import { describe, expect, it } from 'vitest'
import { specSchema } from './spec-schema.ts'
import { clusterSpecFromText } from './cluster-file.ts'
import { nodeConfigFromText } from './node-file.ts'
import { ConfigError } from './problem.ts'

const base = `cluster: shop
nodes:
  a: { site: x, address: 10.0.0.1 }
`
const specOf = (notify: string) => clusterSpecFromText(`${base}${notify}`, 'cluster.yaml', { plugins: new Map() })
const problemsOf = (run: () => unknown): readonly string[] => {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ line, path, message, fix }) => `${line} ${path}: ${message} → ${fix}`)
    throw error
  }
  return []
}

describe('notify in cluster.yaml', () => {
  it('is read with its defaults, and fits into the log', () => {
    const spec = specOf(`notify:
  ops: { webhook: { url: "https://hooks.example.net/x" }, on: stuck, burst: 0s }
  people: { mail: { server: mail.example.net, from: movip@example.net, to: [ops@example.net] }, nodes: [a], perMinute: 1 }
`)
    expect(spec.notify).toEqual([
      {
        id: 'ops',
        on: ['stuck'],
        burstMs: 0,
        perMinute: 6,
        timeoutMs: 10_000,
        via: { type: 'webhook', url: 'https://hooks.example.net/x' },
      },
      {
        id: 'people',
        nodes: ['a'],
        burstMs: 5000,
        perMinute: 1,
        timeoutMs: 10_000,
        via: { type: 'mail', host: 'mail.example.net', port: 587, tls: 'starttls', from: 'movip@example.net', to: ['ops@example.net'] },
      },
    ])
    expect(specSchema.parse(spec)).toEqual(spec)
  })

  it('that is absent or empty leaves the configuration as it was before there was any', () => {
    expect(Object.keys(specOf(''))).toEqual(['name', 'timing', 'nodes', 'groups'])
    expect(specOf('notify: {}\n')).toEqual(specOf(''))
  })

  it.each([
    [
      '{ webhook: { url: "https://user:pw@x/" } }',
      'notify.ops.webhook.url: expected a URL such as https://hooks.example.net/movip, without user and password',
    ],
    ['{ webhook: {}, mail: { server: x, from: a@b, to: [a@b] } }', 'notify.ops: expected either webhook or mail'],
    ['{ on: stuck }', 'notify.ops: expected either webhook or mail'],
    ['{ webhook: {}, nodes: [b] }', 'notify.ops.nodes[0]: there is no node "b"'],
    ['{ webhook: {}, groups: [web] }', 'notify.ops.groups[0]: there is no group "web"'],
    ['{ webhook: {}, burts: 5s }', 'notify.ops.burts: unknown key "burts", did you mean "burst"?'],
    ['{ webhook: {}, burst: 5 }', 'notify.ops.burst: expected a duration with its unit'],
    ['{ webhook: {}, burst: 999h }', 'notify.ops.burst: expected a duration of at most'],
    ['{ webhook: {}, timeout: 25h }', 'notify.ops.timeout: expected a duration of at most 24h'],
    ['{ mail: { server: "x y", from: a@b, to: [a@b] } }', 'notify.ops.mail.server: expected a server such as smtp.example.net'],
  ])('that is wrong is refused at its place: %s', (entry, message) => {
    expect(problemsOf(() => specOf(`notify:\n  ops: ${entry}\n`))[0]).toContain(`5 ${message}`)
  })
})

describe('notify in node.yaml', () => {
  it('names the files with the secrets, relative to itself', () => {
    const text = 'node: a\nnotify:\n  ops: { secretFile: ops.secret }\n  people: { user: movip, passwordFile: /run/secrets/mail }\n'
    expect(nodeConfigFromText(text, '/etc/movip/node.yaml').notify).toEqual({
      ops: { secretFile: '/etc/movip/ops.secret' },
      people: { user: 'movip', passwordFile: '/run/secrets/mail' },
    })
    expect(nodeConfigFromText('node: a\n', '/etc/movip/node.yaml')).not.toHaveProperty('notify')
  })

  it('with a user and no password is refused', () => {
    expect(problemsOf(() => nodeConfigFromText('node: a\nnotify:\n  people: { user: movip }\n', 'node.yaml'))).toEqual([
      '3 notify.people.user: user without passwordFile → add passwordFile',
    ])
  })
})
