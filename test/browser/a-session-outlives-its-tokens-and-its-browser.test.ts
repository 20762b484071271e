import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { PASSWORD } from '../support/app.ts'
import { ask, browserTests, expiry, heldBy, isSignedIn, jarOf, until } from '../support/browser-service.ts'
import { temporaryDirectory } from '../support/database.ts'
import { startChromium } from '../support/killable-chromium.ts'

const SETTLE_AND_GRACE_MS = 3_000
const test = browserTests(t, { ACCESS_TOKEN_TTL: '4s', ROTATION_SETTLE: '2s', ROTATION_GRACE: '1s' })

test('in an open page, nobody notices that the access token has expired', async (t, world) => {
  const { context, open, generation } = await world.person(t, 'open')
  const page = await open('account')
  const refusals: string[] = []
  page.on('response', (answer) => answer.ok() || refusals.push(`${answer.status()} ${answer.url()}`))
  const before = await generation()

  await expiry(context)
  t.equal(await generation(), before, 'nothing is refreshed for nobody')
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

test('a browser that is killed after a refresh comes back signed in', async (t, { service }) => {
  const profile = temporaryDirectory(t)
  const first = await startChromium(t, profile)
  const page = await first.context.newPage()
  await page.goto(`${service.origin}/#/create-account`)
  await page.getByRole('textbox', { name: 'E-mail address' }).fill('killed@example.com')
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('textbox', { name: 'E-mail address' }).fill('killed@example.com')
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.getByRole('checkbox', { name: 'Stay signed in' }).check()
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor()
  await first.quit()

  for (const [when, waitMs] of [
    ['at once', 0],
    ['when the settle time and the grace are over', SETTLE_AND_GRACE_MS],
  ] as const) {
    const killed = await startChromium(t, profile)
    await until(async () => (await jarOf(killed.context)).get('access') === undefined)
    // One request, so one step: a page of several may take longer than an access token lives, on a machine that is busy.
    const before = await killed.context.newPage()
    t.equal((await before.goto(`${service.origin}/me`))?.status(), 200)
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
