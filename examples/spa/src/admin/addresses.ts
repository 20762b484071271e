import { useEffect, useRef, useState } from 'preact/hooks'
import { call, type Refusal } from '../api.ts'
import type { AdministeredUser, AuthEvent } from '../shapes.ts'
import { texts } from '../texts/current.ts'

type Addresses = Readonly<Record<string, string>>

/**
 * Returns the e-mail addresses of the accounts in events, by id. An address is missing until the
 * service has answered, and if the administrator may not read accounts.
 */
export function useAddresses(events: readonly AuthEvent[] = []): Addresses {
  const [addresses, setAddresses] = useState<Addresses>({})
  const asked = useRef(new Set<string>())
  useEffect(() => {
    for (const id of events.flatMap(({ userId, actorId }) => [userId, actorId])) {
      if (id === null || asked.current.has(id)) continue
      asked.current.add(id)
      void addressOf(id).then((address) => {
        if (address !== undefined) setAddresses((before) => ({ ...before, [id]: address }))
      })
    }
  }, [events])
  return addresses
}

async function addressOf(id: string): Promise<string | undefined> {
  try {
    return (await call<{ user: AdministeredUser }>('GET', `/admin/users/${id}`)).user.email
  } catch (error) {
    return (error as Refusal).status === 404 ? texts.admin.deletedAccount : undefined
  }
}
