import t from 'tap'
import { clientName } from '../../src/mail/client-name.ts'
import { mailKinds } from '../../src/mail/kinds.ts'
import { nearestLanguage, preferredLanguage } from '../../src/mail/language.ts'
import { escapeHtml, render } from '../../src/mail/render.ts'
import { de } from '../../src/mail/texts/de.ts'
import { en } from '../../src/mail/texts/en.ts'
import { ja } from '../../src/mail/texts/ja.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD } from '../support/app.ts'
import { sendDue, startMailServer } from '../support/mail-server.ts'

const VALUES = {
  service: 'Movies & "Friends"',
  address: 'ada@example.com',
  link: 'https://movies.example/#/new-password/abc',
  minutes: 30,
  when: 'WHEN',
  where: 'WHERE',
}

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** Mail that tells of something that happened. */
const NOTICES = ['password-changed', 'session-reused', 'account-deleted', 'new-sign-in']

for (const [language, texts] of Object.entries({ en, de, ja })) {
  t.test(`has every mail in ${language}, with the same facts in text and HTML`, async (t) => {
    for (const kind of mailKinds) {
      for (const by of ['owner', 'link', 'operator'] as const) {
        const values = { ...VALUES, by }
        const text = texts[kind](values)
        const rendered = render(text, {
          look: { name: VALUES.service, color: '#000' },
          language,
          footer: texts.footer(values),
        })
        t.match(rendered.subject, VALUES.service, `${kind} names the service`)
        t.match(rendered.text, VALUES.address)
        for (const part of [...text.paragraphs, ...(text.after ?? [])]) {
          t.ok(rendered.text.includes(part))
          t.ok(rendered.html.includes(escapeHtml(part)))
        }
        if (text.action) {
          t.ok(rendered.text.includes(`${text.action.label}:\n${VALUES.link}\n`))
          t.ok(rendered.html.includes(`href="${VALUES.link}"`))
        }
        if (NOTICES.includes(kind)) {
          t.ok(rendered.text.includes('WHEN'), `${kind} says when`)
          t.equal(rendered.text.includes('WHERE'), by !== 'operator' || !kind.match(/changed|deleted/))
        }
        t.notMatch(rendered.html, /https?:\/\/(?!movies\.example)|<img|<script|url\(/, 'loads nothing')
      }
    }
    t.match(
      texts.client({ browser: 'Firefox', system: 'Linux', ip: '192.0.2.1' }),
      /Firefox.*Linux.*192\.0\.2\.1/,
    )
    t.match(texts.client({ browser: 'Firefox', system: null, ip: null }), /^Firefox$/)
    t.notMatch(texts.client({ browser: null, system: null, ip: null }), /null/)
  })
}

t.test('escapes what HTML gives a meaning, and keeps a subject on one line', async (t) => {
  const { subject, html, text } = render(
    { subject: 'a\r\nBcc: eve@example.com\u2028b', paragraphs: ['<b>&"\'</b>'] },
    { look: { name: '<i>', color: '"><script>' }, language: '"x', footer: '<u>' },
  )
  t.equal(subject, 'a Bcc: eve@example.com b')
  t.match(html, '<p>&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;</p>')
  t.notMatch(html, /<(i|u|b|script)>/)
  t.match(text, '<b>&"\'</b>')
})

t.test('names a client by a fixed list, and never by its own words', async (t) => {
  t.strictSame(clientName('192.0.2.1', FIREFOX), { browser: 'Firefox', system: 'Linux', ip: '192.0.2.1' })
  t.strictSame(clientName('2001:db8::1', 'Visit https://eve.example now'), {
    browser: null,
    system: null,
    ip: '2001:db8::1',
  })
  t.strictSame(clientName('eve.example', ''), { browser: null, system: null, ip: null })
  t.strictSame(clientName(undefined, undefined), { browser: null, system: null, ip: null })
})

t.test('reads the first language of Accept-Language, if it is one', async (t) => {
  t.equal(preferredLanguage('ja-JP,ja;q=0.9,en;q=0.8'), 'ja-JP')
  t.equal(preferredLanguage('de'), 'de')
  for (const header of [undefined, '', '*', 'en\r\nBcc: x', 'x'.repeat(36), '<b>'])
    t.equal(preferredLanguage(header), null)
})

t.test('chooses the nearest language', async (t) => {
  const known = ['en', 'ja', 'pt', 'pt-BR']
  t.equal(nearestLanguage('ja-JP-x', known, 'en'), 'ja')
  t.equal(nearestLanguage('PT-br', known, 'en'), 'pt-BR')
  t.equal(nearestLanguage('pt-PT', known, 'en'), 'pt')
  t.equal(nearestLanguage('fr', known, 'en'), 'en')
  t.equal(nearestLanguage(null, known, 'en'), 'en')
})

t.test("writes in the account's language, else in that of its first browser, else in English", async (t) => {
  const server = await startMailServer(t)
  const service = await buildApp(t, { environment: server.settings })
  const register = async (email: string, locale?: string, header?: string) => {
    const payload = { email, password: PASSWORD, ...(locale && { locale }) }
    const headers = { ...(header && { 'accept-language': header }) }
    const response = await service.request({ method: 'POST', url: '/auth/register', payload, headers })
    t.equal(response.statusCode, 201)
    await service.request({ method: 'POST', url: '/auth/password/forgot', payload: { email } })
  }
  await register('ada@example.com', 'ja', 'de')
  await register('bo@example.com', undefined, 'de-AT,en;q=0.5')
  await register('cy@example.com', undefined, 'fr')
  await register('dee@example.com')
  await sendDue(service)
  t.match(
    server.arrived.map(({ subject }) => subject),
    [
      'Tacitの新しいパスワードの設定',
      'Neues Passwort für Tacit',
      'Choose a new password for Tacit',
      'Choose a new password for Tacit',
    ],
  )
  t.match(server.arrived[0]?.html, /<html lang="ja">/)
  const bad = { email: 'e@example.com', password: PASSWORD, locale: 'en\r\nBcc: x' }
  t.equal((await service.request({ method: 'POST', url: '/auth/register', payload: bad })).statusCode, 400)
})

t.test('takes the look and the texts of the application, and English for the others', async (t) => {
  const server = await startMailServer(t)
  const service = await buildApp(t, {
    environment: { ...server.settings, PUBLIC_URL: 'https://movies.example/app/' },
    mail: {
      look: { name: 'Movies', color: '#7a1f2b' },
      texts: {
        fr: {
          'password-reset': ({ service: name, link }) => ({ subject: `Chez ${name}`, paragraphs: [link] }),
        },
        en: {
          'account-disabled': () => {
            throw new Error('a defect')
          },
        },
      },
    },
  })
  const { accounts, store } = internalsOf(service.app)
  const create = (email: string, locale: string) => accounts.create({ email, password: PASSWORD, locale })
  const [ada, bo] = [await create('ada@example.com', 'fr-CA'), await create('bo@example.com', 'en')]
  await service.request({ method: 'POST', url: '/auth/password/forgot', payload: { email: ada.email } })
  await accounts.resetPassword(ada, 'a violet horse in the battery')
  await accounts.changeAccess(bo.id, { disabled: true })
  await sendDue(service)
  t.match(server.arrived, [
    { subject: 'Chez Movies', text: /^https:\/\/movies\.example\/app\/#\/new-password\/[\w-]{43}\n/ },
    { subject: 'Your Movies password was changed', html: /background:#7a1f2b/ },
  ])
  t.match(await store.listMail(1), [{ kind: 'account-disabled', lastError: 'a defect', attempts: 1 }])
})

t.test('links to the port that the service listens on, in development without an ISSUER', async (t) => {
  const server = await startMailServer(t)
  const service = await buildApp(t, { environment: server.settings })
  await service.app.listen({ port: 0 })
  const { port } = service.app.server.address() as { port: number }
  const { accounts } = internalsOf(service.app)
  const ada = await accounts.create({ email: 'ada@example.com', password: PASSWORD })
  await accounts.resetPassword(ada, 'a violet horse in the battery')
  await sendDue(service)
  t.match(server.arrived[0]?.text, `http://localhost:${port}/#/forgot-password\n`)
})
