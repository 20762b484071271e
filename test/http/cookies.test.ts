import fc from 'fast-check'
import t from 'tap'
import { cookieNames, readCookie } from '../../src/http/cookies.ts'

type Case = readonly [what: string, header: string | undefined, value: string | null | undefined]

const cases: readonly Case[] = [
  ['no header', undefined, undefined],
  ['an empty header', '', undefined],
  ['alone', 'access=abc', 'abc'],
  ['among others', 'theme=dark; access=abc; lang=en', 'abc'],
  ['without spaces', 'theme=dark;access=abc;lang=en', 'abc'],
  ['with many', 'theme=dark;   access=abc   ; lang=en', 'abc'],
  ['a value with an equals sign', 'access=abc==', 'abc=='],
  ['a value in quotation marks, kept as it is', 'access="abc"', '"abc"'],
  ['empty', 'access=', undefined],
  ['empty, and there', 'access=; access=abc', 'abc'],
  ['a name without a value', 'access; theme=dark', undefined],
  ['a longer name', 'access2=abc', undefined],
  ['a name that ends with it', 'xaccess=abc', undefined],
  ['another case', 'Access=abc', undefined],
  ['in the value of another', 'theme=access=abc', undefined],
  ['twice', 'access=abc; access=def', null],
  ['twice the same', 'access=abc; theme=dark; access=abc', null],
  ['with the prefix, asked for without', '__Host-access=abc', undefined],
  ['semicolons alone', ';;;', undefined],
]

for (const [what, header, value] of cases) {
  t.test(`reads ${what} as ${value === null ? 'ambiguous' : String(value)}`, async (t) => {
    t.equal(readCookie(header, 'access'), value)
  })
}

t.test('property: reading a cookie agrees with parsing the whole header', async (t) => {
  const name = fc.constantFrom('access', 'refresh', 'a', 'access2', 'xaccess', '')
  const value = fc.stringMatching(/^[\w.=-]{0,6}$/)
  const cookie = fc
    .tuple(fc.constantFrom('', ' ', '  '), name, fc.constantFrom('=', ''), value)
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(
      fc.array(cookie).map((cookies) => cookies.join(';')),
      (header) => {
        const values = header
          .split(';')
          .map((pair) => pair.trim())
          .filter((pair) => pair.startsWith('access=') && pair !== 'access=')
          .map((pair) => pair.slice('access='.length))
        const expected = values.length > 1 ? null : values[0]
        return readCookie(header, 'access') === expected
      },
    ),
  )
  t.pass()
})

t.test('names secure cookies with the __Host- prefix, so that no sibling domain can set one', async (t) => {
  t.strictSame(cookieNames(true), {
    access: '__Host-access',
    refresh: '__Host-refresh',
    device: '__Host-device',
  })
  t.strictSame(cookieNames(false), { access: 'access', refresh: 'refresh', device: 'device' })
})
