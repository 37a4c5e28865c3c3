/**
 * The laws of who may import whom, as a plugin of the linter: the linter's own import rules see only the written name of a module,
 * not the folder that a relative name leads to. The table below is the whole of the laws; everything else reads it.
 */
import { dirname, resolve } from 'node:path/posix'

interface Law {
  /** The importing folder or file, and all below it. */
  readonly of: string
  /** All that it may import besides itself. */
  readonly only?: readonly string[]
  /** It may use these for types, which vanish at run time. */
  readonly types?: readonly string[]
  /** What it may not import, with everything below it. */
  readonly never?: readonly string[]
  /** Files of `of` that this law leaves free. */
  readonly except?: readonly string[]
  readonly why: string
}

const deterministic = 'the deciding part is a pure machine; it imports only downwards'
const layered = 'real parts stand behind the ports, so that the simulator can replace them'

export const laws: readonly Law[] = [
  { of: 'core/model', only: [], why: 'the words import nothing' },
  { of: 'core/raft', only: ['core/model'], why: deterministic },
  { of: 'core/lease', only: ['core/model'], why: deterministic },
  { of: 'core/placement', only: ['core/model'], why: deterministic },
  { of: 'core/engine', only: ['core/model', 'core/raft', 'core/lease', 'core/placement'], why: deterministic },
  { of: 'core/runner', only: ['core/model'], types: ['core/backend', 'core/ports'], why: deterministic },
  { of: 'core/ports', only: ['core/model'], why: layered },
  { of: 'core/backend', only: ['core/model'], types: ['core/ports', 'zod'], why: 'the backend SPI stands on words and ports alone' },
  {
    of: 'core/config',
    never: ['core/engine', 'core/raft', 'core/lease', 'core/runner', 'core/runtime', 'core/adapters', 'core/api'],
    why: 'configuration is read before anything runs',
  },
  {
    of: 'core/checks',
    never: ['core/engine', 'core/raft', 'core/lease', 'core/placement', 'core/runner', 'core/runtime', 'core/adapters', 'core/api'],
    why: 'checks say how fit this node is, and know nothing of who decides by it',
  },
  {
    of: 'core/service',
    never: ['core/engine', 'core/raft', 'core/lease', 'core/placement', 'core/runner', 'core/runtime', 'core/adapters', 'core/api'],
    why: 'a service is steered like an endpoint, and knows nothing of who steers it',
  },
  {
    of: 'core/fence',
    never: ['core/engine', 'core/raft', 'core/lease', 'core/placement', 'core/runner', 'core/runtime', 'core/adapters', 'core/api'],
    why: 'a fence is steered like a service, and knows nothing of who decides that it is needed',
  },
  {
    of: 'core/watchdog',
    only: ['core/model', 'core/backend', 'core/ports', 'external'],
    why: 'a watchdog knows nothing of what it watches over',
  },
  { of: 'core/leading', only: ['core/backend', 'external'], why: 'what leads to a holder is a matter of backends alone' },
  { of: 'core/health', only: ['core/backend', 'external'], why: 'whoever answers for an endpoint says what; here it is only said' },
  { of: 'core/programs', only: ['core/backend', 'external'], why: 'running a program is no matter of what it is run for' },
  {
    of: 'core/hooks',
    never: ['core/engine', 'core/raft', 'core/lease', 'core/placement', 'core/runtime', 'core/adapters', 'core/api'],
    why: 'hooks are told what has happened, and decide nothing',
  },
  { of: 'core/checks/verdict', only: ['core/model'], why: deterministic },
  { of: 'core/checks/fitness', only: ['core/model', 'core/checks/verdict'], why: deterministic },
  {
    of: 'core/adapters',
    never: ['core/engine', 'core/raft', 'core/lease', 'core/placement', 'core/runner', 'core/runtime', 'core/api'],
    why: layered,
  },
  {
    of: 'core/runtime',
    never: ['core/adapters', 'core/raft', 'core/lease', 'core/placement'],
    except: ['core/runtime/daemon', 'core/runtime/assembly'],
    why: layered,
  },
  { of: 'core/api', never: ['core/adapters', 'core/raft', 'core/lease', 'core/placement'], why: layered },
  { of: 'core', never: ['@movip'], why: 'the core depends on no other package, and refers to its own files by their path' },
  {
    of: 'backend-*',
    only: ['@movip/core/backend', '@movip/core/fields', '@movip/core/leading', '@movip/backend-arp', '@movip/backend-lb', 'external'],
    never: ['nats', '@nats-io'],
    why: "a backend knows the SPI and its SDK, and whoever needs an address behind the kernel's lease takes that of backend-arp, and whoever answers balancers does so by backend-lb; never NATS or the engine",
  },
  { of: 'cli', never: ['@movip/backend-*'], why: 'backends are loaded when the configuration names them: import them with import()' },
  { of: 'lab', never: ['@movip/cli', '@movip/backend-*'], why: 'the lab runs the built programs' },
]

