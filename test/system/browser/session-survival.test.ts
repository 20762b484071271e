import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page, Response } from 'playwright-core'
import t from 'tap'
import { PASSWORD } from '../../support/app.ts'
import {
  ask,
  browserTests,
  expiry,
  heldBy,
  isSignedIn,
  letExpire,
  startService,
} from '../../support/browser-service.ts'
import { startChromium } from '../../support/killable-chromium.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const SETTLE_AND_GRACE_MS = 3_000
// They mostly wait for time to pass.
t.jobs = 3
const test = browserTests(t, { ACCESS_TOKEN_TTL: '3s', ROTATION_SETTLE: '1s', ROTATION_GRACE: '1s' })

test('an open page goes on when its access token expires', async (t, world) => {
  const { context, open, generation } = await world.person(t, 'open')
  const page = await open('account')
  const refusals: string[] = []
  page.on('response', (answer) => answer.ok() || refusals.push(`${answer.status()} ${answer.url()}`))
  const before = await generation()

  await expiry(context)
  t.equal(await generation(), before, 'nothing is refreshed without a session')
  t.equal(await ask(page), 200, 'the next request is answered')
  t.equal(await generation(), before + 1, 'the session is one generation on')

  await expiry(context)
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Ada')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved.').waitFor()
  t.equal(await generation(), before + 2, 'so is what a form sends')
  t.strictSame(refusals, [], 'no request has been refused')
  t.ok(await isSignedIn(page), 'there was no sign-in view')
})

test('accepts an upload that outlives its access token, while other requests rotate the session', async (t, world) => {
  const { open, generation } = await world.person(t, 'uploading')
  const page = await open('live')
  let answer = await uploadSlowly(page)
  // A busy machine sends the request after its token has expired, which is another case.
  for (let tries = 1; tries < 5 && !arrivedInTime(answer); tries += 1) answer = await uploadSlowly(page)

  t.equal(answer.status(), 200)
  const told = answer.headers()['server-timing'] ?? ''
  const [, arrived] = /generation;desc="(\d+)"/.exec(told) ?? []
  t.match(told, 'session;desc="known"', 'with the token that it came with')
  t.match(told, 'access;dur=0', 'which had run out when its last byte arrived')
  t.ok((await generation()) > Number(arrived), 'while the session went on with another')
  t.ok(await isSignedIn(page), 'and the page goes on')
})

test('starts the browser on a machine whose proxy never answers', async (t) => {
  const silent = createServer()
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => silent.close())
  const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const { context, quit } = await startChromium(t, temporaryDirectory(t), {
    http_proxy: address,
    https_proxy: address,
  })
  t.strictSame(context.pages(), [], 'no page is open that could wait for the network')
  await quit()
})

test('a browser that is killed after a refresh starts signed in', async (t) => {
  // Long lives: a slow browser would refresh twice before its disk has either answer.
  const service = await startService(t, { ROTATION_SETTLE: '2s', ROTATION_GRACE: '1s' })
  const profile = temporaryDirectory(t)
  const first = await startChromium(t, profile)
  const data = { email: 'killed@example.com', password: PASSWORD }
  const headers = { origin: service.origin }
  for (const path of ['/auth/register', '/auth/login']) {
    const answer = await first.context.request.post(service.origin + path, {
      data: { ...data, ...(path === '/auth/login' && { remember: true }) },
      headers,
    })
    t.ok(answer.ok(), path)
  }
  await first.quit()

  for (const [when, waitMs] of [
    ['at once', 0],
    ['when the settle time and the grace are over', SETTLE_AND_GRACE_MS],
  ] as const) {
    const killed = await startChromium(t, profile)
    const before = await killed.context.newPage()
    await before.goto(`${service.origin}/#/account`)
    await before.getByText('this device').waitFor()
    await letExpire(killed.context, service)
    // The second request shows the new token, which does not prove that the disk has it.
    t.equal(await ask(before), 200)
    t.equal(await ask(before), 200)
    const lost = await heldBy(killed.context)
    await killed.kill()
    await sleep(waitMs)

    const restarted = await startChromium(t, profile)
    const held = await heldBy(restarted.context)
    t.ok(held < lost, `${when}: it has forgotten its newest token: ${held} instead of ${lost}`)
    const after = await restarted.context.newPage()
    await after.goto(`${service.origin}/#/account`)
    await after.getByText('this device').waitFor()
    t.ok(await isSignedIn(after), 'and is still signed in')
    await restarted.quit()
  }
})

async function uploadSlowly(page: Page): Promise<Response> {
  const upload = page.waitForResponse((response) => response.url().includes('/demo/upload'))
  await page.getByRole('button', { name: 'Upload slowly' }).click()
  await page.getByRole('progressbar', { name: 'Uploaded' }).waitFor()
  const answer = await upload
  await page.getByText('The upload took').waitFor()
  return answer
}

const arrivedInTime = (answer: Response): boolean =>
  (answer.headers()['server-timing'] ?? '').includes('session;desc="known"')
