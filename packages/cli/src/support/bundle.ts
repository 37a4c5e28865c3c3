import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { arch, release, version as kernelVersion } from 'node:os'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Client } from '@movip/core/client'
import { parse } from 'yaml'
import { failureJson, failureOf } from '../failure.ts'
import { scrubbed, secretPaths, withoutSecrets } from './withhold.ts'

export interface BundleOptions {
  /** node.yaml. */
  readonly config: string
  readonly version: string
  readonly client: () => Promise<Client>
}

/** A bundle as text, and what could not be had for it. */
export interface Bundle {
  readonly text: string
  readonly parts: readonly string[]
  readonly missing: readonly { readonly part: string; readonly why: string }[]
}

const limit = 1000

/** Everything that helps somebody else to see what is wrong, and no secrets. What cannot be had is named in its place. */
export async function makeBundle(options: BundleOptions): Promise<Bundle> {
  const node = await readYaml(options.config).catch((error: unknown) => error)
  const from = dirname(resolve(options.config))
  const isFile = (path: string): boolean => existsSync(resolve(from, path))
  const secrets = await Promise.all(secretPaths(node).map((path) => readFile(resolve(from, path), 'utf8').catch(() => '')))
  const ask = <T>(question: (client: Client) => Promise<T>): Promise<T> => options.client().then(question)
  const parts: Readonly<Record<string, Promise<unknown>>> = {
    versions: versionsOf(options.version),
    node: node instanceof Error ? Promise.reject(node) : Promise.resolve(withoutSecrets(node, isFile)),
    cluster: ask((client) => client.cluster()).then(({ cluster }) => withoutSecrets(cluster, () => false)),
    status: ask((client) => client.status()),
    moves: ask((client) => client.moves()).then(({ moves }) => moves),
    events: ask((client) => client.events(limit)).then(({ events }) => events),
  }
  const missing: { part: string; why: string }[] = []
  const gathered = await Promise.all(
    Object.entries(parts).map(async ([part, content]) => {
      try {
        return [part, await content] as const
      } catch (error) {
        const failure = failureOf(error)
        missing.push({ part, why: failure.message })
        return [part, failureJson(failure)] as const
      }
    }),
  )
  const text = JSON.stringify({ schemaVersion: 1, at: new Date().toISOString(), ...Object.fromEntries(gathered) }, null, 2)
  return { text: `${scrubbed(text, secrets)}\n`, parts: Object.keys(parts), missing }
}

async function readYaml(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${cause.code})`
    throw new Error(`${file}: ${why}`, { cause })
  })
  return parse(text, { logLevel: 'silent' })
}

async function versionsOf(movip: string): Promise<object> {
  const [nats, nft, iproute] = await Promise.all([say('nats-server', '--version'), say('nft', '--version'), say('ip', '-V')])
  return { movip, node: process.version, kernel: release(), build: kernelVersion(), arch: arch(), 'nats-server': nats, nft, ip: iproute }
}

/** What a program says of itself; null: it is not there. */
function say(program: string, flag: string): Promise<string | null> {
  return promisify(execFile)(program, [flag], { timeout: 2000 }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  )
}
