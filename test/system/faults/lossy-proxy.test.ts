import fc from 'fast-check'
import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp } from '../../support/app.ts'
import { browse } from '../../support/browser.ts'
import { movableClock } from '../../support/clock.ts'
import { temporaryDatabase } from '../../support/database.ts'
import type { Jar } from '../../support/jar.ts'
import { lossyLine, type Misfortune } from '../../support/lossy-line.ts'
import { ACCESS_TTL, GRACE, HOUR, ME, REFRESH, SETTLE } from '../../support/rotation.ts'
import { rounds, seed } from '../../support/rounds.ts'
import { rowOf } from '../../support/rows.ts'
import { listen } from '../../support/socket.ts'

const LIVES = rounds(200, 1_000)
/**
 * All requests of a visit arrive before the receipt of a newer token can be proved: 4 requests,
 * twice each.
 */
const LONGEST_ON_THE_WAY = Math.floor(SETTLE / 8)

const sometimes = (share: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: share })
const broken = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.99, noNaN: true }))

const delivery = fc.record({
  upstream: fc.nat({ max: 1 }),
  delayMs: fc.nat({ max: 8 }),
  secondsOnTheWay: fc.nat({ max: LONGEST_ON_THE_WAY }),
  share: sometimes(broken),
})
const request = fc.record({
  deliveries: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 5, arbitrary: fc.tuple(delivery) },
    { weight: 3, arbitrary: fc.tuple(delivery, delivery) },
  ),
  answeredBy: fc.nat({ max: 1 }),
  responseDelayMs: fc.nat({ max: 8 }),
  responseShare: sometimes(broken),
  reset: fc.boolean(),
})
/** The actions of a user at one time: several requests at once, or a refresh. */
const visit = fc.record({
  afterSeconds: fc.constantFrom(0, GRACE, SETTLE, SETTLE + GRACE, ACCESS_TTL - 1, ACCESS_TTL, HOUR, 3 * HOUR),
  requests: fc.array(request, { minLength: 1, maxLength: 4 }),
  refreshes: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
})
/** Shorter than the idle limit, which only a rotation moves. */
const life = fc.array(visit, { minLength: 1, maxLength: 5 })

t.test('a line that drops, delays, duplicates and resets signs no user out', async (t) => {
  const clock = movableClock()
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const service = await buildApp(t, { environment, clock })
  const beside = await buildApp(t, { environment, clock })
  const ports = [await listen(service), await listen(beside)]
  const counts = { people: 0, requests: 0, lost: 0, rotations: 0 }

  /** @returns the answer, if one arrived */
  async function ask(options: typeof ME | typeof REFRESH, jar: Jar, misfortune: Misfortune) {
    const line = await lossyLine(ports, misfortune, ({ secondsOnTheWay }) => clock.advance(secondsOnTheWay))
    const answer = await browse(line.port, options, jar).catch(() => undefined)
    counts.requests += 1
    counts.lost += answer === undefined ? 1 : 0
    return { answer, drained: line.drained }
  }

  async function live(visits: readonly Visit[]): Promise<void> {
    counts.people += 1
    const jar = await signUp(service, `person${counts.people}@example.com`)
    for (const { afterSeconds, requests, refreshes } of visits) {
      clock.advance(afterSeconds)
      const { generation } = await rowOf(service, jar)
      const asked = await Promise.all(
        refreshes
          ? [ask(REFRESH, jar, requests[0] as Visit['requests'][0])]
          : requests.map((misfortune) => ask(ME, jar, misfortune)),
      )
      await Promise.all(asked.map(({ drained }) => drained))

      for (const { answer } of asked) {
        if (answer !== undefined && answer.statusCode !== (refreshes ? 204 : 200)) throw refusal(answer)
      }
      const rotations = (await rowOf(service, jar)).generation - generation
      if (rotations > 1) throw new Error(`one visit made ${rotations} rotations`)
      counts.rotations += rotations
    }

    const answer = await browse(ports[0] as number, ME, jar)
    if (answer.statusCode !== 200) throw refusal(answer)
  }

  // On failure it tells the seed, and the shortest life that it could find.
  await fc.assert(fc.asyncProperty(life, live), { seed, numRuns: LIVES })

  const events = await internalsOf(service.app).store.listEvents(Number.MAX_SAFE_INTEGER)
  t.strictSame([...new Set(events.map(({ type }) => type))].sort(), ['registered', 'signed-in'])
  t.comment(`${LIVES} lives of seed ${seed}:`, counts)
})

type Visit = typeof visit extends fc.Arbitrary<infer Value> ? Value : never

const refusal = ({ statusCode, body }: { statusCode: number | undefined; body: string }) =>
  new Error(`refused: ${statusCode} ${body}`)
