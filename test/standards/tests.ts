// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a title is written as in its file.
/**
 * The tests that rows point at: for each file the titles, under names for the rows. A title is written as in its file. A change
 * that moves or renames a test changes it here, and nowhere else.
 */

export interface Pointer {
  /** Path from the root of the repository. */
  readonly file: string
  readonly title: string
}

const within = <Name extends string>(
  file: string,
  titles: Readonly<Record<Name, string>>,
): Readonly<Record<Name, Pointer>> =>
  Object.fromEntries(
    Object.entries<string>(titles).map(([name, title]) => [name, { file, title }]),
  ) as Record<Name, Pointer>

// HTTP

export const account = within('test/routes/me/me.test.ts', {
  bearerOrCookies: 'GET /me accepts cookies or a bearer token',
  closed: 'GET /me refuses a request without cookies and token',
  deleted: 'DELETE /me deletes the account and all its sessions',
  expiredBearer: 'refuses an expired bearer token, and refreshes nothing',
  fields: 'GET /me returns the account and the session of the caller',
  nameAlone: 'PATCH /me accepts a name, the switch of notices and nothing else',
})

export const badInput = within('test/schemas/bad-input.test.ts', {
  cookies: 'refuses a Cookie header with ${what} with ${refusal.status} ${refusal.code}',
  refused: 'refuses ${what} with ${refusal.status} ${refusal.code}',
})

export const failedSignIn = within('test/routes/auth/login-failures.test.ts', {
  events: 'records the reason of a failure in the events',
  sameAnswer: 'answers every failed sign-in with the same status, headers and body',
  sameWork: 'spends one verification at the configured cost on every failed sign-in',
})

export const forgotten = within('test/routes/auth/password.test.ts', {
  afterChange: 'refuses a link after the password, the account or its state has changed',
  limits: 'limits the mails and the guesses of a caller',
  sameAnswer: 'answers alike for a known, an unknown and a disabled address, and mails only the known',
  sameRows: 'writes the same rows for an unknown address as for a known one',
  sets: 'a link sets a new password, ends every session and begins none',
  voidLinks: 'refuses a link that is used, replaced, expired, cut or of no account, and changes nothing',
})

export const changeOfAddress = within('test/routes/auth/email.test.ts', {
  changes: 'an address changes when the new one confirms, and both are told',
  chain: 'the owner wins over a chain of changes, and the thief does not undo that',
  proof: 'an address is asked for by its owner, with the password or soon after the sign-in',
  sameAnswer: 'answers alike for a free and a taken address, after the same work',
  undone: 'the owner gets the account back from a thief who changed address and password',
  voidLinks: 'a link to a new address is void after a newer one, a day, another password or disabling',
})

export const notices = within('test/mail/notices.test.ts', {
  newPassword: 'tells of a new password, by its owner or by an operator',
  newSignIn: 'tells of a sign-in from a browser that the account does not know, once',
  reuse: 'tells of a session that ended by reuse, once',
})

export const foreignPage = within('test/plugins/cross-origin.test.ts', {
  events: 'records one event a minute for a page that repeats its requests',
  ownOrigin: 'serves pages of its own origin with either of the two headers',
  refused: 'refuses a request from ${who} before anything is changed or refreshed',
  signIn: 'refuses a sign-in from a foreign page, with and without cookies',
  signInWithoutCookies: 'signs no browser in from a foreign page that has no cookie of the service yet',
  unknownOrigin: 'refuses a request with cookies that does not say where it comes from',
})

export const forged = within('test/plugins/jwt.test.ts', {
  accepted: 'accepts a token that differs from the forged ones in nothing but the forgery',
  expired: 'reports an expired bearer token as expired',
  header: 'refuses an Authorization header with ${what}',
  noFetch: 'fetches no key from an address that a token names',
  otherScheme: 'ignores another scheme of Authorization, and reads the cookies',
  refused: 'refuses an access token with ${what}',
  rights: 'takes rights from the account, whatever a token claims',
  subject: 'requires that the session and the account of a token exist and belong together',
})

