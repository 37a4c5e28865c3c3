import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TakeOverOffer } from '../api/types.ts'
import { createClock } from '../adapters/clock.ts'
import { createLogger } from '../adapters/logger.ts'
import { bookName } from '../adapters/storage/book-name.ts'
import type { Ending } from '../runtime/driver.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { invitationSchema, thisProcess } from './invitation.ts'
import type { Invitation } from './invitation.ts'
import { createUpgrade } from './upgrade.ts'
import type { Upgrade, UpgradeOptions } from './upgrade.ts'
import { whyNotTrusted } from './trusted.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'movip-upgrade-'))
  await mkdir(join(folder, 'data'))
  await writeFile(join(folder, 'data', bookName), 'a book')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const logger = createLogger({ level: 'error', fields: {}, destination: { write: () => undefined } })

/** What the daemon does beside its upgrade, as far as that asks. */
interface Scene {
  /** Why its driver hands nothing over; null: it does. */
  unrest: string | null
  /** What beside its driver goes on; null: nothing. */
  others: string | null
  readonly endings: Ending[]
  readonly done: string[]
  closed: number
}

/** A daemon whose program is a script. */
async function daemonWith(
  script: string,
  keepsPlaceFor: Invitation | null = null,
): Promise<{ readonly upgrade: Upgrade; readonly scene: Scene; readonly file: string }> {
  const file = join(folder, 'program.mjs')
  await writeFile(file, script)
  const scene: Scene = { unrest: null, others: null, endings: [], done: [], closed: 0 }
  const driver: UpgradeOptions['driver'] = {
    engineStatus: () => ({ role: 'follower', voters: ['a', 'b', 'c'], term: 1, lastIndex: 2, applied: 2 }),
    tell: () => undefined,
    handOver: (ending) => {
      if (scene.unrest !== null) return scene.unrest
      scene.endings.push(ending)
      return { applied: 2, leases: [] }
    },
  }
  const upgrade = createUpgrade({
    node: { node: 'a', data: join(folder, 'data'), api: { socket: join(folder, 'run', 'movip.sock'), mode: 0o600 } },
    version: '1.0.0',
    program: { file, args: [] },
    keepsPlaceFor,
    isRealTime: false,
    folder: { dataId: 'disk', generation: 4 },
    driver,
    clock: createClock(),
    logger,
    present: () => specOf('abc'),
    unrest: () => scene.others,
    tellTheRest: () => Promise.resolve(void scene.done.push('told')),
    began: () => ({ from: null, adopted: [], why: null, pauseMs: null }),
    close: () => {
      scene.closed += 1
      return Promise.resolve()
    },
  })
  return { upgrade, scene, file }
}

/** A program that rehearses for as long as the test likes, and tells it what it was told. */
const willing = (): string => `
  import { existsSync, renameSync, writeFileSync } from 'node:fs'
  writeFileSync('${folder}/told', process.env.MOVIP_TAKE_OVER)
  renameSync('${folder}/told', '${folder}/invitation')
  setInterval(() => existsSync('${folder}') || process.exit(), 50)
`

async function wordOf(): Promise<string> {
  const text = await vi.waitFor(() => readFile(join(folder, 'invitation'), 'utf8'), { timeout: 30_000 })
  return invitationSchema.parse(JSON.parse(text)).word
}

const offerOf = (word: string, change: Partial<TakeOverOffer> = {}): TakeOverOffer => ({
  word,
  self: thisProcess(),
  version: '2.0.0',
  formats: [1],
  start: ['/bin/node', 'movip'],
  openMs: 80,
  ...change,
})

