import type { LightMyRequestResponse } from 'fastify'
import type { AccessChange } from '../../src/store/users.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { signUp, type TestApp } from './app.ts'
import type { Jar } from './jar.ts'

export interface Person {
  readonly id: string
  readonly jar: Jar
}

/** An account and a signed-in browser. */
export async function person(service: TestApp, name: string, role = 'user'): Promise<Person> {
  const jar = await signUp(service, `${name}@example.com`)
  const user = await internalsOf(service.app).accounts.findByEmail(`${name}@example.com`)
  if (user === undefined) throw new Error(`${name} has no account`)
  if (role !== 'user') await internalsOf(service.app).accounts.setRole(user, role)
  return { id: user.id, jar }
}

export const administrator = (service: TestApp, name = 'root'): Promise<Person> =>
  person(service, name, 'admin')

/** One person changes another's access over HTTP. */
export const change = (
  { request }: TestApp,
  by: Person,
  { id }: Pick<Person, 'id'>,
  payload: AccessChange,
): Promise<LightMyRequestResponse> => request({ method: 'PATCH', url: `/admin/users/${id}`, payload }, by.jar)
