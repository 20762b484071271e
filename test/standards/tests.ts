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
  bearerOrCookies: 'cookies and a bearer token are two ways to ask',
  closed: 'nobody is signed in without either',
  deleted: 'DELETE /me takes the account and all its sessions away',
  expiredBearer: 'a bearer token that has expired is refused, and refreshes nothing',
  fields: 'GET /me tells the account and the session that asks',
  nameAlone: 'PATCH /me takes a name and nothing else',
})

export const badInput = within('test/schemas/bad-input.test.ts', {
  cookies: 'refuses a Cookie header with ${what} with ${refusal.status} ${refusal.code}',
  refused: '${what} is refused with ${refusal.status} ${refusal.code}',
})

export const failedSignIn = within('test/routes/auth/login-failures.test.ts', {
  events: 'the events tell the operator what the answer does not',
  sameAnswer: 'status, headers and body are the same, whatever it was',
  sameWork: 'so is the work: one verification at the cost that is set, and nothing else',
})

export const foreignPage = within('test/plugins/cross-origin.test.ts', {
  events: 'a page that goes on is one event a minute',
  ownOrigin: 'pages of this origin are served, whatever of the two headers they send',
  refused: 'a request from ${who} is refused before anything is changed or refreshed',
  signIn: 'nobody is signed in from a foreign page, cookies or not',
  signInWithoutCookies: 'signs no browser in from a foreign page that has no cookie of the service yet',
  unknownOrigin: 'a request with cookies that does not say where it comes from is told to',
})

export const forged = within('test/plugins/jwt.test.ts', {
  accepted: 'what tells the forgeries apart is what is forged: the same by hand is accepted',
  expired: 'an expired token is told apart, for clients that keep their own',
  header: 'an Authorization header with ${what} is refused',
  noFetch: 'fetches no key from an address that a token names',
  otherScheme: 'another scheme is no token: the cookies count',
  refused: 'an access token with ${what} is refused',
  rights: 'rights are those of the account, whatever a token says',
  subject: 'the session and the account of a token must be there, and belong together',
})

export const guessing = within('test/credentials/throttle.test.ts', {
  aDay: 'after a hundred failures in a row a stranger has one attempt a day',
  pauses: 'the tenth pauses the account for a second, the eleventh for two, and so on',
  success: 'a success forgets the failures before it',
  tokenEndpoint: 'the token endpoint counts into the same',
})

export const headers = within('test/plugins/helmet.test.ts', {
  data: 'data that is opened as a page stays data, in UTF-8',
  everyKind: 'every kind of answer in production carries them, and names the type of its body',
  notCached: 'what belongs to one person is cached nowhere',
  page: 'a page loads what comes from its own origin, and opens to nobody',
})

export const knownBrowser = within('test/credentials/throttle-known-browser.test.ts', {
  getsIn: 'a browser that signed in before gets in, and opens the account to others again',
})

export const log = within('test/app/logged-secrets.test.ts', {
  lines: 'a process writes one JSON object a line to standard output, whatever is sent, and no more',
  secrets: 'a whole session, logged at ${LOG_LEVEL}',
})

export const newPassword = within('test/routes/me/password.test.ts', {
  notGoodEnough: 'a new password that is not good enough changes nothing',
  otherSessions: 'the browser that asked stays signed in, with the cookies of a new session',
  signsIn: 'from then on the new password signs in, and the old one does not',
})

export const onTheWire = within('test/http/client-errors.test.ts', {
  hidden: 'a request within the body of another is not answered, wherever that body seems to end',
  lengths: 'an answer ends where its Content-Length says, is empty for HEAD, and has none for 204',
  notLogged: 'and nothing of it is logged, however much is logged',
  refused: '${what} is refused in the shape of every refusal, with its headers',
})

export const owner = within('test/routes/users/user.test.ts', {
  others: 'another is refused, whether or not there is such an account',
  staleBearer: 'a bearer token from before a change of role has to be renewed',
})

export const pages = within('test/routes/pages/pages.test.ts', {
  ownOrigin: 'pages load from and connect to their own origin alone, and no script holds personal data',
})

export const passwordHashes = within('test/credentials/password-hashes.test.ts', {
  stored: 'after new parameters are set, the next sign-in renews the hash, and only that one',
})

export const proof = within('test/credentials/proof.test.ts', {
  authTime: 'a refresh does not make a sign-in younger',
  counted: 'a thief who needs the password is counted with everybody after ten guesses',
  later: 'later the password has to be given, and the refusal says so',
  limited: 'it is limited by address, as everything that takes a password',
  right: 'a password that is given has to be right, however young the sign-in',
})

