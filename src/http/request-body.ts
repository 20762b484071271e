import type { IncomingHttpHeaders } from 'node:http'

interface Head {
  readonly headers: IncomingHttpHeaders
  readonly raw: { readonly httpVersionMajor: number }
}

/** RFC 9112 section 6.3. In later versions of HTTP a body needs neither header. */
export const hasBody = ({ headers, raw }: Head): boolean =>
  raw.httpVersionMajor > 1 ||
  headers['transfer-encoding'] !== undefined ||
  (headers['content-length'] ?? '0') !== '0'
