import { PASSWORD } from '../../support/app.ts'
import { Jar } from '../../support/jar.ts'
import type { Line } from '../line.ts'

export const cookies: readonly Line[] = [
  {
    at: 'V3.3.1',
    demand: 'L1',
    says: 'Cookies are Secure and their names begin with __Host- or __Secure-',
    passes: 'every cookie is Secure and begins with __Host-',
    async test(t, service) {
      const { email } = await service.person()
      const { setCookies } = await service.send('POST', '/auth/login', {
        json: { email, password: PASSWORD },
      })
      t.equal(setCookies.length, 3)
      for (const line of setCookies) t.match(line, /^__Host-\w+=[^;]+;.*; Secure/)
    },
  },
  {
    at: 'V3.3.2',
    demand: 'L2',
    says: 'SameSite is set as the purpose of each cookie allows',
    passes: 'every cookie is SameSite=Lax, when they are set and when they are cleared',
    async test(t, service) {
      const { email, jar } = await service.person()
      const signIn = await service.send('POST', '/auth/login', { json: { email, password: PASSWORD }, jar })
      const signOut = await service.send('POST', '/auth/logout', { jar })
      for (const line of [...signIn.setCookies, ...signOut.setCookies]) t.match(line, /; SameSite=Lax/)
      t.equal(signOut.setCookies.length, 2)
    },
  },
  {
    at: 'V3.3.3',
    demand: 'L2',
    says: 'Cookies have the __Host- prefix unless they are meant for other hosts',
    passes: 'the prefix is there with what it demands: Path=/ and no Domain',
    async test(t, service) {
      const { email } = await service.person()
      const { setCookies } = await service.send('POST', '/auth/login', {
        json: { email, password: PASSWORD },
      })
      for (const line of setCookies) {
        t.match(line, /^__Host-.*; Path=\/(;|$)/)
        t.notMatch(line, /domain/i)
      }
    },
  },
  {
    at: 'V3.3.4',
    demand: 'L2',
    says: 'What scripts must not read is HttpOnly, and travels in Set-Cookie alone',
    passes: 'every cookie is HttpOnly, and their values are in no body and no other header',
    async test(t, service) {
      const { email, jar } = await service.person()
      const signIn = await service.send('POST', '/auth/login', { json: { email, password: PASSWORD }, jar })
      for (const line of signIn.setCookies) t.match(line, /; HttpOnly/)
      const answers = [signIn]
      for (const path of ['/me', '/me/sessions']) answers.push(await service.send('GET', path, { jar }))
      for (const { headers, body } of answers) {
        const seen = body + JSON.stringify({ ...headers, 'set-cookie': undefined })
        for (const value of jar.cookies.values()) t.notOk(seen.includes(value))
      }
    },
  },
  {
    at: 'V3.3.5',
    demand: 'L3',
    says: 'A cookie and its name have no more than 4096 bytes',
    passes: 'the cookies of the longest name and the longest address are smaller',
    async test(t, service) {
      const email = `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.example`
      const jar = new Jar()
      const json = { email, password: PASSWORD, name: '\u{1f600}'.repeat(100) }
      t.equal((await service.send('POST', '/auth/register', { json, jar })).status, 201)
      for (const [name, value] of jar.cookies) {
        t.ok(Buffer.byteLength(name + value) <= 4096, `${name}: ${Buffer.byteLength(value)} bytes`)
      }
    },
  },
]
