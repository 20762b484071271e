import { mutantsOf } from '../mutant.ts'

const PAIRS = ['test/keys/key-pairs.test.ts']
const PLUGIN = ['test/plugins/key-pairs.test.ts']
const PAIR = ['test/keys/key-pair.test.ts']
const STORE = ['test/store/sqlite.test.ts']

/** Key pairs: how they are sealed, scheduled and used. */
export const keys = [
  ...mutantsOf('src/keys/sealing.ts', PAIR, [
    {
      name: 'key pairs: a sealed key opens under another kid',
      from: 'cipher.setAAD(Buffer.from(kid))\n      return Buffer',
      to: "cipher.setAAD(Buffer.from(''))\n      return Buffer",
    },
    {
      name: 'key pairs: the nonce is always the same',
      from: 'randomBytes(NONCE_BYTES)',
      to: 'Buffer.alloc(NONCE_BYTES)',
    },
    {
      name: 'key pairs: no key counts as sealed by an older secret',
      from: 'isOld: key !== current',
      to: 'isOld: false',
    },
  ]),
  ...mutantsOf('src/keys/key-pair.ts', PAIR, [
    {
      name: 'key pairs: a key of another thumbprint is read',
      from: 'return pair?.kid === kid ? pair : null',
      to: 'return pair',
    },
    {
      name: 'key pairs: a key on another curve is read',
      from: 'value === null || value === jwk[name] ? jwk[name] : undefined',
      to: 'jwk[name]',
    },
  ]),
  ...mutantsOf('src/keys/key-schedule.ts', PAIRS, [
    {
      name: 'key pairs: a key signs before copies of the key set have it',
      from: 'publishedAt + ANNOUNCE_MS + KEY_SET_MAX_AGE_SECONDS * 1_000,',
      to: '',
    },
    {
      name: 'key pairs: a key signs before every process has read it',
      from: 'now + ANNOUNCE_MS,',
      to: 'now,',
    },
    {
      name: 'key pairs: an old key goes before its last token',
      from: 'othersExpireAt: signsFrom + tokenMs + MARGIN_MS',
      to: 'othersExpireAt: signsFrom + tokenMs - MARGIN_MS',
    },
    {
      name: 'key pairs: processes with different secrets take turns',
      from: "if (occasion === 'regular') return null",
      to: '',
    },
    {
      name: 'key pairs: a compromised key stays for its tokens',
      from: 'othersExpireAt: now, successor',
      to: 'othersExpireAt: now + tokenMs, successor',
    },
    {
      name: 'key pairs: each start replaces the key',
      from: "if (occasion !== 'asked' && !isDue) return null",
      to: '',
    },
  ]),
  ...mutantsOf('src/keys/key-pairs.ts', PAIRS, [
    {
      name: 'key pairs: keys are not sealed with the new secret',
      from: 'if (opened?.isOld === true) await',
      to: 'if (opened?.isOld === false) await',
    },
    {
      name: 'key pairs: a key that was withdrawn is not told',
      from: 'loaded.some((pair) => !kids.has(pair.kid) && isPublished(pair, now)) ||',
      to: '',
    },
  ]),
  ...mutantsOf('src/db/sqlite/key-pairs.ts', STORE, [
    {
      name: 'key pairs: two processes rotate from the same key',
      from: 'if ((latest?.signsFrom == null ? null : latest.kid) !== from) return false',
      to: '',
    },
    {
      name: 'key pairs: a rotation lets a later key sign after all',
      from: 'db.update(keyPairs).set({ signsFrom: null }).where(gte(keyPairs.signsFrom, signsFrom)).run()',
      to: '',
    },
    {
      name: 'key pairs: a rotation ends a key later than it would have ended',
      from: 'and(endsLater, notInArray(keyPairs.kid, kept))',
      to: 'notInArray(keyPairs.kid, kept)',
    },
    {
      name: 'key pairs: ended keys stay',
      from: 'db.delete(keyPairs).where(lte(keyPairs.expiresAt, at)).run()',
      to: '',
    },
  ]),
  ...mutantsOf('plugins/jwt.ts', PLUGIN, [
    {
      name: 'key pairs: a key that has ended still verifies',
      from: 'keyPairs.accepts(kid) ? verified(byPair.get(kid) as JWT, token) : null',
      to: 'byPair.has(kid) ? verified(byPair.get(kid) as JWT, token) : null',
    },
    {
      name: 'key pairs: a token of a pair need not be signed',
      from: 'verified(byPair.get(kid) as JWT, token)',
      to: '(byPair.get(kid) as JWT).decode(token)',
    },
  ]),
  ...mutantsOf('plugins/sessions.ts', PLUGIN, [
    {
      name: 'key pairs: tokens of a withdrawn key stay remembered',
      from: 'if (wasWithdrawn) principalCache.forgetAll()',
      to: '',
    },
  ]),
]
