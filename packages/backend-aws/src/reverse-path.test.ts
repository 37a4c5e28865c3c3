import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { reversePath } from './reverse-path.ts'

const table = (...devices: readonly string[]): string =>
  [
    'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT',
    ...devices.map((device) => `${device}\t00000000\t0101000A\t0003\t0\t0\t0\t00000000\t0\t0\t0`),
    'eth1\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  ].join('\n')

function proc({ all, own, routes }: { readonly all: number; readonly own: number; readonly routes: string }): string {
  const root = mkdtempSync(join(tmpdir(), 'movip-proc-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const files = { 'sys/net/ipv4/conf/all/rp_filter': all, 'sys/net/ipv4/conf/eth1/rp_filter': own, 'net/route': routes }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), `${text}\n`)
  }
  return root
}
const codesOf = (root: string): readonly string[] => reversePath('eth1', root).map(({ message }) => message)

it.each([
  ['its own filter', { all: 0, own: 1 }, 'net.ipv4.conf.eth1.rp_filter is 1'],
  ['the filter of all', { all: 1, own: 0 }, 'net.ipv4.conf.all.rp_filter is 1'],
])('a strict filter on an interface by which the way back does not go is told: %s', (_, filters, message) => {
  expect(codesOf(proc({ ...filters, routes: table('eth0') }))).toEqual([expect.stringContaining(message)])
})

it.each([
  ['the way back goes by it', { all: 1, own: 1, routes: table('eth1') }],
  ['one of two ways back goes by it', { all: 1, own: 1, routes: table('eth0', 'eth1') }],
  ['the filter is loose', { all: 1, own: 2, routes: table('eth0') }],
  ['there is no filter', { all: 0, own: 0, routes: table('eth0') }],
  ['there is no default route', { all: 1, own: 1, routes: table() }],
])('nothing is told where %s', (_, files) => {
  expect(codesOf(proc(files))).toEqual([])
})

it('nothing is told where the kernel does not tell', () => {
  expect(codesOf('/nowhere')).toEqual([])
})