export const rateLimits = within('test/plugins/rate-limit.test.ts', {
  events: 'an address that goes on is one event a minute for each limit',
  forwarded: 'X-Forwarded-For from anybody is not believed',
  known: 'whoever is known is counted apart from everybody else at the address',
  strict: 'what takes a password has a stricter limit, which all of it shares',
})

export const registration = within('test/routes/auth/register.test.ts', {
  leastLength: 'the least length is the one that is set',
  otherAccount: 'nobody is signed in as two: the session that the browser held ends',
  reasons: 'a password that is not good enough is refused with the reason',
})

export const sessionLimit = within('test/sessions/session-limit.test.ts', {
  fifty: 'without the setting there are fifty',
  oldest: 'one sign-in more ends the session that was seen longest ago, at its next request',
})

export const sessionList = within('test/routes/me/sessions.test.ts', {
  endOne: 'one session is ended by its id',
  endOthers: 'all others end at once, those of other people excepted',
  listed: 'the list says where the account is signed in, the latest seen first',
  notAnothers: "nobody ends another's session, nor learns that there is one",
})

export const signIn = within('test/routes/auth/login.test.ts', {
  again: 'signing in again ends the session of the cookie that the browser sent, and no other',
  composition: 'the address is found however it is written, and the password in either composition',
  cookies: 'the values of cookies are in Set-Cookie alone, and tell no name and no address',
  lives: 'with "remember" each cookie lives as long as its token',
  oldCookie: 'an old cookie that is worth nothing is no hindrance',
  oldPassword: 'a password that was set thirty years ago signs in, for thirty days',
  secureCookies: 'secure cookies are for this host alone',
  whole: 'the password is compared whole: not cut, not trimmed, in its own case and script',
})

export const signOut = within('test/routes/auth/logout.test.ts', {
  atOnce: 'the session is over at the very next request, and the cookies are gone',
  bearer: 'a bearer token ends its own session and leaves the cookies beside it alone',
  oneCookie: 'it takes one cookie of the two, and an access token that has expired',
})

export const start = within('test/app/start.test.ts', {
  noAccount: 'has no account before the first registration',
})

export const explicitRefresh = within('test/routes/auth/refresh.test.ts', {
  emptyBody: 'both cookies are renewed before the access token has expired',
})

export const tokenEndpoint = within('test/routes/auth/token.test.ts', {
  ascii: 'reads a form as UTF-8, and answers in printable ASCII without quotes and backslashes',
  besideCookies: 'cookies beside it are neither used nor changed',
  invalidGrant: 'a refresh token that is not good is an invalid grant',
  malformed: 'a request that is not well formed is an invalid request',
  missing: 'what is missing or not understood is named, asked with ${name}',
  others: 'what else a client sends is ignored, as RFC 6749 section 3.2 has it',
  pair: 'a password buys a pair of tokens, asked for with ${name}',
  refresh: 'a refresh token buys the next pair, asked for with ${name}',
  scope: 'the scope is what the role permits',
  wrong: 'unknown, wrong and disabled are one refusal',
})

export const trustedOrigins = within('test/plugins/cors.test.ts', {
  named: 'they are told beforehand that they may, with cookies',
  none: 'without trusted origins there is no CORS at all',
  others: 'others may not, however similar their names',
})

export const unforeseen = within('test/plugins/errors.test.ts', {
  logged: 'an error of our own is a 500 without a word of it, and is logged whole',
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
  closed: 'every route is closed to strangers and to those without the permission',
  endSessions: 'sessions are listed and ended, one or all',
  noPassword: 'what cannot be changed so is refused, and nothing of it happens',
  role: 'a change of role is carried silently by the next request, in every process',
})

export const commandLine = within('test/cli/running-service.test.ts', {
  disabled: 'a disabled account is out at its next request, and may sign in again when it is enabled',
  endSessions: 'all sessions of an account are revoked by its address',
  role: 'a new role is carried silently by the next request',
})

export const events = within('test/routes/admin/events.test.ts', {
  whole: 'what happened to an account, in which session, from where and by whom',
})

export const refusedAccess = within('test/access/refusals.test.ts', {
  challenge: 'a program is told what its token permits too little for, and a page is not',
  events: 'a role, a permission or an account that is not theirs is an event',
})

export const refusedTokens = within('test/plugins/refused-tokens.test.ts', {
  ended: 'records the session of a genuine token that was refused',
  forged: 'records and logs a forged token without a byte of it',
})

export const reset = within('test/accounts/password-change-required.test.ts', {
  nothingElse: 'from the next request on, in every process, nothing else comes before the new password',
})

export const roles = within('test/plugins/roles.test.ts', {
  cookieSize: 'a role whose access cookie a browser would drop stops the start, and a smaller one does not',
})

