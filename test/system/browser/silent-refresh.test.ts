import type { Page, Request } from 'playwright-core'
import t from 'tap'
import { ask, browserTests, isSignedIn, letExpire, until } from '../../support/browser-service.ts'
import { losingProxy, queueingProxy } from '../../support/proxies.ts'

const test = browserTests(t)

test('twenty requests at once with an expired token are answered by one rotation', async (t, world) => {
  const { context, open, generation, holds } = await world.person(t, 'twenty')
  const page = await open('account')
  await letExpire(context, world.service)
  const [before, rotations] = [await generation(), world.service.rotations()]

  const statuses = await page.evaluate(() =>
    Promise.all(Array.from({ length: 20 }, async () => (await fetch('/me', { cache: 'no-store' })).status)),
  )

  t.strictSame(statuses, Array(20).fill(200))
  t.strictSame(
    [await generation(), await holds()],
    [before + 1, before + 1],
    'the browser is a generation on',
  )
  t.equal(world.service.rotations(), rotations + 1, 'one rotation has been written')
})

for (const count of [2, 5]) {
  test(`${count} tabs at once with an expired token stay signed in by one rotation`, async (t, world) => {
    const { context, open, generation, holds } = await world.person(t, `tabs-${count}`)
    const line = await queueingProxy(t, world.service.port)
    const pages = await Promise.all(Array.from({ length: count }, () => open('account', line.port)))
    for (const [when, requests] of [
      ['as they come', 0],
      ['one after the other, none of which knows of the answers to the others', count],
    ] as const) {
      await letExpire(context, world.service)
      const [before, rotations] = [await generation(), world.service.rotations()]

      line.queue(requests)
      const statuses = await Promise.all(pages.map((page) => ask(page)))

      t.strictSame(statuses, Array(count).fill(200), `${when}: all are answered`)
      t.strictSame(
        [await generation(), await holds()],
        [before + 1, before + 1],
        'the browser is a generation on',
      )
      t.equal(world.service.rotations(), rotations + 1, 'one rotation has been written')
    }
    const signedIn = await Promise.all(pages.map(isSignedIn))
    t.strictSame(signedIn, Array(count).fill(true), 'no tab has shown the sign-in view')
  })
}

test('a page that is reloaded during a refresh, and loses its answer, stays signed in', async (t, world) => {
  const { context, open, holds } = await world.person(t, 'reload')
  const page = await open('account')
  const before = await holds()
  for (let round = 1; round <= 2; round += 1) {
    await letExpire(context, world.service)
    const rotations = world.service.rotations()
    await page.evaluate("void fetch('/demo/slow?ms=3000', { cache: 'no-store' }).catch(() => {})")
    await until(() => world.service.rotations() > rotations)
    t.equal(await holds(), before + round - 1, 'the browser still holds the old token')

    await page.reload()
    await page.getByText('this device').waitFor()

    t.ok(await isSignedIn(page), 'the page is as it was')
    t.equal(await holds(), before + round, 'and holds the new one, handed out again')
    t.equal(world.service.rotations(), rotations + 1, 'one rotation has been written')
  }
})

test('going back and forward during a refresh keeps the browser signed in', async (t, world) => {
  const { context, open, holds } = await world.person(t, 'back')
  const page = await open('account')
  const underWay = requestsUnderWay(page)
  await page.goto('/?second#/account')
  await page.goto('/?third#/account')
  for (const step of ['goBack', 'goForward', 'goBack', 'goBack'] as const) {
    // The page's own requests are answered: otherwise one of them may refresh the session.
    await page.getByText('this device').waitFor()
    await until(() => underWay.size === 0)
    await letExpire(context, world.service)
    const [before, rotations] = [await holds(), world.service.rotations()]
    await page.evaluate("void fetch('/demo/slow?ms=3000', { cache: 'no-store' }).catch(() => {})")
    await until(() => world.service.rotations() > rotations)

    await page[step]({ waitUntil: 'load' })

    t.equal(await ask(page), 200, `${step}: the next request is answered`)
    t.equal(await holds(), before + 1, 'and brings the new token')
    t.equal(world.service.rotations(), rotations + 1, 'one rotation has been written')
  }
  await page.getByRole('heading', { name: 'Devices' }).waitFor()
  t.ok(await isSignedIn(page), 'the page is as it was')
})

test('a lost answer costs one request, and not the session', async (t, world) => {
  const { context, open, holds } = await world.person(t, 'lost')
  const line = await losingProxy(t, world.service.port)
  const page = await open('account', line.port)
  t.ok(await isSignedIn(page), 'the page is as it was')
  await letExpire(context, world.service)
  const [before, rotations] = [await holds(), world.service.rotations()]

  line.loseAnswers(true)
  const lost = await page.evaluate(() =>
    fetch('/me').then(
      ({ status }) => status,
      (error) => error.name,
    ),
  )
  line.loseAnswers(false)

  t.equal(lost, 'TypeError', 'the page is told that there was no answer')
  t.equal(await holds(), before, 'the browser still holds the old token')
  t.equal(world.service.rotations(), rotations + 1, 'which the service has already replaced')
  t.equal(await ask(page), 200, 'the next request is answered')
  t.equal(await holds(), before + 1, 'and brings what was lost')
  t.equal(world.service.rotations(), rotations + 1, 'without another rotation')
  t.ok(await isSignedIn(page), 'and the page has not noticed')
})

/** The page's unanswered requests since its last navigation. */
function requestsUnderWay(page: Page): ReadonlySet<Request> {
  const underWay = new Set<Request>()
  page.on('request', (request) => underWay.add(request))
  // Its cookies are there; its body may never be read.
  page.on('response', (answer) => underWay.delete(answer.request()))
  page.on('requestfailed', (request) => underWay.delete(request))
  page.on('framenavigated', () => underWay.clear())
  return underWay
}
