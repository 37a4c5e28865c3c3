import { describe, expect, it } from 'vitest'
import { routeAddress } from './address.ts'

describe('the address of a nats-server among its peers', () => {
  it.each([
    ['10.0.0.11', '10.0.0.11:6222'],
    ['10.0.0.11:7000', '10.0.0.11:7000'],
    ['node.example.net', 'node.example.net:6222'],
    ['fd00::11', '[fd00::11]:6222'],
    ['[fd00::11]', '[fd00::11]:6222'],
    ['[fd00::11]:7000', '[fd00::11]:7000'],
  ])('%s becomes %s', (address, route) => {
    expect(routeAddress(address)).toBe(route)
  })

  it('is refused with the next step when it is none', () => {
    expect(() => routeAddress('10.0.0.11:seven')).toThrow(
      expect.objectContaining({ code: 'NATS_ADDRESS_INVALID', fix: expect.any(String) }),
    )
  })
})
