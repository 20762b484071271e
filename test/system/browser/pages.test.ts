import axe from 'axe-core'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { PASSWORD } from '../../support/app.ts'
import { browse, expire, letTimePass, signInAt } from '../../support/browser.ts'
import { browserTests, isSignedIn, startService, type World } from '../../support/browser-service.ts'
import { commandLine } from '../../support/command-line.ts'
import { findChromium, WITHOUT_CHROMIUM } from '../../support/find-chromium.ts'
import { ME } from '../../support/rotation.ts'

const test = browserTests(t)

/** A page of the application, for a caller whom the service does not know. */
async function visit(t: Test, { browser, service }: World, view = ''): Promise<Page> {
  const context = await browser.newContext({ baseURL: service.origin })
  t.teardown(() => context.close())
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await context.newPage()
  await page.goto(`/#/${view}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return page
}

const signOutOf = (page: Page): Locator => page.getByRole('button', { name: 'Sign out', exact: true })

const PASSWORDS = 'input[name*="assword"]'

/** Every view that has fields for passwords. */
async function viewsWithPasswords(t: Test, world: World): Promise<Page[]> {
  const { context, open } = await world.person(t, `fields-${Math.random()}`)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const views = ['', 'create-account', 'new-password/token']
  const pages = [...(await Promise.all(views.map((view) => visit(t, world, view)))), await open('account')]
  for (const page of pages) await page.locator(PASSWORDS).first().waitFor()
  return pages
}

/** A field may be within a section that is folded up. */
async function unfold(page: Page, element: Locator): Promise<void> {
  if (!(await element.isVisible())) await page.locator('summary').last().click()
}

test('masks every field for a password until its button shows it', async (t, world) => {
  for (const page of await viewsWithPasswords(t, world)) {
    const fields = await page.locator(PASSWORDS).all()
    const buttons = await page.locator('button', { hasText: /^Show/ }).all()
    t.equal(buttons.length, fields.length, page.url())
    for (const [place, button] of buttons.entries()) {
      const type = () => page.locator(PASSWORDS).nth(place).getAttribute('type')
      t.equal(await type(), 'password')
      await unfold(page, button)
      await button.click()
      t.equal(await type(), 'text')
      await button.click()
      t.equal(await type(), 'password')
    }
  }
})

test('takes a pasted password whole, and tells password managers which one belongs there', async (t, world) => {
  for (const page of await viewsWithPasswords(t, world)) {
    await page.bringToFront()
    await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(PASSWORD)})`)
    for (const field of await page.locator(PASSWORDS).all()) {
      await unfold(page, field)
      await field.focus()
      await page.keyboard.press('ControlOrMeta+v')
      t.equal(await field.inputValue(), PASSWORD)
      t.match(await field.getAttribute('autocomplete'), /^(current|new)-password$/)
    }
  }
})

test('shows a name and a browser that are made of HTML as they were written', async (t, world) => {
  const markup = '<img src=x onerror="document.title=1"><b id=smuggled>'
  const ada = await world.person(t, 'markup')
  const [data, headers] = [{ name: markup }, { origin: world.service.origin }]
  t.ok((await ada.context.request.patch('/me', { data, headers })).ok())
  world.service.database.prepare('UPDATE sessions SET user_agent = ?').run(markup)
  const own = await ada.open('account')
  await own.getByRole('banner').getByText(markup, { exact: true }).waitFor()
  const administrator = await (await world.person(t, 'markup-reader', 'admin')).open('account')
  await administrator.goto('/#/admin/users')
  await administrator.getByText(markup).first().waitFor()
  for (const page of [own, administrator]) {
    t.equal(await page.locator('main img, #smuggled').count(), 0)
    t.not(await page.title(), '1')
  }
})

test('has modules for scripts, which leave no variable at the window', async (t, world) => {
  const page = await visit(t, world)
  const globals = async () => (await page.evaluate<string[]>('Object.keys(window)')).toSorted()
  const withScripts = await globals()
  t.equal(await page.locator('script:not([type=module])').count(), 0)
  t.ok((await page.locator('script[type=module]').count()) > 0)
  await page.goto('/health/live')
  t.same(withScripts, await globals())
})

test('has a button in every view that signs out', async (t, world) => {
  const page = await (await world.person(t, 'leaving', 'admin')).open('account')
  for (const view of ['live', 'account', 'admin/users', 'admin/events']) {
    await page.goto(`/#/${view}`)
    await page.waitForLoadState('networkidle')
    t.ok(await signOutOf(page).isVisible(), view)
  }
  await signOutOf(page).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  t.equal(await page.evaluate("fetch('/me').then(({ status }) => status)"), 401)
})

