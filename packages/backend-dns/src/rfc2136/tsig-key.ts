import { BackendError } from '@movip/core/backend'
import type { TsigKey } from './wire/tsig.ts'

const FORM = 'a key as tsig-keygen writes it: key "movip" { algorithm hmac-sha256; secret "…"; };'

/** Reads a key as `tsig-keygen` of BIND or `keymgr -t` of Knot writes it. Throws `BackendError`; what it says never shows the secret. */
export function parseTsigKey(text: string, file: string): TsigKey {
  const name = /\bkey\s+"?([\w.-]+)"?\s*\{/.exec(text)?.[1] ?? /\bid:\s*"?([\w.-]+)"?/.exec(text)?.[1]
  const algorithm = /\balgorithm:?\s+"?([\w-]+)"?/.exec(text)?.[1]?.toLowerCase()
  const secret = /\bsecret:?\s+"?([A-Za-z0-9+/]+={0,2})"?/.exec(text)?.[1]
  if (name === undefined || algorithm === undefined || secret === undefined) {
    const lacking = [name === undefined && 'name', algorithm === undefined && 'algorithm', secret === undefined && 'secret'].filter(Boolean)
    throw new BackendError('INVALID', `the secret ${file} has no ${lacking.join(', no ')} of a key`, `put there ${FORM}`)
  }
  if (algorithm !== 'hmac-sha256' && algorithm !== 'hmac-sha512') {
    const fix = `make one with: tsig-keygen -a hmac-sha256 ${name}`
    throw new BackendError('INVALID', `the key ${name} in the secret ${file} is for ${algorithm}, expected hmac-sha256 or hmac-sha512`, fix)
  }
  return { name, algorithm, secret: Buffer.from(secret, 'base64') }
}
