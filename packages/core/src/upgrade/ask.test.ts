import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { askForHandOver } from './ask.ts'
import type { HandOver } from './hand-over.ts'
import type { NamedProcess } from './invitation.ts'
import { thisProcess } from './invitation.ts'
import { watchPlace } from './join.ts'

const handOver: HandOver = {
  format: 1,
  folder: { dataId: 'disk', generation: 4 },
  version: '1.0.0',
  at: 1000,
  bootAheadMs: 0,
  pauseMs: 0,
  applied: 9,
  leases: [['web', 7, 2000]],
}
const refusal = { schemaVersion: 1, error: { code: 'not-now', message: 'web is on its way here', fix: 'wait' } }
const gone: NamedProcess = { pid: 4_194_304, startedAt: '1' }
const word = 'x'.repeat(32)
const offer = { self: thisProcess(), version: '2.0.0', formats: [1], start: ['/bin/node', 'movip'], openMs: 1 }

let folder = ''
let server: Server | null = null
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'movip-ask-'))
})
afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  server = null
  await rm(folder, { recursive: true, force: true })
})
const socket = (): string => join(folder, 'movip.sock')

/** Answers one question after the other so; the last answer is repeated. */
async function daemonThatSays(...answers: readonly object[]): Promise<{ asked: number }> {
  const seen = { asked: 0 }
  server = createServer((request, response) => {
    request.resume()
    const answer = answers[Math.min(seen.asked, answers.length - 1)] ?? {}
    seen.asked += 1
    response.writeHead('error' in answer ? 409 : 200).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server?.listen(socket(), resolve))
  return seen
}

describe('who asks a daemon to hand over', () => {
  it('is told everything', async () => {
    await daemonThatSays({ schemaVersion: 1, handOver })
    expect(await askForHandOver({ socket: socket(), invitation: { word, of: gone, copy: '/copy' }, offer })).toEqual(handOver)
  })
  it('takes a no for an answer after its rehearsal', async () => {
    const seen = await daemonThatSays(refusal)
    const asking = askForHandOver({ socket: socket(), invitation: { word, of: thisProcess(), copy: '/copy' }, offer })
    await expect(asking).rejects.toMatchObject({ apiCode: 'not-now', fix: 'wait' })
    expect(seen.asked).toBe(1)
  })
  it('asks on where another keeps its place, until that one is at rest', async () => {
    const seen = await daemonThatSays(refusal, refusal, { schemaVersion: 1, handOver })
    expect(await askForHandOver({ socket: socket(), invitation: { word, of: thisProcess() }, offer })).toEqual(handOver)
    expect(seen.asked).toBe(3)
  })
  it('begins like any other where nobody is left who kept its place', async () => {
    expect(await askForHandOver({ socket: socket(), invitation: { word, of: gone }, offer })).toBeNull()
  })
  it('guesses at nothing that it does not understand', async () => {
    await daemonThatSays({ schemaVersion: 1, handOver: { ...handOver, format: 2 } })
    const asking = askForHandOver({ socket: socket(), invitation: { word, of: thisProcess() }, offer })
    await expect(asking).rejects.toThrow('what was handed over is in no form that this version understands')
  })
})

it('who keeps the place of another notices that it is gone for good', async () => {
  const onGone = vi.fn<() => void>()
  const close = watchPlace({ word, of: gone }, onGone)
  await vi.waitFor(() => expect(onGone).toHaveBeenCalledOnce(), { timeout: 30_000 })
  close()
})