/** The data that a page can have stored, as JSON. */
const STORED = `(async () => JSON.stringify({
  local: { ...localStorage },
  session: { ...sessionStorage },
  databases: await indexedDB.databases(),
  caches: await caches.keys(),
}))()`

test('keeps nothing of a person after signing out, but for the cookie of a known browser', async (t, world) => {
  const { email, context, open } = await world.person(t, 'cleared')
  const data = { name: 'Ada of the cleared page' }
  const renamed = await context.request.patch('/me', { data, headers: { origin: world.service.origin } })
  const { user } = (await renamed.json()) as { user: { id: string } }
  const page = await open('account')
  const held = async () => `${await page.content()} ${await page.evaluate(STORED)}`
  t.match(await held(), data.name)
  await signOutOf(page).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  const after = await held()
  for (const word of [email, data.name, user.id]) t.notOk(after.includes(word), word)
  t.match(after, '{"local":{},"session":{},"databases":[],"caches":[]}')
  t.same(
    (await context.cookies()).map(({ name }) => name),
    ['device'],
  )
})

test('signs up, changes a name, signs out and signs in with the keyboard alone', async (t, world) => {
  const page = await stranger(t, world)
  await page.goto('/')

  await tabTo(page, 'link', 'Create one')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Create an account' }).waitFor()
  await tabTo(page, 'textbox', 'E-mail address')
  await page.keyboard.type('ada@example.com')
  await tabTo(page, 'textbox', 'Password')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Live' }).waitFor()
  t.equal(accountsOf(world, 'ada@example.com'), 1, 'there is an account')

  await tabTo(page, 'link', 'Account')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Account', exact: true }).waitFor()
  await tabTo(page, 'textbox', 'Name')
  await page.keyboard.type('Ada')
  await page.keyboard.press('Enter')
  await page.getByText('Saved.').waitFor()
  t.ok(await page.getByRole('banner').getByText('Ada', { exact: true }).isVisible(), 'the name is shown')

  await tabTo(page, 'button', 'Sign out')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  t.equal(sessionsOf(world, 'ada@example.com'), 0, 'the session has ended')
  t.equal(await page.evaluate("fetch('/me').then(({ status }) => status)"), 401)

  await tabTo(page, 'textbox', 'E-mail address')
  await page.keyboard.type('ada@example.com')
  await tabTo(page, 'textbox', 'Password')
  await page.keyboard.type('not the password at all')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText(/\w/).waitFor()
  t.notOk(await isSignedIn(page), 'a wrong password is told, and signs no user in')

  await tabTo(page, 'textbox', 'Password')
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor()
  t.equal(sessionsOf(world, 'ada@example.com'), 1, 'the right one does')
})

test('hides every token from scripts, in cookies and in storage', async (t, world) => {
  const { context, open } = await world.person(t, 'script')
  const page = await open('live')
  await page.getByText('GET /me').first().waitFor()

  t.strictSame(
    new Set(
      (await context.cookies()).map(({ name, httpOnly, sameSite }) => `${name} ${httpOnly} ${sameSite}`),
    ),
    new Set(['access true Lax', 'refresh true Lax', 'device true Lax']),
    'the browser has them',
  )
  t.equal(await page.evaluate('document.cookie'), '', 'and shows none of them')
  t.strictSame(
    await page.evaluate(`(async () => ({
      local: localStorage.length,
      session: sessionStorage.length,
      databases: await indexedDB.databases(),
      caches: await caches.keys(),
      workers: (await navigator.serviceWorker.getRegistrations()).length,
      name: window.name,
    }))()`),
    { local: 0, session: 0, databases: [], caches: [], workers: 0, name: '' },
  )
})

test('a sign-out in one tab signs out the other tabs, which notice at once', async (t, world) => {
  const { email, open } = await world.person(t, 'tabs')
  const [first, second, third] = [await open('account'), await open('account'), await open('live')] as const

  await first.getByRole('button', { name: 'Sign out', exact: true }).click()

  for (const page of [first, second, third]) await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  t.notOk(await isSignedIn(second))
  t.notOk(await isSignedIn(third))
  t.equal(sessionsOf(world, email), 0, 'the session has ended')
})

