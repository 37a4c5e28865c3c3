import { expect, it } from 'vitest'
import { z } from 'zod'
import type { BackendKind } from '../backend.ts'
import { clusterSpecFromText, ConfigError } from './index.ts'
import type { PluginMap } from './index.ts'

const options = z.strictObject({ name: z.string(), values: z.record(z.string(), z.string()) })
const kind: BackendKind<z.infer<typeof options>> = {
  schema: options,
  describe: ({ name }) => name,
  claims: ({ name }) => [`dns:${name}`],
  places: ({ values }) => ({ key: 'values', names: Object.keys(values) }),
  create: () => Promise.reject(new Error('the configuration never creates a backend')),
}
const plugins: PluginMap = new Map([['dns', { package: 'p', plugin: { kinds: {} }, kind }]])

function problemsOf(values: string, more = ''): string[] {
  const text = `cluster: shop
nodes:
  a: { site: paris, address: 10.0.0.11 }
  b: { site: ireland, address: 10.1.0.12 }
  w: { site: office, address: 10.9.0.4, witness: true }
groups:
  web: { ${more} endpoints: [{ backend: dns, name: web.example.net, values: { ${values} } }] }
`
  try {
    clusterSpecFromText(text, 'cluster.yaml', { plugins })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ line, path, message, fix }) => `${line} ${path} | ${message} | ${fix}`)
  }
  return []
}

it.each([
  ['for each site that may hold the group', 'paris: x, ireland: y', ''],
  ['for each node', 'a: x, b: y', ''],
  ['for the sites of the nodes that the group names', 'paris: x', 'nodes: [a],'],
])('what differs from place to place may be told %s', (_, values, more) => {
  expect(problemsOf(values, more)).toEqual([])
})

it('a site that may hold the group and has none is told of, with what to add', () => {
  expect(problemsOf('paris: x')).toEqual([
    '7 groups.web.endpoints[0].values | there is none for ireland, whose nodes may hold group web | add ireland: and what it is there, or give the group to nodes of other sites alone',
  ])
})

it('a place that does not exist is told of, with the one that is meant', () => {
  expect(problemsOf('pariss: x, ireland: y')).toEqual([
    '7 groups.web.endpoints[0].values.pariss | there is no site "pariss", did you mean "paris"? | write paris',
  ])
})