export const guessing = within('test/credentials/throttle.test.ts', {
  aDay: 'allows an unknown browser one attempt a day after a hundred failures in a row',
  pauses: 'pauses an account for a second after the tenth failure, and doubles the pause with each',
  success: 'a successful sign-in resets the count',
  tokenEndpoint: 'counts failures at the token endpoint together with those at sign-in',
})

export const headers = within('test/plugins/helmet.test.ts', {
  data: 'serves JSON as data in UTF-8 that no browser runs as a page',
  everyKind: 'sends security headers and a content type with every kind of answer in production',
  notCached: 'forbids every cache to store personal answers',
  page: 'lets a page load from its own origin only, and isolates its window',
})

export const keyPairs = within('test/plugins/key-pairs.test.ts', {
  keySet: 'signs with ${alg}, so that the key set alone verifies its tokens',
})

export const discovery = within('test/routes/well-known/discovery.test.ts', {
  endpoints: 'the metadata names the endpoints below ISSUER',
  publicOnly: 'the key set has no private member, and may be kept for five minutes',
})

export const knownBrowser = within('test/credentials/device-cookies.test.ts', {
  getsIn: 'lets a known browser in while the account is closed, and opens the account to others again',
})

export const log = within('test/app/logged-secrets.test.ts', {
  lines: 'writes one JSON object a line to standard output, whatever a client sends, and nothing else',
  secrets: 'logs no secret of a whole session at level ${LOG_LEVEL}',
})

export const newPassword = within('test/routes/me/password.test.ts', {
  notGoodEnough: 'changes nothing for a bad new password',
  otherSessions: 'keeps the browser signed in with a new session, and ends the others',
  signsIn: 'the new password signs in, and the old one does not',
})

export const onTheWire = within('test/http/client-errors.test.ts', {
  hidden: 'does not answer a request within the body of another, wherever that body seems to end',
  lengths: 'ends an answer at its Content-Length, and sends no body for HEAD and 204',
  notLogged: 'logs nothing of a malformed request at any level',
  refused: 'refuses ${what} in the shape of every refusal, with its headers',
})

export const owner = within('test/routes/users/user.test.ts', {
  others: 'refuses another caller, whether or not the account exists',
  staleBearer: 'refuses a bearer token from before a change of role until it is renewed',
})

export const pages = within('test/routes/pages/pages.test.ts', {
  ownOrigin: 'lets pages load from their own origin alone, and no script holds personal data',
})

export const passwordHashes = within('test/credentials/password-hashes.test.ts', {
  stored: 'renews a hash at the next sign-in after the parameters change, and no other hash',
})

export const proof = within('test/credentials/proof.test.ts', {
  authTime: 'a refresh does not make a sign-in younger',
  counted: 'counts a thief who guesses the password as a stranger after ten guesses',
  later: 'asks for the password later, and the refusal says so',
  limited: 'counts proofs against the limit of password routes for the address',
  right: 'refuses a wrong password also shortly after the sign-in',
})

export const rateLimits = within('test/plugins/rate-limit.test.ts', {
  events: 'records one event a minute for an address and a limit',
  forwarded: 'ignores X-Forwarded-For from an address that is not trusted',
  known: 'counts a signed-in session apart from its address',
  strict: 'gives all routes that take a password one stricter limit',
})

export const registration = within('test/routes/auth/register.test.ts', {
  leastLength: 'applies the configured minimum length',
  otherAccount: 'ends the session that the browser held',
  reasons: 'refuses a bad password with the reason',
  sameAnswer: 'required: answers alike for a free and a taken address, and tells the owner',
  sameLimits: 'required: mails a free and a taken address three times an hour, and then again',
})

export const invitation = within('test/routes/admin/users.test.ts', {
  accepted: 'invites a person, whose link sets the first password and begins no session',
  voidLinks: 'invites again, which voids the link before, and not an account that has a password',
})

export const sessionLimit = within('test/sessions/session-limit.test.ts', {
  fifty: 'allows fifty sessions by default',
  oldest: 'a sign-in over the limit ends the session seen longest ago, at its next request',
})

export const sessionList = within('test/routes/me/sessions.test.ts', {
  endOne: 'ends one session by its id',
  endOthers: 'ends all other sessions of the account, and no session of another',
  listed: 'lists the sessions of the account, the latest seen first',
  notAnothers: 'refuses to end the session of another account as if it did not exist',
})