/** Tests may reach everything within their package; a backend's tests, and what serves them alone, also the contract suite. */
const testing = '@movip/core/testing'

/**
 * The place of a module in the words of the table: `core/engine/step` for a file of this repository, else the module's own name.
 * Null for a file outside the sources of a package.
 */
function placeOf(path: string): string | null {
  const found = /packages\/([^/]+)\/src\/(.+?)(?:\.(?:[cm]?[jt]s))?$/.exec(path)
  return found === null ? null : `${found[1]}/${found[2]}`
}

function isWithin(place: string, folder: string): boolean {
  if (folder === 'external') return !place.startsWith('@movip/') && !/^(core|cli|lab|backend-[^/]+)\//.test(place)
  if (folder.endsWith('*')) return place.startsWith(folder.slice(0, -1))
  return place === folder || place.startsWith(`${folder}/`)
}

/** What breaks a law if `file` imports `specifier`; null if nothing does. */
export function brokenLaw(file: string, specifier: string, typeOnly: boolean): string | null {
  const from = placeOf(file)
  if (from === null) return null
  const to = specifier.startsWith('.') ? placeOf(resolve(dirname(file), specifier)) : specifier
  if (to === null) return `'${specifier}' leads outside the sources of the package`
  if (specifier.startsWith('.') && packageOf(to) !== packageOf(from))
    return `'${specifier}' leads into another package: import that package by its name`
  const isTest = from.endsWith('.test')
  for (const law of laws) {
    if (!isWithin(from, law.of) || (isTest && law.of.includes('/'))) continue
    if (law.except?.includes(from)) continue
    if (!permits(law, from, to, { typeOnly, isTest })) return `${from} may not import ${to}: ${law.why}`
  }
  return null
}

function permits(law: Law, from: string, to: string, use: { typeOnly: boolean; isTest: boolean }): boolean {
  if (law.never?.some((folder) => isWithin(to, folder))) return false
  if (law.only === undefined || isWithin(to, law.of) || (packageOf(to) === packageOf(from) && !law.of.includes('/'))) return true
  if (law.only.some((folder) => isWithin(to, folder))) return true
  if (to === testing && (use.isTest || from.split('/')[1] === 'testing')) return true
  return use.typeOnly && (law.types ?? []).some((folder) => isWithin(to, folder))
}

const packageOf = (place: string): string => place.slice(0, place.indexOf('/'))

interface ImportNode {
  readonly source: { readonly value: unknown } | null
  readonly importKind?: string
  readonly exportKind?: string
  readonly specifiers?: readonly { readonly importKind?: string; readonly exportKind?: string }[]
}

interface Context {
  readonly filename: string
  report(finding: { node: unknown; message: string }): void
}

function isTypeOnly({ importKind, exportKind, specifiers = [] }: ImportNode): boolean {
  if (importKind === 'type' || exportKind === 'type') return true
  return specifiers.length > 0 && specifiers.every((specifier) => specifier.importKind === 'type' || specifier.exportKind === 'type')
}

const imports = {
  create(context: Context) {
    const file = context.filename.replaceAll('\\', '/')
    const check = (node: ImportNode): void => {
      if (typeof node.source?.value !== 'string') return
      const message = brokenLaw(file, node.source.value, isTypeOnly(node))
      if (message !== null) context.report({ node, message })
    }
    // A dynamic import is the lazy loading that the laws ask of the CLI; elsewhere it is held to the same table.
    const checkDynamic = (node: ImportNode): void => {
      if (!isWithin(placeOf(file) ?? '', 'cli')) check(node)
    }
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: checkDynamic }
  },
}

export default { meta: { name: 'laws' }, rules: { imports } }
