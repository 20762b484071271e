import { readFileSync } from 'node:fs'
import { dictionary } from '@zxcvbn-ts/language-common'
import fc from 'fast-check'
import t from 'tap'
import { isCommonPassword } from '../../src/credentials/common-passwords.ts'
import { checkPassword, normalizePassword, ownWords } from '../../src/credentials/password-rules.ts'
import { commonPasswordsFile, target } from '../support/generate-common-passwords.ts'

const ada = ownWords({ email: 'ada.lovelace@example.com', name: 'Ada King' })
const reasonOf = (password: string, minLength = 15, words: readonly string[] = ada) =>
  checkPassword(password, { minLength, ownWords: words })?.reason

t.test('accepts a passphrase without capitals, digits or symbols', async (t) => {
  t.equal(reasonOf('correct horse battery staple'), undefined)
  t.equal(reasonOf('weiße Mäuse tanzen'), undefined)
  for (const password of [
    'пароль которого нет',
    'mwqzkvjtxrbnplf',
    'MWQZKVJTXRBNPLF',
    '739150284617395',
    '840261957384026',
    '~!#%^&*()_+-=[]',
    '   ~   ~   ~ !  ',
    '一二三四五六七八九十甲乙丙丁戊',
    '🦊🌊🪁🧭🥨🎻🪶🫖🧩🪐🛶🦉🍋🧵🪵',
  ]) {
    t.equal(reasonOf(password), undefined, password)
  }
})

t.test('counts length in code points after composition, and says the limit', async (t) => {
  t.equal(reasonOf('abcdefghijklmn'), 'too-short')
  t.match(checkPassword('short', { minLength: 15, ownWords: [] }), {
    message: 'Use at least 15 characters; this has 5.',
  })
  t.equal(reasonOf('🐎🔋📎🌵🦊🐙🎲🧭'), 'too-short', 'eight characters, sixteen UTF-16 units')
  t.equal(reasonOf('🐎🔋📎🌵🦊🐙🎲🧭', 8), undefined)
  t.equal(reasonOf('e\u0301abcdefghijkl', 14), 'too-short', 'an accent is no character of its own')
  t.equal(reasonOf(`${'correct horse '.repeat(18)}xyz?`), undefined, '256 characters')
  t.equal(reasonOf(`${'correct horse '.repeat(18)}xyz?!`), 'too-long')
})

t.test('refuses text that cannot be typed as a password', async (t) => {
  t.equal(reasonOf(`correct horse \ud800 battery`), 'not-text')
  t.equal(reasonOf(`correct horse \0 battery`), 'not-text')
})

t.test('refuses common passwords in any case and when repeated', async (t) => {
  t.equal(reasonOf('password1', 8), 'common')
  t.equal(reasonOf('PassWord1', 8), 'common')
  t.equal(reasonOf('passwordpassword'), 'common')
  t.equal(reasonOf('Password123456!'), 'common', 'brought to the length that is asked for')
  t.equal(reasonOf('1234567-iloveyou'), 'common')
  t.equal(reasonOf('aaaaaaaaaaaaaaaaaaaa'), 'common')
  t.equal(reasonOf('abcabcabcabcabcabc'), 'common')
  t.equal(reasonOf('passwordpasswordpass'), 'common', 'the last one cut short')
  t.equal(reasonOf('1234567890123456'), 'common', 'counted up to the length that is asked for')
  t.equal(reasonOf('qwertyqwertyqwe'), 'common')
  t.equal(reasonOf('ｐａｓｓｗｏｒｄ', 8), 'common', 'in full-width letters')
  t.equal(reasonOf('football zmqkw', 8), undefined, 'one that contains a common one')
  t.equal(reasonOf('k3x9qzk3', 8), undefined, 'ending as it begins is no repetition')
  t.equal(
    reasonOf('horse battery horse battery '),
    undefined,
    'a long piece, repeated, is no shorter than itself',
  )
})

t.test('refuses a password that is made of the words of the account', async (t) => {
  t.equal(reasonOf('adalovelaceexample'), 'own-words')
  t.equal(reasonOf('Ada.Lovelace-1815'), 'own-words')
  t.equal(reasonOf('TacitTacitTacitTacit-7'), 'own-words')
  t.equal(reasonOf('ada likes analytical engines'), undefined, 'one of them among others is no harm')
  t.equal(reasonOf('lovelaceexample7k3x9qz'), 'own-words', 'seven characters remain')
  t.equal(reasonOf('lovelaceexample7k3x9qzv'), undefined, 'eight remain')
  const renee = ownWords({ email: 'r@example.com', name: 'Rene\u0301e Desire\u0301e' })
  t.equal(reasonOf('Ren\u00e9eDesir\u00e9e-1815', 15, renee), 'own-words', 'a name typed on another keyboard')
})

t.test('takes the words of an account without a name from its address and the service', async (t) => {
  t.same(ownWords({ email: 'bo@mail.example.org' }), ['example', 'tacit', 'mail', 'org'])
})

t.test('treats composed and decomposed spellings as one password', async (t) => {
  t.equal(normalizePassword('e\u0301'), normalizePassword('\u00e9'))
  t.not(normalizePassword('ﬁ'), normalizePassword('fi'), 'different characters stay different')
})

t.test('the committed list equals the data of its package, and is long enough', async (t) => {
  const committed = readFileSync(target, 'utf8')
  t.ok(committed === commonPasswordsFile(), 'regenerate it with test/support/generate-common-passwords.ts')
  const words = committed.trim().split('\n').slice(1)
  t.ok(words.length >= 10_000, `${words.length} words`)
  t.ok(words.every((word) => [...word].length >= 8))
  const common = dictionary['passwords-common'].filter((word) => [...word].length >= 8).slice(0, 3_000)
  t.equal(common.length, 3_000)
  t.ok(common.every((word) => reasonOf(word, 8) === 'common'))
})

t.test('property: a listed word is common in any case, and a check never throws', async (t) => {
  const words = readFileSync(target, 'utf8').trim().split('\n').slice(1)
  fc.assert(
    fc.property(fc.constantFrom(...words), fc.func(fc.boolean()), (word, upper) =>
      isCommonPassword(
        [...word].map((letter, index) => (upper(index) ? letter.toUpperCase() : letter)).join(''),
      ),
    ),
    { numRuns: 200 },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (password) => {
      checkPassword(password, { minLength: 8, ownWords: ada })
    }),
  )
  t.pass()
})