export const signIn = within('test/routes/auth/login.test.ts', {
  again: "ends the session of the browser's cookie at a new sign-in, and no other",
  composition: 'finds the address in every spelling, and accepts the password in either composition',
  cookies: 'sends token values in Set-Cookie alone, without name or address',
  lives: 'with "remember" each cookie lives as long as its token',
  oldCookie: 'ignores an invalid old cookie',
  oldPassword: 'a password that was set thirty years ago signs in, for thirty days',
  secureCookies: 'gives secure cookies the __Host- prefix',
  whole: 'compares the whole password: not truncated or trimmed, in its own case and script',
})

export const signOut = within('test/routes/auth/logout.test.ts', {
  atOnce: 'ends the session at the very next request, and clears the cookies',
  bearer: 'a bearer token ends its own session and leaves the cookies alone',
  oneCookie: 'signs out by either cookie, and by an expired access token',
})

export const start = within('test/app/start.test.ts', {
  noAccount: 'has no account before the first registration',
})

export const explicitRefresh = within('test/routes/auth/refresh.test.ts', {
  emptyBody: 'renews both cookies before the access token has expired',
})

export const clients = within('test/plugins/clients.test.ts', {
  admitted: 'admits a registered client by HTTP Basic, and gives it no principal',
  forms: 'reads credentials in each form of the standard',
  limited: 'counts wrong secrets by the strict limit, and still accepts the right one',
  wrong: 'refuses wrong credentials, all with the same answer',
})

export const introspection = within('test/routes/auth/introspect.test.ts', {
  active: 'tells of an access token what the service knows, asked with a form or with JSON',
  callers: 'admits a user whose role has the permission, and no other caller',
  ended: 'is inactive at once after a sign-out, a disabling or a new role',
  inactive: 'tells of a token that is not good only that it is inactive',
  malformed: 'refuses a malformed request as invalid_request',
  moment: 'is inactive from the moment at which the service refuses the token',
  unlogged: 'logs no token and no secret of an introspection or a revocation',
})

export const revocation = within('test/routes/auth/revoke.test.ts', {
  both: 'revokes both types of token with their session, whatever the hint says',
  foreign: 'neither reads nor sets cookies, and refuses a foreign page',
  limited: 'counts revocations for their address',
  malformed: 'refuses a malformed revocation as invalid_request',
  trusted: 'lets pages of trusted origins revoke a token',
  unknown: 'answers 200 for an unknown, forged or expired token, and changes nothing',
})

export const tokenEndpoint = within('test/routes/auth/token.test.ts', {
  ascii: 'reads a form as UTF-8, and answers in printable ASCII without quotes and backslashes',
  besideCookies: 'neither reads nor sets cookies',
  ids: 'gives each access token an id of its own, also within a second and a generation',
  invalidGrant: 'refuses a bad refresh token as invalid_grant',
  malformed: 'refuses a malformed request as invalid_request',
  missing: 'names a missing or unknown parameter, asked with ${name}',
  others: 'ignores unknown parameters, as RFC 6749 section 3.2 requires',
  pair: 'returns a token pair for a password, asked for with ${name}',
  refresh: 'returns the next pair for a refresh token, asked for with ${name}',
  scope: 'returns the permissions of the role as scope',
  wrong: 'refuses an unknown, wrong or disabled account with the same answer',
})

export const trustedOrigins = within('test/plugins/cors.test.ts', {
  named: 'answers a preflight of a trusted origin, and allows cookies',
  none: 'sends no CORS header without trusted origins',
  others: 'gives no CORS header to other origins, however similar their names',
})

export const unforeseen = within('test/plugins/errors.test.ts', {
  logged: 'answers an unexpected error with 500 and no detail, and logs the whole error',
})

export const untrusted = within('test/http/untrusted-input.test.ts', {
  claims: 'takes no role, account, host or protocol from headers, cookies or the query',
  files: 'answers JSON whatever callback is asked for, and no data where an address names a file',
  methods: 'answers a method that is not offered with 405, also when a header or the query names it',
  otherBrowser: 'answers a refresh and a sign-in the same for another browser, language or address',
  reading: 'sets no cookie on a path that is only read by a caller who is not signed in',
  redirects: 'redirects to no other host, whatever parameter or path asks for it',
  tokens: 'takes no token and no password from the query, nor an access token from a body',
})

