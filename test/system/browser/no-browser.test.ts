import t from 'tap'
import { findChromium, WITHOUT_CHROMIUM } from '../../support/find-chromium.ts'

const nowhere = () => false
const only = (there: string) => (path: string) => path === there

t.test('finds Chromium at its usual places', async (t) => {
  t.equal(findChromium({}, only('/usr/bin/chromium')), '/usr/bin/chromium')
  t.equal(findChromium({}, only('/usr/bin/google-chrome')), '/usr/bin/google-chrome')
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
