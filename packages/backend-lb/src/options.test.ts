import { expect, it } from 'vitest'
import { doorClaims, healthOptions } from './options.ts'

const problems = (options: object): readonly string[] => healthOptions.safeParse(options).error?.issues.map(({ message }) => message) ?? []

it.each<[string, object, string]>([
  ['neither a path nor a port', {}, 'expected either path'],
  ['a path and a port', { path: '/web', port: 9651 }, 'expected either path'],
  ['a path without its slash', { path: 'web' }, 'expected a path such as /web'],
  ['a path by TCP', { path: '/web', form: 'tcp' }, 'expected a port of its own'],
  ['a port that is none', { port: 70_000 }, 'expected a port from 1 to 65535'],
  ['the port of the answers as one of the service', { port: 9651, ports: [80, 9651] }, 'that of the health answers is none of them'],
  ['a probe of no length', { path: '/web', probe: { every: '5', rise: 1, fall: 1 } }, 'expected a duration with its unit'],
  ['a probe that believes nothing', { path: '/web', probe: { every: '5s', rise: 0, fall: 1 } }, 'expected a whole number from 1 to 10'],
  [
    'an asker that is no address',
    { path: '/web', probe: { every: '5s', rise: 1, fall: 1, from: ['lb'] } },
    'expected an address or a range',
  ],
  ['an address without the interface for it', { path: '/web', address: '10.0.0.50/24' }, 'expected address and interface together'],
  ['an address that nobody can have', { path: '/web', address: '10.0.0.0/24', interface: 'lan' }, 'not that of its whole subnet'],
])('an endpoint with %s is refused', (_, options, expected) => {
  expect(problems(options).join('\n')).toContain(expected)
})

it('what is accepted is accepted again as it was returned', () => {
  const options = { port: 9652, form: 'tcp', ports: [80], probe: { every: '1.5s', rise: 2, fall: 3, from: ['10.0.0.5', '35.191.0.0/16'] } }
  const once = healthOptions.parse(options)
  expect(healthOptions.parse(once)).toEqual(once)
})

it('paths and ports are claimed of each machine', () => {
  expect(doorClaims({ form: 'http', path: '/web' })).toEqual(['here:health path /web'])
  expect(doorClaims({ form: 'tcp', port: 9652, ports: [80, 443] })).toEqual(['here:port 9652', 'here:port 80', 'here:port 443'])
})
