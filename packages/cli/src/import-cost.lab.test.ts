import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const cwd = fileURLToPath(new URL('..', import.meta.url))
/** Tells every package that is loaded. */
const hook = `import { registerHooks } from 'node:module'
registerHooks({ load: (url, context, next) => {
  const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? []
  if (name) process.stderr.write(name + '\\n')
  return next(url, context)
} })`
const sdks = /^(@aws-sdk|@smithy|@azure|@google-cloud|google-auth-library|google-gax)/

/** The SDKs of clouds that this process loads for these kinds. */
function loadedFor(kinds: readonly string[]): readonly string[] {
  const program = `const { resolvePlugins } = await import('@movip/core/config')
const { failures } = await resolvePlugins(${JSON.stringify(kinds)})
if (failures.size > 0) throw new Error([...failures.values()].join())
process.exit(0)`
  const args = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, '--input-type=module', '-e', program]
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return [...new Set(stderr.split('\n').filter((name) => sdks.test(name)))]
}

it('a site without a cloud loads none of their SDKs', () => {
  expect(loadedFor(['arp', 'lb-health'])).toEqual([])
})

it.each([
  ['aws-route', '@aws-sdk/client-ec2'],
  ['azure-ilb', '@azure/arm-network'],
])('a site with %s loads %s, and no other cloud', (kind, sdk) => {
  const loaded = loadedFor([kind])
  expect(loaded).toContain(sdk)
  const vendor = kind.startsWith('aws') ? /^(@aws-sdk|@smithy)/ : /^@azure/
  expect(loaded.filter((name) => !vendor.test(name))).toEqual([])
})

it("Google's SDK, which takes long to load, is never loaded where leases are kept", () => {
  expect(loadedFor(['gcp-ilb'])).toEqual([])
})
