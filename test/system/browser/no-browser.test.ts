import t from 'tap'
import { findChromium, WITHOUT_CHROMIUM } from '../../support/find-chromium.ts'

const nowhere = () => false
const only = (there: string) => (path: string) => path === there

t.test('Chromium is looked for where it usually is', async (t) => {
  t.equal(findChromium({}, only('/usr/bin/chromium')), '/usr/bin/chromium')
  t.equal(findChromium({}, only('/usr/bin/google-chrome')), '/usr/bin/google-chrome')
})

t.test('CHROME_PATH goes before that, and has to be right', async (t) => {
  t.equal(
    findChromium({ CHROME_PATH: '/opt/chrome' }, () => true),
    '/opt/chrome',
  )
  t.throws(() => findChromium({ CHROME_PATH: '/opt/chrome' }, only('/usr/bin/chromium')), {
    message: 'CHROME_PATH: there is no /opt/chrome',
  })
})

t.test('without one the tests are skipped, unless TACIT_REQUIRE_BROWSER forbids it', async (t) => {
  t.equal(findChromium({}, nowhere), undefined)
  t.throws(() => findChromium({ TACIT_REQUIRE_BROWSER: '1' }, nowhere), { message: WITHOUT_CHROMIUM })
})
