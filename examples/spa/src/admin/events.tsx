import { useState } from 'preact/hooks'
import { Heading } from '../parts/heading.tsx'
import { EVENTS, EventList } from './event-list.tsx'
import { Tabs } from './tabs.tsx'

export function Events() {
  const [type, setType] = useState('')
  return (
    <>
      <Heading title="Events">Administration</Heading>
      <Tabs at="events" />
      <div class="inline">
        <label for="type">Show</label>
        <select id="type" value={type} onChange={(event) => setType(event.currentTarget.value)}>
          <option value="">everything</option>
          {Object.entries(EVENTS).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </div>
      <EventList key={type} filter={type ? { type } : {}} />
    </>
  )
}
