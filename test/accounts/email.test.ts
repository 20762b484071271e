import fc from 'fast-check'
import t from 'tap'
import { lookupKey } from '../../src/accounts/email.ts'

const same: readonly (readonly [string, string, string])[] = [
  ['Ada@Example.COM', 'ada@example.com', 'case'],
  ['ren\u00e9@example.com', 'rene\u0301@example.com', 'composition'],
  ['a@b\u00fccher.example', 'a@xn--bcher-kva.example', 'the spelling of an international domain'],
  ['a@B\u00dcCHER.example', 'a@xn--bcher-kva.example', 'its case'],
  ['\uff41da@example.com', 'ada@example.com', 'width'],
  ['"a@b"@b\u00fccher.example', '"a@b"@xn--bcher-kva.example', 'the domain behind a quoted @'],
  ['ada@example\u3002com', 'ada@example.com', 'the full stop of an East Asian keyboard'],
  ['ada@exam\u00adple.com', 'ada@example.com', 'what cannot be seen'],
]

for (const [one, other, what] of same) {
  t.test(`treats two addresses as the same when they differ in ${what}`, async (t) => {
    t.equal(lookupKey(one), lookupKey(other))
  })
}

t.test('keeps addresses of different mailboxes apart', async (t) => {
  t.not(lookupKey('ada@example.com'), lookupKey('ada@example.org'))
  t.not(lookupKey('ada@example.com'), lookupKey('a.da@example.com'), 'dots count, as the standard has it')
  t.not(lookupKey('ada+a@example.com'), lookupKey('ada@example.com'), 'so do tags')
})

t.test('does not parse the domain as a URL: it keeps what follows the host', async (t) => {
  for (const domain of [
    'example.com/x',
    'example.com?x',
    'example.com#x',
    'ex%61mple.com',
    'exam\tple.com',
  ]) {
    t.equal(lookupKey(`ada@${domain}`), `ada@${domain}`)
  }
})

t.test('gives a key to a text that is no address, and no account matches it', async (t) => {
  t.equal(lookupKey('nobody'), 'nobody')
  t.equal(lookupKey('a@\u00ad'), 'a@\u00ad', 'a domain that is none is kept as it is')
})

t.test('property: the key of a key is the same key', async (t) => {
  fc.assert(
    fc.property(fc.emailAddress(), (email) => {
      const key = lookupKey(email)
      return lookupKey(key) === key && lookupKey(email.toUpperCase()) === key
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (local, domain) => {
      const email = `${local}@${domain}`
      const key = lookupKey(email)
      return lookupKey(key) === key && lookupKey(email.normalize('NFD')) === lookupKey(email.normalize('NFC'))
    }),
  )
  t.pass()
})
