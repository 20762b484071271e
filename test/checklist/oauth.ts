import type { Test } from 'tap'
import type { Answer } from './requests.ts'

/** RFC 6749 section 5.2: a 400 with JSON of these two fields, kept by no cache. */
export function isOAuthError(t: Test, { status, headers, json }: Answer, error: string): void {
  t.equal(status, 400)
  t.match(headers['content-type'], /^application\/json/)
  t.match(headers['cache-control'], /no-store/)
  const body = json()
  t.equal(body.error, error)
  t.same(Object.keys(body).sort(), ['error', 'error_description'])
}
