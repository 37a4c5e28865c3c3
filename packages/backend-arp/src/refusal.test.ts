import { BackendError } from '@movip/core/backend'
import { describe, expect, it } from 'vitest'
import { kernelRefusal } from './driver.ts'
import { parseVip } from './ip.ts'
import type { Vip } from './ip.ts'
import { backendError } from './refusal.ts'

const vip = parseVip('10.0.0.50/24') as Vip

describe('what the kernel refuses', () => {
  it('is said in words, not as a number', () => {
    expect(kernelRefusal('shut the gate for 10.0.0.50', 16).message).toBe(
      'the kernel did not shut the gate for 10.0.0.50: resource busy or locked',
    )
  })
  it.each([
    ['a table that is gone', 2, 'FAILED', 'the nftables table in front of 10.0.0.50 was removed meanwhile', /exempt the tables movip_\*/],
    ['an interface that is gone', 19, 'NOT_FOUND', 'interface eth0 went away meanwhile', /when it is back/],
    ['a right that is missing', 1, 'DENIED', expect.stringContaining('operation not permitted'), /./],
  ])('names %s and the next step', (_, errno, code, message, fix) => {
    const error = backendError(kernelRefusal('open the gate for 10.0.0.50', errno), vip, 'eth0')
    expect(error).toBeInstanceOf(BackendError)
    expect(error).toMatchObject({ code, message, fix: expect.stringMatching(fix) })
  })
  it('leaves other errors as they are', () => {
    const error = new Error('something else')
    expect(backendError(error, vip, 'eth0')).toBe(error)
  })
})
