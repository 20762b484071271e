/**
 * An honest user with one browser and several tabs, the real service behind a socket, and a network
 * that delays and loses data. ledger.ts judges the answers of the service.
 */

import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, type TestApp } from '../../support/app.ts'
import { BrowserJar } from '../../support/browser-jar.ts'
import { overSockets } from '../../support/over-sockets.ts'
import { jarOf } from '../../support/rotation.ts'
import { someUser } from '../../support/rows-by-hand.ts'
import { heldRoutes, UPLOADED } from './held-routes.ts'
import { Ledger } from './ledger.ts'

/** `slow-hook`: it waits before its guard is asked. */
export type Kind = 'plain' | 'slow-upload' | 'slow-hook' | 'slow-handler'
export type Outcome = 'arrives' | 'is late' | 'is lost'

export interface Request {
  readonly id: string
  readonly kind: Kind
  readonly options: InjectOptions
  readonly cookie: string | undefined
  /** The rest of a slow upload. */
  readonly body: PassThrough | undefined
  stage: 'sent' | 'uploading' | 'handling' | 'answered'
  /** When it came to where it is, in milliseconds of elapsed time. */
  since: number
  /** When it arrived, in the same. */
  arrivedAt: number
  answer?: Promise<LightMyRequestResponse>
  response?: LightMyRequestResponse
  /** The browser that waited for it is no more. */
  orphan: boolean
}

/** Longest time on the way, each way. Longer is outside the promise: docs/rotation.md. */
const NETWORK_SECONDS = 12
/**
 * Longest upload, or wait for a guard. A longer one that two rotations overtake may be refused, and
 * is not reuse.
 */
const UPLOAD_SECONDS = 300
/** How long after an explicit refresh the browser's disk knows of it. */
const FLUSH_SECONDS = 31

const CREDENTIALS = { email: 'ada@example.com', password: PASSWORD }
const PASSWORDS = [PASSWORD, 'a quiet lake beneath nine hills'] as const

export class Browser {
  readonly service: TestApp
  readonly jar: BrowserJar
  readonly ledger: Ledger
  requests: Request[] = []
  clockHasSteppedForward = false
  #explicitAt = Number.NEGATIVE_INFINITY
  #password = 0
  #ids = 0
  readonly #held: ReturnType<typeof heldRoutes>
  readonly #ends: readonly (() => unknown)[]

  private constructor(
    service: TestApp,
    held: ReturnType<typeof heldRoutes>,
    ends: readonly (() => unknown)[],
  ) {
    this.service = service
    this.#held = held
    this.#ends = ends
    this.jar = new BrowserJar(() => service.clock.monotonic())
    this.ledger = new Ledger(service)
  }

  /** Opens a browser in front of a new service and signs up. */
  static async open(): Promise<Browser> {
    const held = heldRoutes()
    const ends: (() => unknown)[] = []
    const scope = { teardown: (end: () => unknown) => ends.unshift(end) }
    const service = await overSockets(scope, await buildApp(scope, { routes: held.routes }))
    const browser = new Browser(service, held, ends)
    await browser.whole({ method: 'POST', url: '/auth/register', payload: CREDENTIALS }, 'arrives')
    // Of two administrators, either may cease to be one.
    await internalsOf(browser.service.app).store.createUser(someUser({ role: 'admin' }))
    return browser
  }

  get elapsed(): number {
    return this.service.clock.monotonic()
  }

  /** Whether the disk has the cookies of the last explicit refresh. */
  get isWritten(): boolean {
    return this.elapsed - this.#explicitAt >= FLUSH_SECONDS * 1_000
  }

  in(...stages: readonly Request['stage'][]): Request[] {
    return this.requests.filter(({ stage }) => stages.includes(stage))
  }

