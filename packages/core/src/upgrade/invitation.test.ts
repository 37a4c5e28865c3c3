import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { isAlive, takeInvitation, thisProcess, withInvitation } from './invitation.ts'

it('an invitation is taken once, and children inherit nothing of it', () => {
  const invitation = { word: 'x'.repeat(32), of: thisProcess(), copy: '/run/movip/copy' }
  const env = withInvitation(invitation, { PATH: '/bin' })
  expect(takeInvitation(env)).toEqual(invitation)
  expect(env).toEqual({ PATH: '/bin' })
  expect(takeInvitation(env)).toBeNull()
})

it('what is no invitation is a start like any other', () => {
  expect(takeInvitation({ MOVIP_TAKE_OVER: 'rubbish' })).toBeNull()
  expect(takeInvitation({ MOVIP_TAKE_OVER: '{"word":"short"}' })).toBeNull()
})

it('a process is told from another one that has its id', async () => {
  const self = thisProcess()
  expect(isAlive(self)).toBe(true)
  expect(isAlive({ ...self, startedAt: `${self.startedAt}0` })).toBe(false)
  const child = spawn('true')
  const { pid = 0 } = child
  await once(child, 'exit')
  expect(isAlive({ pid, startedAt: self.startedAt })).toBe(false)
})
