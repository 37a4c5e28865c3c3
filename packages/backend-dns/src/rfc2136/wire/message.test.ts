import { decode, encode } from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { addresses, CLASSES, encodeMessage, encodeName, lastRecordOffset, OPCODES, texts, TYPES } from './message.ts'

describe('a message', () => {
  it('is a question that others read', () => {
    const asked = { name: 'web.Example.net', type: TYPES.A }
    const message = decode(encodeMessage({ id: 7, opcode: OPCODES.query, asked, prerequisites: [], updates: [] }))
    expect(message).toMatchObject({ id: 7, opcode: 'QUERY', questions: [{ name: 'web.example.net', type: 'A', class: 'IN' }] })
  })

  it('has records that others read', () => {
    const record = { name: 'web.example.net', class: CLASSES.IN, ttlS: 30 }
    const updates = [
      { ...record, type: TYPES.A, data: addresses('203.0.113.5') },
      { ...record, type: TYPES.AAAA, data: addresses('2001:db8::5') },
      { ...record, type: TYPES.CNAME, data: encodeName('lb.example.org') },
      { ...record, type: TYPES.TXT, data: texts('a'.repeat(300)) },
    ]
    const asked = { name: 'example.net', type: TYPES.SOA }
    const { authorities = [] } = decode(encodeMessage({ id: 7, opcode: OPCODES.update, asked, prerequisites: [], updates }))
    const data = authorities.map((one) => ('data' in one ? one.data : null))
    expect(data.slice(0, 3)).toEqual(['203.0.113.5', '2001:db8::5', 'lb.example.org'])
    expect([data[3]].flat().map(String)).toEqual(['a'.repeat(255), 'a'.repeat(45)])
  })

  it.each(['::', '::1', '2001:db8::', '2001:db8:1:2:3:4:5:6'])('has the address %s as its 16 bytes', (text) => {
    const packet = encode({ type: 'response', answers: [{ type: 'AAAA', name: 'a', data: text }] })
    expect(packet.subarray(-16).equals(addresses(text))).toBe(true)
  })

  it('has its last record where those before it end', () => {
    const record = { type: 'A', name: 'web.example.net', data: '203.0.113.5' } as const
    const questions = [{ type: 'A', name: 'web.example.net' }] as const
    const [one, two] = [[record], [record, record]].map((answers) =>
      Buffer.from(encode({ type: 'response', questions: [...questions], answers })),
    )
    expect(lastRecordOffset(two ?? Buffer.alloc(0))).toBe(one?.length)
  })
})
