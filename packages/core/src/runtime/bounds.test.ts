import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { boundsOf } from './bounds.ts'

const status = (capabilities: string, noNewPrivs = 0, seccomp = 0): string =>
  `Name:\tnode\nCapEff:\t000001ffffffffff\nCapBnd:\t${capabilities}\nNoNewPrivs:\t${noNewPrivs}\nSeccomp:\t${seccomp}\nSeccomp_filters:\t0\n`
const all = '000001ffffffffff'
const shared = '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n40 22 8:2 / /data rw master:3 - ext4 /dev/sda2 rw\n'

it('finds what a unit forbids a process and not the first one', () => {
  expect(boundsOf(status(all), status(all), shared)).toEqual([])
  expect(boundsOf(status('0000000000803000', 1), status(all), shared)).toEqual(['CapabilityBoundingSet', 'NoNewPrivileges'])
  expect(boundsOf(status(all, 0, 2), status(all), shared)).toEqual([expect.stringContaining('RestrictAddressFamilies')])
})

it('calls nothing forbidden that the whole machine or container goes without', () => {
  const few = status('00000000a80425fb', 1, 2)
  expect(boundsOf(few, few, shared)).toEqual([])
  expect(boundsOf(status(all), few, shared)).toEqual([])
})

it('knows a process whose mounts nobody else sees', () => {
  const unshared = (script: string): string =>
    execFileSync('unshare', ['--map-root-user', '--mount', 'sh', '-c', script], { encoding: 'utf8' })
  const read = 'cat /proc/self/mountinfo'
  expect(boundsOf(status(all), status(all), unshared(read))).toEqual([])
  // The shell stays: with the last of those whom they follow, copies follow nobody.
  const asInUnit = `mount --make-rshared / && mount --make-rshared /proc && unshare --mount --propagation slave ${read}; exit`
  expect(boundsOf(status(all), status(all), unshared(asInUnit))).toEqual([expect.stringContaining('ProtectSystem')])
})
