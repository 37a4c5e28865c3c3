import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { guestAgents } from './guest-agents.ts'

it('an agent that brings addresses up by itself is told once, with how it is kept from it', () => {
  const root = mkdtempSync(join(tmpdir(), 'movip-agents-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  expect(guestAgents(root)).toEqual([])
  for (const file of ['usr/lib/systemd/system/refresh-policy-routes@.timer', 'lib/systemd/system/refresh-policy-routes@.timer']) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), '')
  }
  expect(guestAgents(root)).toMatchObject([
    { code: 'AWS_GUEST_AGENT', message: expect.stringContaining('amazon-ec2-net-utils'), fix: expect.stringContaining('systemctl mask') },
  ])
})