describe('a daemon that is to be replaced', () => {
  it('hands over to the program that it has started, which alone knows the word, when it has closed what it had', async () => {
    const { upgrade, scene } = await daemonWith(willing())
    const begun = upgrade.begin(null)
    const word = await wordOf()
    expect(await upgrade.takeOver(offerOf('another word'))).toMatchObject({ code: 'not-invited' })
    const answer = await upgrade.takeOver(offerOf(word))
    expect(answer).toMatchObject({ handOver: { format: 1, applied: 2, folder: { dataId: 'disk', generation: 4 }, version: '1.0.0' } })
    expect(await begun).toEqual({ schemaVersion: 1, from: { version: '1.0.0', generation: 4 }, to: { version: '2.0.0' }, rehearsalMs: 80 })
    expect(scene.closed).toBe(1)
    expect(scene.endings).toMatchObject([{ why: 'handed over to version 2.0.0', leave: expect.any(Function) }])
    expect(await readdir(join(folder, 'run'))).toEqual([])
  })
  it('goes on, and says why, where the program ends before it is ready', async () => {
    const { upgrade, scene } = await daemonWith("process.stdout.write('there is no backend for that')")
    expect(await upgrade.begin(null)).toMatchObject({
      code: 'rehearsal-failed',
      message: 'the new program could not serve here: there is no backend for that',
    })
    expect(scene.endings).toEqual([])
    expect(upgrade.state()).toMatchObject({ refused: 'the new program could not serve here: there is no backend for that' })
    expect(await readdir(join(folder, 'run'))).toEqual([])
  })
  it.each([
    ['needs too much of a lease', { openMs: 600 }, 'too-slow'],
    ['understands nothing of what would be handed over', { formats: [7] }, 'rehearsal-failed'],
  ] as const)('goes on where the program %s, and tells both', async (_, change, code) => {
    const { upgrade, scene } = await daemonWith(willing())
    const begun = upgrade.begin(null)
    const asked = upgrade.takeOver({ ...offerOf(await wordOf(), {}), ...change, formats: 'formats' in change ? [...change.formats] : [1] })
    expect(await begun).toMatchObject({ code })
    expect(await asked).toMatchObject({ code })
    expect(scene).toMatchObject({ endings: [], closed: 0 })
  })
  it('goes on where something does not come to rest, and can be asked again', async () => {
    const { upgrade, scene } = await daemonWith(willing())
    scene.unrest = 'web is not at rest here'
    const begun = upgrade.begin(null)
    const asked = upgrade.takeOver(offerOf(await wordOf()))
    expect(await upgrade.begin(null)).toMatchObject({ code: 'not-now', message: 'an upgrade is under way already' })
    expect(await begun).toMatchObject({ to: { version: '2.0.0' } })
    expect(await asked).toMatchObject({ code: 'not-now', message: 'the daemon was not replaced: web is not at rest here' })
    expect(upgrade.state()).toMatchObject({ refused: 'the daemon was not replaced: web is not at rest here' })
    expect(scene.closed).toBe(0)
    await rm(join(folder, 'invitation'))
    scene.unrest = null
    const again = upgrade.begin(null)
    expect(await upgrade.takeOver(offerOf(await wordOf()))).toHaveProperty('handOver')
    expect(await again).toMatchObject({ to: { version: '2.0.0' } })
  })
  it('goes on, and says why, where a hook does not end in time; who only keeps a place hands it over', async () => {
    const { upgrade, scene } = await daemonWith(willing())
    scene.others = 'the hook /etc/movip/page of web still runs'
    const begun = upgrade.begin(null)
    expect(await upgrade.takeOver(offerOf(await wordOf()))).toMatchObject({
      code: 'not-now',
      message: 'the daemon was not replaced: the hook /etc/movip/page of web still runs',
    })
    expect(scene.endings).toEqual([])
    await begun
    const keeper = await daemonWith('', { word: 'word', of: thisProcess() })
    keeper.scene.others = scene.others
    expect(await keeper.upgrade.takeOver(offerOf('word'))).toHaveProperty('handOver')
  })
  it('tells people the rest before its process becomes the other program', async () => {
    const { upgrade, scene } = await daemonWith(willing())
    const begun = upgrade.begin(null)
    await upgrade.takeOver(offerOf(await wordOf()))
    await begun
    const become = vi.spyOn(process, 'execve').mockImplementation((() => scene.done.push('became')) as never)
    await scene.endings[0]?.leave?.()
    expect(scene.done).toEqual(['told', 'became'])
    become.mockRestore()
  })
  it('runs no program that others could have changed', async () => {
    const { upgrade, file } = await daemonWith(willing())
    await chmod(file, 0o666)
    expect(await upgrade.begin(file)).toMatchObject({ code: 'not-trusted', message: expect.stringContaining('others may write to') })
    expect(await whyNotTrusted(join(folder, 'nothing'))).toBe(`there is no ${join(folder, 'nothing')}`)
  })
})
