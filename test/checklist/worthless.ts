import type { Jar } from '../support/jar.ts'
import { bearer } from '../support/tokens.ts'
import { ACCESS, REFRESH, type Service } from './service.ts'

export const isIn = async ({ send }: Service, jar: Jar): Promise<boolean> =>
  (await send('GET', '/me', { jar: jar.copy() })).status === 200

/** None of what a browser held opens anything: not together, not alone, not as a bearer token, not refreshed. */
export async function isWorthless(service: Service, held: Jar): Promise<boolean> {
  const { send } = service
  const [access = '', refresh = ''] = [held.get(ACCESS), held.get(REFRESH)]
  const answers = await Promise.all([
    send('GET', '/me', { jar: held.copy() }),
    send('GET', '/me', { jar: held.copy().delete(ACCESS) }),
    send('GET', '/me', { jar: held.copy().delete(REFRESH) }),
    send('GET', '/me', { headers: bearer(access) }),
    send('POST', '/auth/refresh', { jar: held.copy() }),
    service.refresh(refresh),
  ])
  return answers.every(({ status, setCookies }) => [400, 401].includes(status) && !hasNewCookies(setCookies))
}

const hasNewCookies = (lines: readonly string[]): boolean => lines.some((line) => !line.includes('Max-Age=0'))