export const upkeep = within('test/cli/maintenance.test.ts', {
  prune: 'prune deletes what has run out and says how much',
})

// The core

export const claims = within('test/protocol/access-token.test.ts', {
  nothingElse: 'a token says who, in which session, and for how long, and nothing else',
  times: '${JSON.stringify({ exp: 960, ...extra })} at ${arrived} ms: ${verdict}',
})

export const deviceCookie = within('test/credentials/device-cookies.test.ts', {
  tellsNothing: 'it says nothing of the account, and is another every time',
})

export const fileModes = within('test/plugins/file-modes.test.ts', {
  owners: 'does not warn of files that the service makes itself',
})

export const hashes = within('test/credentials/passwords.test.ts', {
  salted: 'a hash is argon2id with the parameters that are set, and salted',
})

export const passwordRules = within('test/credentials/password-rules.test.ts', {
  anyCase: 'property: whatever the case of a listed word, it is common; what is checked never throws',
  common: 'common passwords are refused, in any case and however often repeated',
  composition: 'composed and decomposed spellings are one password',
  length: 'length is counted in code points, after composition, and said',
  listed: 'the committed list is the package data, and long enough',
  noKindDemanded: 'a passphrase is accepted without capitals, digits or symbols',
  ownWords: 'a password made of the account itself is refused',
})

export const pruning = within('test/db/prune.test.ts', {
  events: 'failures are kept for as long as they were meant to be, events for as long as is set',
  sessions: 'a session is kept to its hard limit, ended or not, and goes then',
})

export const sessions = within('test/sessions/sessions.test.ts', {
  random: 'gives two hundred sessions ids of 128 bits and refresh tokens of 256, without a fixed bit',
})

export const settings = within('test/config/config.test.ts', {
  refused: '${JSON.stringify(environment)} is refused with a line that names it and what it takes',
})

// Refreshing

export const forgedRefresh = within('test/system/rotation/forged-refresh-tokens.test.ts', {
  seeds: 'each session has a seed of its own',
})

export const idleAndHard = within('test/system/rotation/limits.test.ts', {
  accessToken: 'an access token outlives neither limit',
  hard: 'the hard limit, whatever happens: tokens and cookies end with it',
  idle: 'remembered: cookies that stay, and the configured idle limit',
  moved: 'the idle limit is moved by a rotation alone',
})

export const logoutWins = within('test/system/rotation/sign-out.test.ts', {
  noGrace: '14: logout, then R(g) or R(g-1) at once: 401: no grace after logout',
})

export const lostAnswers = within('test/system/rotation/lost-response.test.ts', {
  sameAgain: '8: R(g-1) ten times while unconfirmed: the same R(g) ten times, only handed_at moves',
})

export const newCookies = within('test/system/rotation/new-cookies.test.ts', {
  noPrefix: 'cookies without the prefix mean nothing where it belongs to them',
  secure: 'over https they are Secure, and belong to this host alone',
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
  accessToken:
    'an access token alone lets its thief in until it ends, or the session does, and buys no other',
})

export const whatIsRefreshed = within('test/system/rotation/what-is-refreshed.test.ts', {
  bearerDecides: 'where both are sent, Bearer decides and the cookies are left alone',
  foreignPost: 'a foreign page that posts is refused before anything is refreshed',
  missingAccess: 'an access cookie that is missing is made good',
})

// Faults

export const missingTables = within('test/system/faults/session-unreadable.test.ts', {
  failsClosed: 'a database without its tables lets nobody in, tells nothing of itself, and is in the log',
})

export const outage = within('test/system/faults/database-outage.test.ts', {
  explicit: 'signing in, signing out and refreshing explicitly wait for better times, too',
})

// The description of the API, the documents, the browser

export const data = within('test/docs/data.test.ts', {
  columns: 'classifies every column of every table',
  fields: 'says who may write each field that a request may hold',
  secrets: 'no answer and no log line holds what is secret; who may not read an address does not',
})

export const document = within('test/openapi/document.test.ts', {
  whole: 'it knows every route, and no other',
  waysIn: 'takes a password to sign in at three routes alone',
})

export const refusals = within('test/openapi/declared-refusals.test.ts', {
  noData: 'when the data cannot be reached',
  provoked: 'each by its cause',
})

export const guards = within('test/openapi/refusals.test.ts', {
  described: 'refusals follow from guard, method and input, and a route adds its own',
})

export const foreignInBrowser = within('test/system/browser/foreign-page.test.ts', {
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

export const scripts = within('test/system/browser/example-pages.test.ts', {
  noToken: 'a script finds no token: neither among the cookies nor in any storage',
})