// Accounts, roles, events

export const admin = within('test/routes/admin/users.test.ts', {
  closed: 'refuses strangers and callers without the permission on every route',
  endSessions: 'lists sessions, and ends one or all',
  noPassword: 'refuses an invalid change, and makes no part of it',
  role: 'a change of role takes effect silently at the next request, in every process',
})

export const commandLine = within('test/cli/running-service.test.ts', {
  disabled: 'disable refuses an account from its next request on, and enable admits it again',
  endSessions: 'revokes all sessions of an account by its address',
  role: 'set-role gives the account its new role silently at the next request',
})

export const events = within('test/routes/admin/events.test.ts', {
  whole: 'lists the events of an account with session, client and actor',
})

export const refusedAccess = within('test/access/refusals.test.ts', {
  challenge: 'names the missing scope to a bearer client, and not to a browser',
  events: 'records an event when a caller lacks the role, the permission or the ownership',
})

export const refusedTokens = within('test/plugins/refused-tokens.test.ts', {
  ended: 'records the session of a genuine token that was refused',
  forged: 'records and logs a forged token without a byte of it',
})

export const reset = within('test/accounts/password-change-required.test.ts', {
  nothingElse: 'refuses every other request in every process until the new password is set',
})

export const roles = within('test/plugins/roles.test.ts', {
  cookieSize:
    'stops the start for a role whose access cookie a browser would drop, and accepts a smaller one',
})

export const upkeep = within('test/cli/maintenance.test.ts', {
  prune: 'prune deletes expired rows, and prints how many',
})

// The core

export const claims = within('test/protocol/access-token.test.ts', {
  nothingElse: 'access claims name the client, the account, the session and the lifetime, and nothing else',
  whole: 'reads a payload whole or refuses it',
  times: 'judges ${JSON.stringify({ exp: 960, ...extra })} at ${arrived} ms: ${verdict}',
})

export const deviceCookie = within('test/credentials/device-cookies.test.ts', {
  tellsNothing: 'a device cookie does not show the account, and differs each time',
})

export const fileModes = within('test/plugins/file-modes.test.ts', {
  owners: 'does not warn of files that the service makes itself',
})

export const hashes = within('test/credentials/passwords.test.ts', {
  salted: 'hashes with argon2id, the configured parameters and a salt',
})

export const passwordRules = within('test/credentials/password-rules.test.ts', {
  anyCase: 'property: a listed word is common in any case, and a check never throws',
  common: 'refuses common passwords in any case and when repeated',
  composition: 'treats composed and decomposed spellings as one password',
  length: 'counts length in code points after composition, and says the limit',
  listed: 'the committed list equals the data of its package, and is long enough',
  noKindDemanded: 'accepts a passphrase without capitals, digits or symbols',
  ownWords: 'refuses a password that is made of the words of the account',
})

export const pruning = within('test/db/prune.test.ts', {
  events: 'keeps failures for their own time, and events for EVENTS_TTL',
  sessions: 'keeps a session to its hard limit, ended or not, and then deletes it',
})

export const sessions = within('test/sessions/sessions.test.ts', {
  random: 'gives two hundred sessions ids of 128 bits and refresh tokens of 256, without a fixed bit',
})

export const settings = within('test/config/config.test.ts', {
  refused: 'refuses ${JSON.stringify(environment)} with a line that names the setting and what it accepts',
})

// Refreshing

export const forgedRefresh = within('test/system/rotation/refused-refresh.test.ts', {
  seeds: 'each session has a seed of its own',
})

export const idleAndHard = within('test/system/rotation/limits.test.ts', {
  accessToken: 'an access token outlives neither limit',
  hard: 'tokens and cookies end at the hard limit, whatever happens',
  idle: 'a remembered session has persistent cookies and the configured idle limit',
  moved: 'only a rotation moves the idle limit',
})

export const logoutWins = within('test/system/rotation/sign-out.test.ts', {
  noGrace: '14: logout, then R(g) or R(g-1) at once: 401: no grace after logout',
})

