import { request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'

/** Somebody who is not movip calls a control plane over HTTPS, as `PUT /path`. Rejects where the call is refused. */
export function callAsSomebody(
  origin: string,
  action: string,
  body: Readonly<Record<string, unknown>>,
  { ca, headers }: { readonly ca: string; readonly headers: IncomingHttpHeaders },
): Promise<void> {
  const [method = 'GET', path = ''] = action.split(' ')
  const text = method === 'GET' || method === 'DELETE' ? undefined : JSON.stringify(body)
  const type = text === undefined ? {} : { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const asking = request(`${origin}${path}`, { method, ca, headers: { ...headers, ...type }, agent: false }, (response) => {
      let told = ''
      response.setEncoding('utf8').on('data', (part: string) => (told += part))
      response.on('end', () => {
        const { statusCode = 0 } = response
        if (statusCode < 300) resolve()
        else reject(new Error(`${action}: ${statusCode} ${told}`))
      })
    })
    asking.on('error', reject)
    asking.end(text)
  })
}
