import { readRefreshToken } from '../../src/protocol/refresh-token.ts'
import type { Service } from './service.ts'

const COUNT = 200
const AT_ONCE = 4

/** The random parts of the tokens of two hundred sessions of one person. */
export async function randomIds(service: Service): Promise<{ sids: Buffer[]; macs: Buffer[] }> {
  const person = await service.person()
  const [sids, macs]: [Buffer[], Buffer[]] = [[], []]
  while (sids.length < COUNT) {
    const pairs = await Promise.all(Array.from({ length: AT_ONCE }, () => service.tokens(person)))
    for (const { refresh_token } of pairs) {
      const claim = readRefreshToken(refresh_token)
      if (claim === null) throw new Error('no refresh token')
      sids.push(Buffer.from(claim.sid, 'base64url'))
      macs.push(claim.mac)
    }
  }
  return { sids, macs }
}
