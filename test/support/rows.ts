import { type RefreshTokenClaim, readRefreshToken } from '../../src/protocol/refresh-token.ts'
import type { SessionRow } from '../../src/store/sessions.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import type { TestApp } from './app.ts'
import type { Jar } from './jar.ts'

/** The claims of a browser's refresh cookie: the session, and the generation within it. */
export function claimOf({ app }: TestApp, jar: Jar): RefreshTokenClaim {
  const claim = readRefreshToken(jar.get(internalsOf(app).cookieNames.refresh) ?? '')
  if (claim === null) throw new Error('the jar holds no refresh token')
  return claim
}

/** The row of the session that a browser's refresh cookie names, straight from the store. */
export async function rowOf(service: TestApp, jar: Jar): Promise<SessionRow> {
  const { sid } = claimOf(service, jar)
  const found = await internalsOf(service.app).store.findSession(sid)
  if (found === undefined) throw new Error(`there is no session ${sid}`)
  return found.session
}

/**
 * Makes the service drop the session from its caches, as if another process had issued its tokens:
 * adds the session to the change feed once more.
 */
export async function forget(service: TestApp, jar: Jar): Promise<void> {
  const { store } = internalsOf(service.app)
  const { id } = await rowOf(service, jar)
  const { changedSessions } = store
  Object.assign(store, {
    changedSessions() {
      Object.assign(store, { changedSessions })
      const changed = changedSessions()
      return changed === 'everything' ? changed : [...changed, { of: 'session', id }]
    },
  })
}
