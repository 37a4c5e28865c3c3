import { describe, expect, it } from 'vitest'
import { scrubbed, secretPaths, withoutSecrets } from './withhold.ts'

const isFile = (path: string): boolean => path.startsWith('/etc/')

describe('a configuration for others to read', () => {
  it.each<[string, unknown, unknown]>([
    [
      'says nothing of values under the names that secrets bear',
      { password: 'x', apiToken: 'y', pins: 1 },
      { password: '(withheld)', apiToken: '(withheld)', pins: 1 },
    ],
    [
      'leaves the paths of files that there are',
      { secret: '/etc/secret', tls: { key: '/etc/key' } },
      { secret: '/etc/secret', tls: { key: '/etc/key' } },
    ],
    ['withholds what should have been a path and is none', { secret: 'f00ba4' }, { secret: '(withheld)' }],
    [
      'leaves references to files and the environment',
      { secret: { env: 'NAME' }, nkey: { file: '/x' } },
      { secret: { env: 'NAME' }, nkey: { file: '/x' } },
    ],
    ['withholds lists and numbers, too', { tokens: ['a', 'b'], secret: 7 }, { tokens: ['(withheld)', '(withheld)'], secret: '(withheld)' }],
    [
      'withholds what programs are called with, and what agents are told',
      { run: ['/bin/tell', '--password=x'], args: ['x'], parameters: { db_pwd: 'x', user: 'y' } },
      { run: ['/bin/tell', '(withheld)'], args: ['(withheld)'], parameters: { db_pwd: '(withheld)', user: '(withheld)' } },
    ],
    [
      'withholds what brings a service into its standby role',
      { options: { start: ['/bin/db', 'up'], standby: ['/bin/db', 'follow', 'password=x'] } },
      { options: { start: ['/bin/db', '(withheld)'], standby: ['/bin/db', '(withheld)', '(withheld)'] } },
    ],
    [
      'leaves of a webhook only its host',
      { via: { type: 'webhook', url: 'https://hooks.example.net/services/T0/B0/abc' }, webhook: { url: 'http://10.0.0.9:80/x' } },
      { via: { type: 'webhook', url: 'https://hooks.example.net/(withheld)' }, webhook: { url: 'http://10.0.0.9:80/(withheld)' } },
    ],
    [
      'withholds what fence agents are told in secret',
      {
        fence: [{ agent: 'fence_apc_snmp', options: { ip: '10.1.0.9', community: 'x', kg: 'y', passwd: 'z', snmp_priv_passphrase: 'q' } }],
      },
      {
        fence: [
          {
            agent: 'fence_apc_snmp',
            options: {
              ip: '10.1.0.9',
              community: '(withheld)',
              kg: '(withheld)',
              passwd: '(withheld)',
              snmp_priv_passphrase: '(withheld)',
            },
          },
        ],
      },
    ],
    [
      'leaves the files of fences, and withholds what was written in place of one',
      { fence: { secrets: { pdu: '/etc/pdu', 'bmc-paris-1': 'hunter2' } } },
      { fence: { secrets: { pdu: '/etc/pdu', 'bmc-paris-1': '(withheld)' } } },
    ],
    ['withholds the query of an address', { url: 'https://h/x?token=abc' }, { url: 'https://h/x?(withheld)' }],
    ['withholds users and passwords in addresses', { servers: ['tls://me:pw@nats:4222'] }, { servers: ['tls://(withheld)@nats:4222'] }],
  ])('%s', (_title, found, shown) => {
    expect(withoutSecrets(found, isFile)).toEqual(shown)
  })
})

it('the files that hold secrets are found wherever they are named', () => {
  const node = {
    nats: { embedded: { secret: 'a' }, credentials: 'b', servers: ['c'] },
    hooks: { token: { file: 'd' } },
    fence: { secrets: { pdu: 'e' } },
  }
  expect(secretPaths(node)).toEqual(['a', 'b', 'd', 'e'])
})

it('a text is scrubbed of every line of a secret, and of nothing that is too short to be one', () => {
  expect(scrubbed('one 12345678 two "87654321"', ['12345678\n87654321\n', 'two'])).toBe('one (withheld) two "(withheld)"')
})