test('an open page receives a new role, and loses it as soon as it is removed', async (t, world) => {
  const { email, open, generation } = await world.person(t, 'promoted')
  const administrator = await world.person(t, 'administrator', 'admin')
  const page = await open('account')
  const tab = page.getByRole('link', { name: 'Administration' })
  t.equal(await tab.count(), 0, 'an account has no administration')
  const before = await generation()
  const people = await administrator.open('account')
  await people.getByRole('link', { name: 'Administration' }).click()
  await people.getByRole('link', { name: email }).click()

  await chooseRole(people, 'admin')
  await lookAgain(page)
  await tab.click()

  await page.getByRole('link', { name: email }).waitFor()
  const administrators = world.service.database.prepare("SELECT count(*) FROM users WHERE role = 'admin'")
  t.equal(
    await page.getByRole('main').getByText('admin', { exact: true }).count(),
    administrators.pluck().get(),
    'the list shows each administrator',
  )
  t.equal(await generation(), before, 'for which nothing had to be rotated')

  // Beside the running service, as an operator does.
  await changeRole(t, world, email, 'user')
  t.equal(await page.evaluate("fetch('/admin/users').then(({ status }) => status)"), 403)
  await lookAgain(page)
  await page.getByText('This is for administrators.').waitFor()
  t.equal(await tab.count(), 0)
  t.ok(await isSignedIn(page), 'who is still signed in')
})

test('the account page reports above the devices that a session ended because of a copied cookie', async (t, world) => {
  const { email, open } = await world.person(t, 'robbed')
  const { origin, port, database } = world.service
  const owner = await signInAt(port, email)
  const thief = owner.copy().delete('access')
  for (let refreshes = 0; refreshes < 2; refreshes += 1) {
    letTimePass(database, owner)
    t.equal((await browse(port, ME, expire(owner))).statusCode, 200)
  }
  const headers = { cookie: thief.header() as string, 'user-agent': 'curl/8.5.0' }
  t.equal((await fetch(`${origin}/me`, { headers })).status, 401)

  const page = await open('account')
  const notices = page.getByRole('list', { name: 'What has happened to sessions of this account' })
  t.match(await notices.getByRole('listitem').allInnerTexts(), [
    /^On .+, the session of Unknown device at 127\.0\.0\.1 was ended, because curl at 127\.0\.0\.1 presented/,
  ])
  t.ok(await page.getByText('If one of these was not you, change your password.').isVisible())
  t.equal(await page.getByRole('button', { name: /^Sign out / }).count(), 1, 'the ended session is no device')
  t.strictSame(await barriers(page), [])
})

test('the pages meet the accessibility rules, in light and in dark', async (t, world) => {
  const outside = await stranger(t, world)
  await outside.goto('/')
  await outside.getByRole('textbox', { name: 'E-mail address' }).fill('unknown@example.com')
  await outside.getByRole('textbox', { name: 'Password' }).fill('not the password at all')
  await outside.getByRole('button', { name: 'Sign in', exact: true }).click()
  await outside.getByRole('alert').getByText(/\w/).waitFor()
  t.strictSame(await barriers(outside), [], 'sign in, refused')
  await outside.goto('/#/create-account')
  await outside.getByRole('heading', { name: 'Create an account' }).waitFor()
  t.strictSame(await barriers(outside), [], 'create an account')
  for (const [view, heading] of [
    ['forgot-password', 'Forgot your password?'],
    ['new-password/token', 'Choose a new password'],
    ['confirm-address/token', 'Confirm your address'],
  ] as const) {
    await outside.goto(`/#/${view}`)
    await outside.getByRole('heading', { name: heading }).waitFor()
    t.strictSame(await barriers(outside), [], view)
  }

  const { email, open } = await world.person(t, 'looked-at', 'admin')
  const inside = await open('account')
  await inside.getByText('Delete this account…').click()
  t.strictSame(await barriers(inside), [], 'account')
  for (const [view, sign] of [
    ['live', 'GET /me'],
    ['admin/users', email],
    ['admin/events', email],
  ] as const) {
    await inside.goto(`/#/${view}`)
    await inside.getByRole('main').getByText(sign).first().waitFor()
    t.strictSame(await barriers(inside), [], view)
  }
  await inside.goto('/#/admin/users')
  await inside.getByRole('link', { name: email }).click()
  await inside.getByText('Account created').waitFor()
  t.strictSame(await barriers(inside), [], 'one person')
})