export const lostAnswers = within('test/system/rotation/lost-response.test.ts', {
  sameAgain: '8: R(g-1) ten times while unconfirmed: the same R(g) ten times, only handed_at moves',
})

export const newCookies = within('test/system/rotation/new-cookies.test.ts', {
  noPrefix: 'ignores cookies without the prefix where the prefix is required',
  secure: 'sends Secure cookies of this host alone over HTTPS',
})

export const parallelRequests = within('test/system/rotation/parallel-requests.test.ts', {
  fifty:
    '2: 50 parallel requests, one expired access token, one process: 50 × 200, 1 rotation, 1 refresh value',
})

export const processes = within('test/system/processes/shared-rotation.test.ts', {
  shared: '3: the same over 4 processes on one database: the same',
})

export const refusedRefresh = within('test/system/rotation/refused-refresh.test.ts', {
  forged:
    '20: every bit of the token flipped, truncated, swapped sid, k = g+1 with a wrong MAC: 401, session unharmed',
  outage: '16: database busy or failing during refresh: 503 with Retry-After, cookies kept, next try works',
})

export const replaced = within('test/system/rotation/new-password.test.ts', {
  copiedAccess: 'refuses a copied access token at once for each request that changes something',
  copiedRefresh: 'refuses a copied refresh token at once after a change of password',
  newSession: 'gives the owner a session with an id and a seed of its own, of the same sign-in',
})

export const reuse = within('test/system/rotation/reuse.test.ts', {
  previous: '9: R(g-1) after confirmation and the window: reuse: revoked, 401',
  older: '10: R(g-2), at any time: reuse',
  thiefFirst: "11: thief first, owner returns later: revoked at the owner's return",
})

export const thief = within('test/system/rotation/theft.test.ts', {
  accessToken: 'an access token alone admits its thief until it or the session ends, and gets no other token',
})

export const whatIsRefreshed = within('test/system/rotation/what-is-refreshed.test.ts', {
  bearerDecides: 'reads a bearer token before cookies, and leaves the cookies alone',
  foreignPost: 'refuses a post from a foreign page before anything is refreshed',
  missingAccess: 'refreshes when the access cookie is missing',
})

// Faults

export const missingTables = within('test/system/faults/session-unreadable.test.ts', {
  failsClosed: 'refuses every request without the tables, shows no detail, and logs the error',
})

export const outage = within('test/system/faults/database-outage.test.ts', {
  explicit: 'answers 503 to sign-in, sign-out and explicit refresh during an outage',
})

// The description of the API, the documents, the browser

export const acrossProcesses = within('test/system/processes/different-processes.test.ts', {
  revoked: 'a token that one process revokes is inactive at once in another, and so is a deleted client',
})

export const data = within('test/docs/data.test.ts', {
  columns: 'classifies every column of every table',
  fields: 'lists who may write each field that a request may hold',
  secrets: 'shows no secret in an answer or a log line, and no address to a caller without the permission',
})

export const document = within('test/openapi/document.test.ts', {
  whole: 'the document has every route and no other',
  waysIn: 'three routes alone take a password to sign in',
})

export const refusals = within('test/openapi/declared-refusals.test.ts', {
  noData: 'causes the refusals of an outage',
  provoked: 'causes each declared refusal',
})

export const guards = within('test/openapi/document.test.ts', {
  described: 'derives the refusals of a route from its guard, method and input, and adds its own',
})

export const foreignInBrowser = within('test/system/browser/other-origins.test.ts', {
  posts: 'a page of ${whose} changes nothing by posting, from a script or from a form',
})

export const inTheBrowser = within('test/system/browser/pages.test.ts', {
  html: 'shows a name and a browser that are made of HTML as they were written',
  keepsNothing: 'keeps nothing of a person after signing out, but for the cookie of a known browser',
  masked: 'masks every field for a password until its button shows it',
  modules: 'has modules for scripts, which leave no variable at the window',
  pasted: 'takes a pasted password whole, and tells password managers which one belongs there',
  signOut: 'has a button in every view that signs out',
})

export const scripts = within('test/system/browser/pages.test.ts', {
  noToken: 'hides every token from scripts, in cookies and in storage',
})
