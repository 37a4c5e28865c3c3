import { assertHolds, mutatedBytes } from '@movip/core/testing'
import fc from 'fast-check'
import { it } from 'vitest'
import type { PacketPort } from './driver.ts'
import { announcementFrames, parseOwnership, probeFrame } from './frames.ts'
import { ipBytes, ipText, macBytes, macText, parseVip, vipTrouble } from './ip.ts'
import type { Vip } from './ip.ts'
import { optionsSchema } from './options.ts'
import { Wire } from './wire.ts'

const corpus = new URL('../corpus/', import.meta.url)
const mac = macBytes('02:00:00:00:00:0b')
const vips = ['10.66.0.50/24', 'fd66::50/64', '10.66.0.51/32', '2001:db8::ffff:1/128'].map((text) => parseVip(text) as Vip)
const frames = vips.flatMap((vip) => [...announcementFrames(vip, mac, false), ...announcementFrames(vip, mac, true), probeFrame(vip, mac)])
/** Padded as a network card pads short frames, and with a second option behind the first. */
const padded = frames.map((frame) => Buffer.concat([frame, Buffer.alloc(Math.max(0, 60 - frame.length))]))
const optioned = frames.map((frame) => Buffer.concat([frame, Buffer.from('1401000000000000', 'hex')]))

/** A port at which the given frames have arrived. */
function portWith(arrived: readonly Buffer[]): PacketPort {
  let waiting: readonly Buffer[] = []
  return {
    send: () => true,
    receive: () => {
      const now = waiting
      waiting = arrived
      return now
    },
    close: () => undefined,
  }
}

it('frames from the wire, any bytes: nobody owns an address by a frame that does not say so in full', async () => {
  await assertHolds(fc, {
    name: 'frame',
    corpus,
    cases: fc.array(mutatedBytes(fc, [...frames, ...padded, ...optioned]), { minLength: 1, maxLength: 4 }),
    check(inputs) {
      const arrived = inputs.map((bytes) => Buffer.from(bytes))
      const heard: string[] = []
      const wire = new Wire(portWith(arrived))
      for (const vip of vips) wire.listen(vip, (owner) => void heard.push(`${vip.bytes.toString('hex')} ${owner}`))
      wire.poll()
      const expected = arrived.flatMap((frame) => {
        const found = parseOwnership(frame)
        if (found === null) return []
        assertOwnership(frame, found)
        return vips.every(({ bytes }) => !bytes.equals(found.ip)) ? [] : [`${found.ip.toString('hex')} ${found.mac}`]
      })
      if (heard.join() !== expected.join()) throw new Error(`heard ${heard.join()} instead of ${expected.join()}`)
    },
  })
})

function assertOwnership(frame: Buffer, { ip, mac: owner }: { readonly ip: Buffer; readonly mac: string }): void {
  if (ip.length !== 4 && ip.length !== 16) throw new Error(`an address of ${ip.length} bytes`)
  if (ip.every((byte) => byte === 0)) throw new Error('an owner of no address')
  if (!frame.includes(ip)) throw new Error('an address that does not stand in the frame')
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(owner) || !frame.includes(macBytes(owner)))
    throw new Error(`an owner ${owner} that does not stand in the frame`)
  if (macText(macBytes(owner)) !== owner) throw new Error(`an owner ${owner} that is written otherwise`)
  // What a card appends to a short frame changes nothing.
  if (ip.length === 4 && parseOwnership(Buffer.concat([frame, Buffer.alloc(6)]))?.mac !== owner)
    throw new Error('padding changed the owner')
}

it('addresses as people write them: refused with what is expected, or one canonical address that can be moved', async () => {
  const texts = ['10.66.0.50/24', 'fd66::50/64', '::ffff:10.0.0.1/128', 'fe80::1%eth0/64', '255.255.255.255/32', '0.0.0.0/1'].map((text) =>
    Buffer.from(text),
  )
  const tokens = ['/', '::', '.', ':', '%25', '0x', '[', ']', '٣', ' ', '-', '1e1', '032', 'ffff']
  await assertHolds(fc, {
    name: 'vip',
    corpus,
    cases: fc.tuple(mutatedBytes(fc, texts, tokens)),
    check([bytes = new Uint8Array()]) {
      const address = Buffer.from(bytes).toString()
      const { success } = optionsSchema.safeParse({ address, interface: 'lan' })
      const vip = parseVip(address)
      if (success !== (vipTrouble(address) === null)) throw new Error('the schema and the parser disagree')
      if (!success) return
      if (vip === null) throw new Error('an address that cannot be read was let in')
      const again = ipBytes(ipText(vip.bytes))
      if (again === null || !again.equals(vip.bytes) || ipText(again) !== vip.text)
        throw new Error(`${vip.text} is written in more than one way`)
      if (vip.prefix < 1 || vip.prefix > vip.bytes.length * 8) throw new Error(`a prefix of ${vip.prefix}`)
      for (const frame of announcementFrames(vip, mac, false)) {
        const owner = parseOwnership(frame)
        if (owner === null || !owner.ip.equals(vip.bytes)) throw new Error('its announcement is not heard as one')
      }
    },
  })
})
