/**
 * The record of a service: the tokens it issued, the sessions that ended, and the rules that
 * follow.
 */
import assert from 'node:assert/strict'
import type { LightMyRequestResponse } from 'fastify'
import { readCookie } from '../../../src/http/cookies.ts'
import { type RefreshTokenClaim, readRefreshToken } from '../../../src/protocol/refresh-token.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import type { TestApp } from '../../support/app.ts'
import { GRACE, jarOf } from '../../support/rotation.ts'
import type { Request } from './browser.ts'

const claimOf = (token: string): RefreshTokenClaim => {
  const claim = readRefreshToken(token)
  assert(claim, 'the refresh cookie can be read')
  return claim
}

export class Ledger {
  readonly #service: TestApp
  /** Sessions that a caller with the right to do so has ended. */
  readonly #ended = new Set<string>()
  readonly #endedOnArrival = new Set<Request>()
  readonly #inGrace = new Set<Request>()
  /** The one refresh token there may be of each generation. */
  readonly #tokens = new Map<string, string>()
  readonly #sids = new Set<string>()

  constructor(service: TestApp) {
    this.#service = service
  }

  /** A caller with the right to do so is about to end the session of this refresh token. */
  mayEnd(refreshToken: string | undefined): void {
    if (refreshToken !== undefined) this.#ended.add(claimOf(refreshToken).sid)
  }

  /** The same for every session there has been, but that of this refresh token. */
  mayEndAllBut(refreshToken: string | undefined): void {
    const kept = refreshToken === undefined ? undefined : claimOf(refreshToken).sid
    for (const sid of this.#sids) if (sid !== kept) this.#ended.add(sid)
  }

  async arrives(request: Request): Promise<void> {
    const token = readCookie(request.cookie, 'refresh')
    const sid = token ? claimOf(token).sid : undefined
    if (sid === undefined || !this.#ended.has(sid)) return
    if (await this.#isGraceOf(sid)) this.#inGrace.add(request)
    else this.#endedOnArrival.add(request)
  }

  /** Whether a session was replaced so recently that its access tokens still read. */
  async #isGraceOf(sid: string): Promise<boolean> {
    const { app, clock } = this.#service
    const row = (await internalsOf(app).store.findSession(sid))?.session
    if (row?.revokedReason !== 'replaced' || row.revokedAt === null) return false
    return Math.abs(clock.now() - row.revokedAt) < GRACE * 1_000
  }

  async judge(request: Request, response: LightMyRequestResponse): Promise<void> {
    await this.#judgeCookies(response)
    if (String(request.options.url).match(/^\/auth\/(register|login|logout)/)) {
      assert(response.statusCode < 300, `${request.options.url}: ${response.statusCode} ${response.body}`)
      return
    }
    if (this.#endedOnArrival.has(request)) {
      assert.equal(response.statusCode, 401, 'nothing comes back after an end')
    }
    if (this.#inGrace.has(request)) {
      assert.equal(response.headers['set-cookie'], undefined, 'a session that was replaced hands nothing out')
    }
    if (response.statusCode >= 300) {
      assert.equal(response.statusCode, 401)
      await this.#judgeRefusal(request, response)
    }
  }

  /**
   * An honest client is refused only without cookies, after an end, or past the limits of its
   * session.
   */
  async #judgeRefusal({ cookie, arrivedAt }: Request, response: LightMyRequestResponse): Promise<void> {
    const { code } = response.json()
    const token = readCookie(cookie, 'refresh')
    if (!token) {
      // The answer to a hold brings the access cookie alone, and may come after a sign-out.
      const codes = readCookie(cookie, 'access') ? ['TOKEN_EXPIRED', 'SESSION_ENDED'] : ['TOKEN_MISSING']
      assert(codes.includes(code), code)
      return
    }
    const { clock } = this.#service
    const arrived = clock.now() - (clock.monotonic() - arrivedAt)
    const { sid, generation } = claimOf(token)
    const row = (await internalsOf(this.#service.app).store.findSession(sid))?.session
    const isPastAt = (time: number) => row === undefined || time >= Math.min(row.idleExpiresAt, row.expiresAt)
    const why = `generation ${generation} was presented, the row is at ${row?.generation}`
    assert.equal(code, 'SESSION_ENDED', `an honest client is never refused: ${why}`)
    if (this.#ended.has(sid) || isPastAt(arrived)) return
    // The limit passed while the request was under way: limits are checked again as the answer
    // leaves.
    assert(isPastAt(clock.now()), `an honest client is never refused: ${why}`)
    assert.equal(response.headers['set-cookie'], undefined, 'such a refusal leaves the cookies alone')
  }

  async #judgeCookies(response: LightMyRequestResponse): Promise<void> {
    const token = jarOf(response).get('refresh')
    if (token === undefined) return
    const { sid, generation } = claimOf(token)
    this.#sids.add(sid)
    assert(!this.#ended.has(sid), 'no cookie comes back after an end')
    const name = `${sid} ${generation}`
    assert.equal(token, this.#tokens.get(name) ?? token, 'there is one refresh token of each generation')
    this.#tokens.set(name, token)
    const row = (await internalsOf(this.#service.app).store.findSession(sid))?.session
    assert.equal(generation, row?.generation, 'only the current generation is handed out')
  }

  /** After every step. */
  async audit(): Promise<void> {
    for (const sid of this.#sids) {
      const row = (await internalsOf(this.#service.app).store.findSession(sid))?.session
      assert(row, 'a session is kept until its end')
      assert.notEqual(row.revokedReason, 'reuse', 'an honest client is never taken for a thief')
      if (row.revokedAt !== null) assert(this.#ended.has(sid), 'the service itself signs no owner out')
    }
  }
}