  send(kind: Kind, options?: InjectOptions): Request {
    const id = String(this.#ids++)
    const body = kind === 'slow-upload' ? new PassThrough() : undefined
    const request: Request = {
      id,
      kind,
      options: options ?? {
        method: body ? 'POST' : 'GET',
        url: `/${kind}/${id}`,
        ...(body && { payload: body, headers: { 'content-type': UPLOADED } }),
      },
      body,
      cookie: this.jar.header(),
      stage: 'sent',
      since: this.elapsed,
      arrivedAt: 0,
      orphan: false,
    }
    this.requests.push(request)
    return request
  }

  async arrive(request: Request): Promise<void> {
    request.arrivedAt = this.elapsed
    await this.ledger.arrives(request)
    const headers = { ...request.options.headers, ...(request.cookie && { cookie: request.cookie }) }
    request.answer = this.service.request({ ...request.options, headers })
    // Requests under way end when the browser is closed.
    request.answer.catch(() => {})
    await this.#untilHeldOr(request, request.answer)
  }

  async goOn(request: Request): Promise<void> {
    request.body?.end('the rest')
    this.#held.open(request.id)
    await this.#answered(request, await (request.answer as Promise<LightMyRequestResponse>))
  }

  async #untilHeldOr(request: Request, answer: Promise<LightMyRequestResponse>): Promise<void> {
    const response = await Promise.race([answer, this.#held.reached(request.id)])
    if (response !== undefined) return this.#answered(request, response)
    request.stage = request.kind === 'slow-handler' ? 'handling' : 'uploading'
  }

  async #answered(request: Request, response: LightMyRequestResponse): Promise<void> {
    request.stage = 'answered'
    request.since = this.elapsed
    request.response = response
    await this.ledger.judge(request, response)
    if (request.orphan) this.lose(request)
  }

  deliver(request: Request): void {
    this.jar.take(request.response?.headers['set-cookie'])
    this.lose(request)
  }

  lose(request: Request): void {
    this.requests = this.requests.filter((other) => other !== request)
  }

  /** A request from click to answer. */
  async whole(options: InjectOptions, outcome: Outcome): Promise<LightMyRequestResponse> {
    const request = this.send('plain', options)
    await this.arrive(request)
    if (outcome === 'arrives') this.deliver(request)
    if (outcome === 'is lost') this.lose(request)
    return request.response as LightMyRequestResponse
  }

  /** As a user does: a signed-out user gets the sign-in page. */
  async readPage(outcome: Outcome): Promise<void> {
    if (this.jar.get('refresh') === undefined) return this.signIn(true, outcome)
    const answer = await this.whole({ method: 'GET', url: '/me' }, outcome)
    // The answer to a change of password was lost: its cookies are not handed out again, and the
    // old ones stay.
    if (answer.statusCode === 401 && answer.json().reason === 'replaced') await this.signIn(true, outcome)
  }

  // While something else is on its way, an explicit refresh can be the second rotation within its
  // life: a known
  // limit. So is a refusal of the old session, on its way while the user signs in: it clears the
  // new cookies.

  async refreshNow(outcome: Outcome): Promise<void> {
    await this.settle()
    this.#explicitAt = this.elapsed
    await this.whole({ method: 'POST', url: '/auth/refresh' }, outcome)
  }

  async changePassword(outcome: Outcome): Promise<void> {
    await this.settle()
    this.#explicitAt = this.elapsed
    const next = 1 - this.#password
    const payload = { currentPassword: PASSWORDS[this.#password], newPassword: PASSWORDS[next] }
    const answer = await this.whole({ method: 'POST', url: '/me/password', payload }, outcome)
    if (answer.statusCode !== 204) return
    this.#password = next
    const began = jarOf(answer).get('refresh')
    assert.notEqual(began, undefined, 'a new password brings the cookies of a new session')
    this.ledger.mayEndAllBut(began)
  }

  async signIn(remember: boolean, outcome: Outcome): Promise<void> {
    await this.settle()
    const payload = { ...CREDENTIALS, password: PASSWORDS[this.#password], remember }
    this.ledger.mayEnd(this.jar.get('refresh'))
    await this.whole({ method: 'POST', url: '/auth/login', payload }, outcome)
  }

  async signOut(outcome: Outcome): Promise<void> {
    this.ledger.mayEnd(this.jar.get('refresh'))
    await this.whole({ method: 'POST', url: '/auth/logout' }, outcome)
  }

  /** Time passes, and no request takes longer than its limit. */
  async wait(seconds: number): Promise<void> {
    const isDue = (request: Request, most: number) =>
      this.elapsed - request.since + seconds * 1_000 > most * 1_000
    for (const request of this.in('sent')) if (isDue(request, NETWORK_SECONDS)) await this.arrive(request)
    for (const request of this.in('uploading')) {
      if (this.elapsed - request.arrivedAt + seconds * 1_000 > UPLOAD_SECONDS * 1_000)
        await this.goOn(request)
    }
    for (const request of this.in('answered')) if (isDue(request, NETWORK_SECONDS)) this.deliver(request)
    this.service.clock.advance(seconds)
    this.jar.writeToDisk()
  }

  /** The answers to these requests reach no client. */
  dies(how: 'restart' | 'crash'): void {
    this.jar[how]()
    for (const request of this.in('answered')) this.lose(request)
    for (const request of this.requests) request.orphan = true
  }

  /** No request is on its way to a decision or to the jar. */
  async settle(): Promise<void> {
    for (const request of this.in('sent')) await this.arrive(request)
    for (const request of this.in('uploading')) await this.goOn(request)
    for (const request of this.in('answered')) this.deliver(request)
  }

  /** Every request ends, and each signed-in user can refresh once more. */
  async finish(): Promise<void> {
    for (const request of this.in('handling')) await this.goOn(request)
    await this.settle()
    await this.wait(15 * 60)
    await this.whole({ method: 'GET', url: '/me' }, 'arrives')
    await this.whole({ method: 'GET', url: '/me' }, 'arrives')
  }

  async close(): Promise<void> {
    for (const { id } of this.requests) this.#held.open(id)
    for (const end of this.#ends) await end()
  }
}
