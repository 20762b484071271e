import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import t from 'tap'
import { generatePair, PAIR_ALGORITHMS, readPair, toBytes } from '../../src/keys/key-pair.ts'
import { createSealing } from '../../src/keys/sealing.ts'

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

for (const algorithm of PAIR_ALGORITHMS) {
  t.test(`makes an ${algorithm} pair, named by its thumbprint, and reads it again`, async (t) => {
    const pair = await generatePair(algorithm)
    const { publicJwk, kid } = pair
    t.equal(kid, await calculateJwkThumbprint({ ...publicJwk }))
    t.match(publicJwk, { kid, alg: algorithm, use: 'sig' })
    t.strictSame(
      PRIVATE_MEMBERS.filter((name) => name in publicJwk),
      [],
    )
    t.strictSame(await readPair(kid, algorithm, toBytes(pair)), pair)
    t.not((await generatePair(algorithm)).kid, kid)
  })
}

t.test('reads no key of another thumbprint, algorithm or type', async (t) => {
  const pair = await generatePair('EdDSA')
  const bytes = toBytes(pair)
  t.equal(await readPair((await generatePair('EdDSA')).kid, 'EdDSA', bytes), null)
  t.equal(await readPair(pair.kid, 'ES256', bytes), null)
  t.equal(await readPair(pair.kid, 'HS256', bytes), null)
  t.equal(await readPair(pair.kid, 'EdDSA', randomBytes(48)), null)
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const wider = privateKey.export({ type: 'pkcs8', format: 'der' })
  const kid = await calculateJwkThumbprint(publicKey.export({ format: 'jwk' }) as JWK)
  t.equal(await readPair(kid, 'ES256', wider), null, 'another curve')
})

t.test('the thumbprint is the SHA-256 of the members in the order of RFC 7638', async (t) => {
  const { kid, publicJwk } = await generatePair('RS256')
  const text = `{"e":"${publicJwk.e}","kty":"RSA","n":"${publicJwk.n}"}`
  t.equal(createHash('sha256').update(text).digest('base64url'), kid)
})

t.test('sealing opens with every secret of the ring, and says if an older one sealed', async (t) => {
  const [old, current, other] = [randomBytes(32), randomBytes(32), randomBytes(32)]
  const plain = randomBytes(48)
  const sealed = createSealing([old]).seal('kid', plain)
  t.notOk(sealed.includes(plain))
  t.strictSame(createSealing([old]).open('kid', sealed), { plain, isOld: false })
  t.strictSame(createSealing([current, old]).open('kid', sealed), { plain, isOld: true })
  t.equal(createSealing([other]).open('kid', sealed), null, 'another secret')
  t.notSame(createSealing([old]).seal('kid', plain), sealed, 'each time with another nonce')
})

t.test('sealing opens nothing that was changed, cut or moved to another kid', async (t) => {
  const sealing = createSealing([randomBytes(32)])
  const sealed = sealing.seal('kid', randomBytes(48))
  t.equal(sealing.open('other', sealed), null)
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] as number) ^ 1
    t.equal(sealing.open('kid', changed), null, `byte ${at}`)
    t.equal(sealing.open('kid', sealed.subarray(0, at)), null, `${at} bytes`)
  }
})
