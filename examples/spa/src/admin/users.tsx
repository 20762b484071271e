import { useState } from 'preact/hooks'
import { Heading } from '../parts/heading.tsx'
import { Pages, usePages } from '../parts/pages.tsx'
import type { AdministeredUser } from '../shapes.ts'
import { texts, words } from '../texts/current.ts'
import { Invite } from './invite.tsx'
import { Tabs } from './tabs.tsx'

const { admin } = texts

/** @param said what has just been done */
export function Users({ said }: { readonly said: string | undefined }) {
  const [search, setSearch] = useState('')
  const pages = usePages<AdministeredUser>('users', '/admin/users', search ? { q: search } : {})
  return (
    <>
      <Heading title={admin.people}>{admin.title}</Heading>
      <Tabs at="users" />
      <div role="status">{said && <p class="done">{said}</p>}</div>
      <Invite onInvited={pages.reload} />
      <search>
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault()
            setSearch(String(new FormData(event.currentTarget).get('q')).trim())
          }}
        >
          <label for="q">{admin.search}</label>
          <input id="q" name="q" type="search" autocomplete="off" />
          <button type="submit">{admin.find}</button>
        </form>
      </search>
      <Pages pages={pages} empty={search ? admin.noMatch(search) : admin.nobody}>
        {(user) => (
          <li key={user.id}>
            <div>
              <a href={`#/admin/users/${user.id}`}>
                <strong>{user.name ?? user.email}</strong>
              </a>
              {user.role !== 'user' && <span class="badge">{user.role}</span>}
              {user.disabled && <span class="badge off">{admin.disabled}</span>}
              {user.invited && <span class="badge">{admin.invited}</span>}
              {user.passwordChangeRequired && <span class="badge">{admin.needsPassword}</span>}
              {user.name && <div class="soft">{user.email}</div>}
            </div>
            <span class="soft">{admin.since(words.date(user.createdAt))}</span>
          </li>
        )}
      </Pages>
    </>
  )
}