test('no view is wider than a phone, whatever text it shows', async (t, world) => {
  const { email, open } = await world.person(t, 'donaudampfschifffahrtsgesellschaftskapitaenswitwe', 'admin')
  const page = await open('account')
  await page.setViewportSize({ width: 390, height: 760 })
  for (const [view, sign] of [
    ['account', 'this device'],
    ['live', 'GET /me'],
    ['admin/users', email],
    ['admin/events', email],
  ] as const) {
    await page.goto(`/#/${view}`)
    await page.getByRole('main').getByText(sign).first().waitFor()
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 390, view)
  }
})

test('speaks Japanese to a browser that prefers it', async (t, world) => {
  const page = await stranger(t, world, { locale: 'ja-JP' })
  const { email } = await world.person(t, 'hanako', 'admin')
  await signInAt(world.service.port, email)
  await page.goto('/')
  await page.getByRole('heading', { name: 'ログイン' }).waitFor()
  t.equal(await page.evaluate('document.documentElement.lang'), 'ja')
  t.equal(await page.title(), 'ログイン · Tacit')

  await page.getByRole('textbox', { name: 'メールアドレス' }).fill(email)
  const password = page.getByRole('textbox', { name: 'パスワード' })
  await password.fill('not the password at all')
  await page.keyboard.press('Enter')
  await page.getByText('メールアドレスまたはパスワードが正しくありません。').waitFor()
  t.strictSame(await barriers(page), [], 'sign in, refused')
  await password.fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'ライブ' }).waitFor()

  await page.getByRole('link', { name: 'アカウント' }).click()
  await page.getByText('このデバイス', { exact: true }).waitFor()
  const today = new Intl.DateTimeFormat('ja-JP', { dateStyle: 'medium' }).format(Date.now())
  t.match(await page.locator('.lead').innerText(), `${email}（管理者）、${today} 登録`)
  await page.getByText('たった今、').first().waitFor()
  await page.getByLabel('現在のパスワード').fill(PASSWORD)
  await page.getByLabel('新しいパスワード').fill('短い')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('パスワードが短すぎます。').waitFor()
  await page.getByLabel('新しいパスワード').fill('十五文字より長い日本語のパスワード')
  await page.keyboard.press('Enter')
  await page.getByText('パスワードを変更しました。').waitFor()
  await page.getByText('このアカウントを削除…').click()
  t.strictSame(await barriers(page), [], 'account')
  for (const [view, sign] of [
    ['live', 'GET /me'],
    ['admin/users', email],
    ['admin/events', email],
    ['nowhere', 'ページが見つかりません'],
  ] as const) {
    await page.goto(`/#/${view}`)
    await page.getByRole('main').getByText(sign).first().waitFor()
    t.strictSame(await barriers(page), [], view)
    await page.setViewportSize({ width: 390, height: 760 })
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 390, view)
  }
  t.strictSame(await page.evaluate('Object.keys(localStorage)'), [], 'nothing is stored without a choice')
})

test('switches the language, and remembers it', async (t, world) => {
  const page = await stranger(t, world, { locale: 'en-GB' })
  await page.goto('/#/create-account')
  await page.getByRole('button', { name: '日本語' }).click()
  await page.getByRole('heading', { name: 'アカウントの作成' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'アカウントの作成' }).waitFor()
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('heading', { name: 'Create an account' }).waitFor()
  t.strictSame(await page.evaluate('({ ...localStorage })'), { 'tacit-language': 'en' })
})

