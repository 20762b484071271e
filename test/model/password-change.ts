/**
 * The model of a change of password. What must hold after it, however the session stood before:
 * - a copied refresh token is worth nothing, at once;
 * - a copied access token changes nothing, at once, and lets no request in once the grace is over;
 * - the owner goes on with the new cookies; after a lost answer, one sign-in is enough;
 * - requests of the owner that only read, and that were under way, are served.
 */
import type { Verdict } from '../../src/protocol/rotation.ts'
import { generationOf, prove, write } from './carry-out.ts'
import { accepts, asState } from './invariants.ts'
import {
  type AccessToken,
  beforeChange,
  decodePassword,
  encodePassword,
  firstRow,
  isGood,
  type PasswordEnvironment,
  type PasswordProtocol,
  type PasswordWorld,
  type Token,
} from './password-world.ts'
import { realProtocol } from './protocol.ts'
import { type Emit, type Exploration, type Limits, search, TIME_PASSES } from './search.ts'
import type { Row } from './world.ts'

interface Rules {
  readonly protocol: PasswordProtocol
  readonly env: PasswordEnvironment
}

export const explorePassword = (
  protocol: PasswordProtocol,
  env: PasswordEnvironment,
  limits: Limits,
): Exploration =>
  search<PasswordWorld>(
    {
      first: beforeChange(),
      encode: (world, to) => to.text(encodePassword(world, env)),
      decode: (from) => decodePassword(from.text()),
      moves: (world, emit) => moves(world, { protocol, env }, emit),
      brokenIn: () => undefined,
    },
    limits,
  )

/** Only rows are changed in place; everything else is replaced. */
const copy = (world: PasswordWorld): PasswordWorld => ({
  ...world,
  rows: [{ ...world.rows[0] }, world.rows[1] && { ...world.rows[1] }],
})
const hasChanged = ({ changedAt }: PasswordWorld): boolean => changedAt !== null

function moves(world: PasswordWorld, rules: Rules, emit: Emit<PasswordWorld>): void {
  // A copy was found before the change.
  if (world.rows[0].revoked && !hasChanged(world)) return
  // A trace is told by the first step that breaks something.
  let isBroken = false
  const tell: Emit<PasswordWorld> = (words, after, broken) => {
    emit(words, after, isBroken ? undefined : broken)
    isBroken ||= broken !== undefined
  }
  tell(TIME_PASSES, { ...copy(world), now: world.now + 1 })
  if (hasChanged(world)) ownerGoesOn(world, rules, tell)
  else ownerActs(world, rules, tell)
  if (world.thief !== null) thiefActs(world, rules, tell)
}

function ownerActs(world: PasswordWorld, rules: Rules, emit: Emit<PasswordWorld>): void {
  const { owner, thief, now } = world
  if (isGood(owner.access, now, rules.env)) {
    emit('the owner uses the access token', use(world, owner.access, rules))
    if (thief !== null) {
      const lost = changePassword(world, rules)
      emit('the owner changes the password, and the answer is lost', { ...lost, mustSignIn: true })
      emit('the owner changes the password', receive(lost, lost.rows[1] === null ? 0 : 1))
    }
  }
  const { after, handedOut, words } = present(world, owner.refresh, rules)
  emit(`the owner ${words}, and the answer is lost`, after)
  if (handedOut) {
    const { session, generation } = handedOut
    emit(`the owner ${words}`, { ...after, owner: { refresh: { session, generation }, access: handedOut } })
  }
  if (thief !== null) return
  const stolen = copy(world)
  stolen.thief = { refresh: [owner.refresh], access: [owner.access] }
  emit('a thief copies both cookies', stolen)
}

function changePassword(world: PasswordWorld, { protocol: { change } }: Rules): PasswordWorld {
  const after = copy(world)
  const { now, rows, owner } = after
  after.changedAt = now
  after.tab = owner.access
  if (change === 'the next generation') rows[0] = firstRow(now, rows[0].generation + 1)
  if (change === 'a successor') rows[0].revoked = true
  if (change === 'a successor' || change === 'a successor beside it') rows[1] = firstRow(now, 0)
  return after
}

