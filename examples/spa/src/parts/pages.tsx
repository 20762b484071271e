import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { call } from '../api.ts'
import { texts } from '../texts/current.ts'
import { type Action, useAction } from './action.ts'
import { Outcome } from './form.tsx'

export interface Paged<Item> {
  /** Undefined until the first page is there. */
  readonly items: readonly Item[] | undefined
  readonly action: Action<string | null>
  /** Loads what comes next; undefined at the end. */
  readonly more: (() => void) | undefined
  /** Loads the list from its beginning. */
  readonly reload: () => void
}

const LIMIT = '20'

/** A list that the service hands out in pages. @param name what the list is called in the answer */
export function usePages<Item>(name: string, path: string, filter: Record<string, string> = {}): Paged<Item> {
  const [items, setItems] = useState<readonly Item[]>()
  const [next, setNext] = useState<string | null>(null)
  const query = new URLSearchParams({ ...filter, limit: LIMIT }).toString()
  const latest = useRef(query)

  const action = useAction(async (cursor: string | null) => {
    const page = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await call<Record<string, readonly Item[]> & { nextCursor: string | null }>(
      'GET',
      `${path}?${latest.current}${page}`,
    )
    const found = answer[name] ?? []
    setItems((before) => (cursor === null ? found : [...(before ?? []), ...found]))
    setNext(answer.nextCursor)
  })

  useEffect(() => {
    latest.current = query
    void action.run(null)
  }, [query])

  const reload = () => void action.run(null)
  return { items, action, more: next === null ? undefined : () => void action.run(next), reload }
}

interface PagesProps<Item> {
  readonly pages: Paged<Item>
  /** What to do when there is nothing. */
  readonly empty: string
  readonly children: (item: Item) => ComponentChildren
}

export function Pages<Item>({ pages: { items, action, more }, empty, children }: PagesProps<Item>) {
  return (
    <>
      {items === undefined && action.busy && <p class="soft loading">{texts.loading}</p>}
      {items?.length === 0 && <p class="empty">{empty}</p>}
      {items !== undefined && items.length > 0 && <ul class="rows">{items.map(children)}</ul>}
      <Outcome action={action} />
      {more && (
        <button type="button" onClick={more} aria-disabled={action.busy}>
          {texts.showMore}
        </button>
      )}
    </>
  )
}