test('has the name and the colour of the application, and can be read in each', async (t, world) => {
  const name = '<b>Ours</b> & Co.'
  for (const color of ['#ffee00', '#20003c', '#808080']) {
    const { origin } = await startService(t, { APP_NAME: name, APP_COLOR: color })
    const context = await world.browser.newContext({ baseURL: origin })
    t.teardown(() => context.close())
    const page = await context.newPage()
    const errors: string[] = []
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    await page.goto('/')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    t.equal(await page.title(), `Sign in · ${name}`)
    t.equal(await page.getByRole('banner').innerText(), name)
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
    const background = "getComputedStyle(document.querySelector('button.primary')).backgroundColor"
    t.equal(await page.evaluate(background), `rgb(${red}, ${green}, ${blue})`)
    t.strictSame((await barriers(page)).filter(isOfLevelAa), [], color)

    await page.goto('/nowhere')
    await page.getByRole('heading', { name: 'Page not found' }).waitFor()
    t.strictSame((await barriers(page)).filter(isOfLevelAa), [], `${color}, 404`)
    await page.getByRole('link', { name: 'Go to the first page' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    t.strictSame(
      errors.filter((error) => !error.includes('404')),
      [],
      'the policy refuses nothing',
    )
  }
})

/** The own colours of the pages meet level AAA as well. */
const isOfLevelAa = (finding: string): boolean => !finding.includes('color-contrast-enhanced')

test('links from the reference to the pages and the README', async (t, world) => {
  const page = await stranger(t, world)
  await page.goto('/')
  await page.getByRole('link', { name: 'API reference' }).click()
  const [pages, readme] = [
    page.getByRole('link', { name: 'The pages' }).first(),
    page.getByRole('link', { name: 'README' }).first(),
  ]
  await pages.waitFor()
  const addressOf = (link: Locator) => link.evaluate((a: { href: string }) => new URL(a.href).pathname)
  t.strictSame([await addressOf(pages), await addressOf(readme)], ['/', '/docs/readme'])
})

/** A page of a visitor whom the service does not know. */
async function stranger(
  t: Test,
  { browser, service }: World,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ baseURL: service.origin, ...options })
  t.teardown(() => context.close())
  return context.newPage()
}

interface Matching {
  matches(selector: string): boolean
}

/** Presses Tab until an element has the focus. Fails for an element that Tab does not reach. */
async function tabTo(page: Page, role: 'link' | 'button' | 'textbox', name: string): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: true })
  await wanted.waitFor()
  for (let presses = 0; presses < 60; presses += 1) {
    if (await wanted.evaluate((element: Matching) => element.matches(':focus'))) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the ${role} "${name}" cannot be reached by keyboard`)
}

/** Acts as a user who comes back to the tab. */
const lookAgain = (page: Page) => page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

/** The findings of axe-core: everything in light, and in dark again the rules on colours. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const found: string[] = []
  for (const [colorScheme, what] of [
    ['light', {}],
    ['dark', { runOnly: ['cat.color'] }],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const { violations } = await page.evaluate<axe.AxeResults>(`axe.run(${JSON.stringify(what)})`)
    for (const { id, nodes } of violations) {
      found.push(`${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`)
    }
  }
  return found
}

async function chooseRole(page: Page, role: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Role' }).selectOption(role)
  await page.getByRole('button', { name: 'Set role' }).click()
  await page.getByText('It holds from the next request on.').waitFor()
}

const accountsOf = ({ service }: World, email: string) =>
  service.database.prepare('SELECT count(*) FROM users WHERE email = ?').pluck().get(email)

const sessionsOf = ({ service }: World, email: string) =>
  service.database
    .prepare(
      'SELECT count(*) FROM sessions JOIN users ON users.id = user_id WHERE email = ? AND revoked_at IS NULL',
    )
    .pluck()
    .get(email)

/** As an operator does, beside the running service. */
async function changeRole(t: Test, { service }: World, email: string, role: string): Promise<void> {
  const environment = { DATABASE_URL: `file:${service.databasePath}` }
  const { status, stderr } = await commandLine(t).tacit(['user', 'role', email, role], { environment })
  if (status !== 0) throw new Error(stderr)
}

const nowhere = () => false
const only = (there: string) => (path: string) => path === there

t.test('finds Chromium at its usual places', async (t) => {
  t.equal(findChromium({}, only('/usr/bin/chromium')), '/usr/bin/chromium')
  t.equal(findChromium({}, only('/usr/bin/google-chrome')), '/usr/bin/google-chrome')
  t.equal(
    findChromium({}, () => true),
    '/usr/bin/chromium-headless-shell',
    'the smallest first',
  )
})

t.test('uses CHROME_PATH first, and fails if it is wrong', async (t) => {
  t.equal(
    findChromium({ CHROME_PATH: '/opt/chrome' }, () => true),
    '/opt/chrome',
  )
  t.throws(() => findChromium({ CHROME_PATH: '/opt/chrome' }, only('/usr/bin/chromium')), {
    message: 'CHROME_PATH: there is no /opt/chrome',
  })
})

t.test('skips the tests without a browser, unless TACIT_REQUIRE_BROWSER forbids it', async (t) => {
  t.equal(findChromium({}, nowhere), undefined)
  t.throws(() => findChromium({ TACIT_REQUIRE_BROWSER: '1' }, nowhere), { message: WITHOUT_CHROMIUM })
})