/** The owner gets the tokens of the session's current generation. */
function receive(world: PasswordWorld, session: 0 | 1): PasswordWorld {
  const refresh = { session, generation: (world.rows[session] as Row).generation }
  return {
    ...copy(world),
    mustSignIn: false,
    owner: { refresh, access: { ...refresh, issuedAt: world.now } },
  }
}

/** How the new session goes on is what the other models are about. */
function ownerGoesOn(world: PasswordWorld, rules: Rules, emit: Emit<PasswordWorld>): void {
  const { now, tab, owner, mustSignIn } = world
  const { env } = rules
  const isUnderWay = tab !== null && isGood(tab, now, env) && now < (world.changedAt as number) + env.grace
  if (isUnderWay && !letsIn(world, tab, 'reading', rules))
    emit('another tab reads', copy(world), 'a request that only reads, and was under way, is served')
  if (mustSignIn) {
    const signedIn = copy(world)
    signedIn.rows[1] = firstRow(now, 0)
    emit('the owner signs in with the new password', receive(signedIn, 1))
    return
  }
  const { handedOut, words } = present(world, owner.refresh, rules)
  emit(`the owner ${words}`, copy(world), handedOut ? undefined : 'the owner goes on')
}

function thiefActs(world: PasswordWorld, rules: Rules, emit: Emit<PasswordWorld>): void {
  const { thief, now, changedAt } = world as PasswordWorld & { thief: NonNullable<PasswordWorld['thief']> }
  for (const token of thief.refresh) {
    const { after, handedOut, words } = present(world, token, rules)
    const broken =
      handedOut && hasChanged(world) ? 'a copied refresh token is worth nothing, at once' : undefined
    if (handedOut && after.thief) {
      const older = thief.access.filter(({ generation }) => generation !== handedOut.generation)
      const { session, generation } = handedOut
      after.thief = { refresh: [...thief.refresh, { session, generation }], access: [...older, handedOut] }
    }
    emit(`the thief ${words}`, after, broken)
  }
  for (const token of thief.access) {
    if (hasChanged(world) && letsIn(world, token, 'changing', rules))
      emit('the thief changes something', copy(world), 'a copied access token changes nothing, at once')
    if (!letsIn(world, token, 'reading', rules)) continue
    const isLate = changedAt !== null && now >= changedAt + rules.env.grace
    const broken = isLate ? 'a copied access token is worth nothing once the grace is over' : undefined
    emit('the thief reads', use(world, token, rules), broken)
  }
}

function letsIn(
  { rows, changedAt, now }: PasswordWorld,
  token: AccessToken,
  what: 'reading' | 'changing',
  { protocol, env }: Rules,
): boolean {
  if (!isGood(token, now, env)) return false
  if (!(rows[token.session] as Row).revoked) return true
  const replaced = { revokedAt: changedAt, revokedReason: 'replaced' } as const
  return (
    (what === 'reading' || protocol.graceIsFor === 'everything') &&
    protocol.mayStillRead(replaced, now, env.grace)
  )
}

function use(
  world: PasswordWorld,
  { session, generation, issuedAt }: AccessToken,
  { env }: Rules,
): PasswordWorld {
  const after = copy(world)
  const request = { access: generation, accessExpiresAt: issuedAt + env.accessTtl, arrivedAt: world.now }
  prove(after.rows[session] as Row, request, realProtocol, env)
  return after
}

function present(world: PasswordWorld, { session, generation }: Token, { protocol, env }: Rules) {
  const after = copy(world)
  const { now, changedAt } = after
  const row = after.rows[session] as Row
  const isInGrace = session === 0 && changedAt !== null && now < changedAt + env.grace
  const isServed = isInGrace && protocol.oldRefreshToken !== 'nothing'
  const state = asState({ ...row, revoked: row.revoked && !isServed })
  const verdict = realProtocol.decide(state, generation, now, { graceMs: env.grace, settleMs: env.settle })
  write(row, verdict, now, realProtocol)
  const handedOut: AccessToken | null = accepts(verdict)
    ? isServed && protocol.oldRefreshToken === 'tokens of the successor'
      ? { session: 1, generation: (after.rows[1] as Row).generation, issuedAt: now }
      : { session, generation: generationOf(verdict), issuedAt: now }
    : null
  return { after, handedOut, words: `presents a refresh token: ${told(verdict)}` }
}

const told = ({ kind }: Verdict): string => kind
