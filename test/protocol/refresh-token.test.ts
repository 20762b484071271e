import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import {
  createRefreshTokens,
  type RefreshTokenClaim,
  readRefreshToken,
} from '../../src/protocol/refresh-token.ts'

const key = Buffer.alloc(32, 1)
const tokens = createRefreshTokens([key])
const LARGEST_GENERATION = 2 ** 40 - 1

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array))
const sids = bytes(16).map((buffer) => buffer.toString('base64url'))
const seeds = bytes(32)
const generations = fc.integer({ min: 0, max: LARGEST_GENERATION })

function read(token: string): RefreshTokenClaim {
  const claim = readRefreshToken(token)
  if (claim === null) throw new Error(`cannot be read: ${token}`)
  return claim
}

t.test('derives the known token of a known seed: a change signs every user out', async (t) => {
  t.equal(
    tokens.derive(Buffer.alloc(16, 2).toString('base64url'), 3, Buffer.alloc(32, 4)),
    'tacit_rt_AQICAgICAgICAgICAgICAgIAAAAAA95gcCfHj8icdHu1aHBuxr7uUTzKgx2QYkQaIAhwTjj0',
  )
})

t.test('property: a derived token reads back, verifies, and is the same each time', async (t) => {
  fc.assert(
    fc.property(sids, generations, seeds, (sid, generation, seed) => {
      const token = tokens.derive(sid, generation, seed)
      const claim = read(token)
      return (
        /^tacit_rt_[\w-]{72}$/.test(token) &&
        claim.sid === sid &&
        claim.generation === generation &&
        tokens.verify(claim, seed) &&
        tokens.derive(sid, generation, seed) === token
      )
    }),
  )
  t.pass()
})

t.test('property: refuses a token with any letter changed', async (t) => {
  const letter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. ')
  fc.assert(
    fc.property(sids, seeds, fc.nat(80), letter, (sid, seed, at, other) => {
      const token = tokens.derive(sid, 7, seed)
      fc.pre(token[at] !== other)
      const claim = readRefreshToken(token.slice(0, at) + other + token.slice(at + 1))
      return claim === null || !tokens.verify(claim, seed)
    }),
    { numRuns: 1_000 },
  )
  t.pass()
})

t.test('property: a token that can be read has one spelling', async (t) => {
  const encoded = fc.stringMatching(/^[A-Za-z0-9_-]{72}$/).map((text) => `tacit_rt_AQ${text.slice(2)}`)
  fc.assert(
    fc.property(encoded, (token) => {
      const { head, mac } = read(token)
      return `tacit_rt_${Buffer.concat([head, mac]).toString('base64url')}` === token
    }),
  )
  t.pass()
})

t.test('property: reading a token never throws', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      return readRefreshToken(text) === null && readRefreshToken(`tacit_rt_${text.slice(0, 71)}`) === null
    }),
  )
  t.pass()
})

const genuine = tokens.derive(randomBytes(16).toString('base64url'), 1, Buffer.alloc(32))
const body = genuine.slice(9)
const misshapen: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['only its prefix', 'tacit_rt_'],
  ['without its prefix', body],
  ['with another prefix', `tacit_at_${body}`],
  ['with the prefix in capitals', `TACIT_RT_${body}`],
  ['a letter short', genuine.slice(0, -1)],
  ['a letter long', `${genuine}A`],
  ['with padding', `${genuine.slice(0, -1)}=`],
  ['in the other alphabet', `tacit_rt_${`+/${body.slice(2)}`}`],
  ['with a line break', `${genuine.slice(0, -1)}\n`],
  ['of version 0', `tacit_rt_AA${body.slice(2)}`],
  ['of version 2', `tacit_rt_Ag${body.slice(2)}`],
]
for (const [what, token] of misshapen) {
  t.test(`refuses to read a token ${what}`, async (t) => {
    t.equal(readRefreshToken(token), null)
  })
}

t.test('needs both the key and the seed to derive a token', async (t) => {
  const sid = randomBytes(16).toString('base64url')
  const seed = randomBytes(32)
  const claim = read(tokens.derive(sid, 1, seed))
  t.equal(tokens.verify(claim, seed), true)
  t.equal(tokens.verify(claim, randomBytes(32)), false, 'a leaked key alone forges nothing')
  t.equal(createRefreshTokens([randomBytes(32)]).verify(claim, seed), false, 'nor does a stolen database')
})

t.test('a token is valid for its session and its generation only', async (t) => {
  const [sid, other] = [randomBytes(16), randomBytes(16)].map((buffer) => buffer.toString('base64url'))
  const seed = randomBytes(32)
  const { mac } = read(tokens.derive(sid as string, 1, seed))
  for (const token of [tokens.derive(other as string, 1, seed), tokens.derive(sid as string, 2, seed)]) {
    t.equal(tokens.verify({ ...read(token), mac }, seed), false)
  }
})

t.test('signs with the first key of the ring, and verifies with all', async (t) => {
  const [older, newer] = [randomBytes(32), randomBytes(32)]
  const sid = randomBytes(16).toString('base64url')
  const seed = randomBytes(32)
  const before = createRefreshTokens([older]).derive(sid, 1, seed)
  const ring = createRefreshTokens([newer, older])
  t.equal(ring.verify(read(before), seed), true)
  t.equal(ring.derive(sid, 1, seed), createRefreshTokens([newer]).derive(sid, 1, seed))
  t.equal(createRefreshTokens([newer]).verify(read(before), seed), false)
})
