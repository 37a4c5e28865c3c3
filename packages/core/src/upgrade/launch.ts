import { spawn } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bookName } from '../adapters/storage/book-name.ts'
import type { NodeConfig } from '../config/types.ts'
import { thisProcess, withInvitation } from './invitation.ts'

export interface LaunchOptions {
  readonly node: Pick<NodeConfig, 'data' | 'api'>
  /** How the other program is started as a daemon. */
  readonly command: readonly string[]
  /** Whether this daemon runs in real time: so does the other, to be measured fairly, but comes after this one until it takes over. */
  readonly isRealTime: boolean
  /** What the disk holds, in short: a copy during which that changes is made again. */
  readonly written: () => string
  readonly word: string
}

/** A program that rehearses, and then asks to take over. */
export interface Launched {
  /** It has ended, and why, as far as it has said. */
  readonly ended: Promise<string>
  /** Takes away what it rehearsed on. */
  clear(): Promise<void>
}

const copiesMax = 5
const behindTheDaemon = ['chrt', '--rr', '9']
/** No child of this process, which will be another program when that one ends, and could not know of it. */
const onItsOwn = ['setsid', '--fork']

/** Starts the other program beside this daemon, with a copy of the data folder to rehearse on. */
export async function launch({ node, command, isRealTime, written, word }: LaunchOptions): Promise<Launched> {
  const place = dirname(node.api.socket)
  await mkdir(place, { recursive: true })
  const copy = await mkdtemp(join(place, 'rehearsal-'))
  const clear = (): Promise<void> => rm(copy, { recursive: true, force: true })
  try {
    await copyBook(node.data, copy, written)
  } catch (error) {
    await clear()
    throw error
  }
  const [file = '', ...args] = [...onItsOwn, ...(isRealTime ? behindTheDaemon : []), ...command]
  // What it says on its standard output is for this daemon; its log goes where this one's goes.
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: withInvitation({ word, of: thisProcess(), copy }, process.env),
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`${file} cannot be run: ${error.message}`))
    // Its output stays open for as long as it runs, whoever its parent is.
    child.stdout.once('close', () => resolve(said.trim() === '' ? 'it ended; see the log' : said.trim()))
  })
  return { ended, clear }
}

/** The book is a file that only changes where something is written: what was copied meanwhile would be neither the one nor the other. */
async function copyBook(from: string, to: string, written: () => string): Promise<void> {
  for (let copies = 0; copies < copiesMax; copies += 1) {
    const before = written()
    await copyFile(join(from, bookName), join(to, bookName))
    if (before === written()) return
  }
  throw new Error('the data folder is written to without a pause: try again in a moment')
}
