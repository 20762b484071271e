import { useState } from 'preact/hooks'
import { Heading } from '../parts/heading.tsx'
import { Pages, usePages } from '../parts/pages.tsx'
import type { AdministeredUser } from '../shapes.ts'
import { date } from '../words.ts'
import { Tabs } from './tabs.tsx'

export function Users() {
  const [search, setSearch] = useState('')
  const pages = usePages<AdministeredUser>('users', '/admin/users', search ? { q: search } : {})
  return (
    <>
      <Heading title="People">Administration</Heading>
      <Tabs at="users" />
      <search>
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault()
            setSearch(String(new FormData(event.currentTarget).get('q')).trim())
          }}
        >
          <label for="q">Name or e-mail address</label>
          <input id="q" name="q" type="search" autocomplete="off" />
          <button type="submit">Search</button>
        </form>
      </search>
      <Pages
        pages={pages}
        empty={
          search ? `Nobody matches “${search}”. Try a part of the name or address.` : 'Nobody is here yet.'
        }
      >
        {(user) => (
          <li key={user.id}>
            <div>
              <a href={`#/admin/users/${user.id}`}>
                <strong>{user.name ?? user.email}</strong>
              </a>
              {user.role !== 'user' && <span class="badge">{user.role}</span>}
              {user.disabled && <span class="badge off">disabled</span>}
              {user.passwordChangeRequired && <span class="badge">has to choose a new password</span>}
              {user.name && <div class="soft">{user.email}</div>}
            </div>
            <span class="soft">since {date(user.createdAt)}</span>
          </li>
        )}
      </Pages>
    </>
  )
}
