/** The zone that the lab's name servers have. */
export const ZONE = 'example.net'

/** A key that every name server of the lab takes, as `tsig-keygen` writes it. */
export const KEY_NAME = 'movip'
export const KEY_SECRET = 'bW92aXAgaW4gdGhlIGxhYiwgYW5kIG5vd2hlcmUgZWxzZSE='

export function keyText(algorithm = 'hmac-sha256', secret = KEY_SECRET, name = KEY_NAME): string {
  return `key "${name}" {\n\talgorithm ${algorithm};\n\tsecret "${secret}";\n};\n`
}

/** As little as a zone can say. `records` are lines of it. */
export function zoneText(records: readonly string[] = []): string {
  const soa = `@ SOA ns1 hostmaster 1 3600 600 86400 10`
  return ['$TTL 30', soa, '@ NS ns1', 'ns1 A 192.0.2.53', ...records, ''].join('\n')
}
