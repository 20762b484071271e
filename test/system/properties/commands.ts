import fc from 'fast-check'
import { internalsOf } from '../../../src/wiring/internals.ts'
import type { Browser, Kind, Outcome, Request } from './browser.ts'

type Command = fc.AsyncCommand<Browser, undefined>

const MOST_AT_ONCE = 6

function command(
  words: string,
  run: (browser: Browser) => unknown,
  check: (browser: Browser) => boolean = () => true,
): Command {
  return {
    check,
    async run(browser) {
      await run(browser)
      await browser.ledger.audit()
    },
    toString: () => words,
  }
}

/** Acts on one of the requests at a stage. */
function withOne(
  words: string,
  stages: readonly Request['stage'][],
  run: (browser: Browser, request: Request) => unknown,
): fc.Arbitrary<Command> {
  const pick = (browser: Browser, index: number) => {
    const there = browser.in(...stages)
    return there[index % there.length] as Request
  }
  return fc.nat(MOST_AT_ONCE - 1).map((index) =>
    command(
      `${words} (${index})`,
      (browser) => run(browser, pick(browser, index)),
      (browser) => browser.in(...stages).length > 0,
    ),
  )
}

const outcome = fc.constantFrom<Outcome>('arrives', 'arrives', 'is late', 'is lost')
const kind = fc.constantFrom<Kind>('plain', 'plain', 'slow-upload', 'slow-hook', 'slow-handler')
const hasRoom = ({ requests }: Browser) => requests.length < MOST_AT_ONCE
const isSignedIn = ({ jar }: Browser) => jar.get('refresh') !== undefined
const mayAsk = (browser: Browser) => hasRoom(browser) && isSignedIn(browser)

const send = kind.map((kind) => command(`sends: ${kind}`, (browser) => browser.send(kind), mayAsk))

const page = outcome.map((outcome) =>
  command(`reads a page: ${outcome}`, (browser) => browser.readPage(outcome), hasRoom),
)

const parallel = fc.integer({ min: 2, max: MOST_AT_ONCE }).map((count) =>
  command(
    `${count} requests at once`,
    async (browser) => {
      const requests = Array.from({ length: count }, () => browser.send('plain'))
      await Promise.all(requests.map((request) => browser.arrive(request)))
    },
    ({ requests }) => requests.length + count <= MOST_AT_ONCE,
  ),
)

const explicit = outcome.chain((outcome) =>
  fc.constantFrom(
    command(`refreshes now: ${outcome}`, (browser) => browser.refreshNow(outcome), isSignedIn),
    command(`new password: ${outcome}`, (browser) => browser.changePassword(outcome), isSignedIn),
  ),
)

const signOut = outcome.map((outcome) =>
  command(`signs out: ${outcome}`, (browser) => browser.signOut(outcome), hasRoom),
)

const signIn = fc
  .tuple(fc.boolean(), outcome)
  .map(([remember, outcome]) =>
    command(`signs in${remember ? ' to stay' : ''}: ${outcome}`, (browser) =>
      browser.signIn(remember, outcome),
    ),
  )

type Act = (browser: Browser) => Promise<unknown>

async function account({ service }: Browser) {
  const user = await internalsOf(service.app).accounts.findByEmail('ada@example.com')
  if (user === undefined) throw new Error('there is no such account')
  return user
}

const administers: Readonly<Record<string, Act>> = {
  'changes the role': async (browser) => {
    const user = await account(browser)
    await internalsOf(browser.service.app).accounts.setRole(user, user.role === 'user' ? 'admin' : 'user')
  },
  'disables and enables the account': async (browser) => {
    browser.ledger.mayEndAllBut(undefined)
    await internalsOf(browser.service.app).accounts.setDisabled(await account(browser), true)
    await internalsOf(browser.service.app).accounts.setDisabled(await account(browser), false)
  },
  'ends all sessions': async (browser) => {
    browser.ledger.mayEndAllBut(undefined)
    const { id } = await account(browser)
    await internalsOf(browser.service.app).sessions.endAll(id, null, 'ended-by-administrator')
  },
}

const administer = (...names: readonly string[]) =>
  fc.constantFrom(...names).map((name) => command(`an administrator ${name}`, administers[name] as Act))

const waiting = (...spans: readonly number[]) =>
  fc
    .constantFrom(...spans)
    .map((seconds) => command(`${seconds} seconds pass`, (browser) => browser.wait(seconds)))

/** Less than the settle time. */
const shortWait = waiting(1, 5, 11, 11, 20, 45)
/** Mostly the life of an access token; sometimes that of a session, remembered or not. */
const longWait = waiting(61, 75, 300, ...Array(8).fill(15 * 60), 60 * 60, 25 * 60 * 60, 8 * 24 * 60 * 60)

const stepBack = fc
  .constantFrom(1, 30, 60, 120, 7_200)
  .map((seconds) => command(`clock ${seconds} s back`, ({ service }) => service.clock.step(-seconds)))

const stepForward = fc.constantFrom(1, 5, 15).map((seconds) =>
  command(
    `clock ${seconds} s forward`,
    (browser) => {
      browser.clockHasSteppedForward = true
      browser.service.clock.step(seconds)
    },
    ({ clockHasSteppedForward }) => !clockHasSteppedForward,
  ),
)

const restart = fc.constant(command('the browser is closed and opened', (browser) => browser.dies('restart')))
const crash = fc.constant(
  command(
    'the browser crashes',
    (browser) => browser.dies('crash'),
    ({ isWritten }) => isWritten,
  ),
)

const forge = fc.constant(
  command('an attacker forges the refresh token', async ({ service, jar }) => {
    const token = jar.get('refresh')
    if (token === undefined) return
    const forged = `${token.slice(0, -4)}${token.at(-4) === 'A' ? 'B' : 'A'}${token.slice(-3)}`
    const { statusCode } = await service.request({ url: '/me', headers: { cookie: `refresh=${forged}` } })
    if (statusCode !== 401) throw new Error('a forged token was let in')
  }),
)

const arrives = withOne('arrives', ['sent'], (browser, request) => browser.arrive(request))
const goesOn = withOne('goes on', ['uploading', 'handling'], (browser, request) => browser.goOn(request))
const isDelivered = withOne('is delivered', ['answered'], (browser, request) => browser.deliver(request))
const isLost = withOne('is lost', ['answered'], (browser, request) => browser.lose(request))

/** Each with how often it happens. Ends are rare, or there would be little life between them. */
export const everything: fc.Arbitrary<Command>[] = [
  fc.oneof(
    { arbitrary: page, weight: 12 },
    { arbitrary: send, weight: 8 },
    { arbitrary: parallel, weight: 3 },
    { arbitrary: arrives, weight: 6 },
    { arbitrary: goesOn, weight: 5 },
    { arbitrary: isDelivered, weight: 6 },
    { arbitrary: isLost, weight: 2 },
    { arbitrary: shortWait, weight: 10 },
    { arbitrary: longWait, weight: 8 },
    { arbitrary: explicit, weight: 4 },
    { arbitrary: administer('changes the role'), weight: 3 },
    { arbitrary: crash, weight: 5 },
    { arbitrary: restart, weight: 1 },
    { arbitrary: stepBack, weight: 2 },
    { arbitrary: stepForward, weight: 1 },
    { arbitrary: forge, weight: 1 },
    { arbitrary: signIn, weight: 2 },
    { arbitrary: signOut, weight: 1 },
    { arbitrary: administer('disables and enables the account', 'ends all sessions'), weight: 1 },
  ),
]
