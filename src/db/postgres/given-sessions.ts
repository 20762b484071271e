/** One statement that changes many sessions, each by values of its own. */
import type { SQL } from 'drizzle-orm'
import { and, db, eq, sql } from './drizzle.ts'
import { sessionColumns, withUsers } from './rows.ts'
import type { Values } from './statements.ts'
import { sessions } from './tables.ts'

/** Where a statement has its values from: the placeholders of one call, or the rows of many. */
export type Source = (name: string) => SQL

export type SessionChange = Parameters<ReturnType<typeof db.update<typeof sessions>>['set']>[0]

/** The given sessions that no other transaction has locked. They stay so until this one ends. */
const free = db.$with('free').as(
  db
    .select({ id: sessions.id })
    .from(sessions)
    .where(sql`${sessions.id} = any(${sql.placeholder('id')}::bytea[])`)
    .for('no key update', { skipLocked: true }),
)

const ofRow: Source = (name) => sql`given.${sql.identifier(name)}`

/**
 * Returns a statement that changes the given sessions, as far as they are free and meet the
 * condition. It returns them with their accounts.
 * @param types the types of the values that each call has beside its session's id
 */
export function prepareChangeOfMany<Name extends string>(
  types: Readonly<Record<Name, 'bigint' | 'text'>>,
  change: (from: Source) => SessionChange,
  condition: (from: Source) => SQL | undefined,
) {
  const columns = Object.entries<string>({ id: 'bytea', ...types })
  const arrays = columns.map(([name, type]) => sql`${sql.placeholder(name)}::${sql.raw(type)}[]`)
  const names = columns.map(([name]) => sql.identifier(name))
  const given = sql`unnest(${sql.join(arrays, sql`, `)}) as given(${sql.join(names, sql`, `)})`
  const statement = withUsers(
    db
      .with(free)
      .update(sessions)
      .set(change(ofRow))
      .from(sql`free join ${given} using (id)`)
      .where(and(eq(sessions.id, ofRow('id')), condition(ofRow)))
      .returning(sessionColumns),
  )
  /** One array for each column. */
  const valuesOf = (calls: readonly Readonly<Record<Name | 'id', unknown>>[]): Values => ({
    id: calls.map(({ id }) => sessions.id.mapToDriverValue(id as string)),
    ...Object.fromEntries(Object.keys(types).map((name) => [name, calls.map((call) => call[name as Name])])),
  })
  return { statement, valuesOf }
}
