import type { Source } from './row.ts'
import {
  account,
  admin,
  changeOfAddress,
  commandLine,
  forgedRefresh,
  idleAndHard,
  inTheBrowser,
  logoutWins,
  newPassword,
  proof,
  registration,
  replaced,
  sessionLimit,
  sessionList,
  sessions,
  signIn,
  signOut,
  thief,
  untrusted,
} from './tests.ts'

const NO_FEDERATION =
  'There is no federation: the service issues its own sessions and relies on no other party for them.'

export const sessionManagement: Source = {
  name: 'ASVS 5.0',
  title: 'OWASP ASVS 5.0, V7 Session Management',
  rows: [
    {
      at: 'V7.1.1',
      demand: 'L2',
      says: 'Idle and hard limit of sessions are documented, with reasons where they differ from NIST',
      passes:
        'the limits that .env.example documents are kept: 7 and 30 days, 30 being what NIST asks of AAL1',
      tests: [signIn.lives, signIn.oldPassword, idleAndHard.idle],
    },
    {
      at: 'V7.1.2',
      demand: 'L2',
      says: 'It is documented how many sessions an account may have, and what happens beyond',
      passes:
        'the fifty-first sign-in ends the session that was not seen for longest; docs/sign-in.md documents it',
      tests: [sessionLimit.oldest, sessionLimit.fifty],
    },
    {
      at: 'V7.1.3',
      demand: 'L2',
      says: 'Systems of a federation are documented with how their sessions go together',
      notApplicable: NO_FEDERATION,
    },
    {
      at: 'V7.2.1',
      demand: 'L1',
      says: 'Tokens are verified on the server',
      passes: 'a session that the server has ended is refused, although its token is genuine and in time',
      tests: [thief.accessToken, sessionList.endOthers, newPassword.otherSessions],
    },
    {
      at: 'V7.2.2',
      demand: 'L1',
      says: 'Sessions rest on tokens made for them, not on fixed keys',
      passes: 'each sign-in gets tokens of its own, and no key in a header opens anything',
      tests: [forgedRefresh.seeds, untrusted.claims],
    },
    {
      at: 'V7.2.3',
      demand: 'L1',
      says: 'Reference tokens are unique, random, and have at least 128 bits',
      passes:
        'two hundred sessions have ids of 128 bits and refresh tokens of 256, all different and without bias',
      tests: [sessions.random],
    },
    {
      at: 'V7.2.4',
      demand: 'L1',
      says: 'Signing in makes a new session and ends the one that the browser had',
      passes:
        'signing in again makes everything before it worthless, and never takes over a session that was planted',
      tests: [signIn.again, registration.otherAccount, signIn.oldCookie],
    },
    {
      at: 'V7.2.4 (new password)',
      demand: 'L1',
      says: 'Authenticating again makes a new session token and ends the one before',
      passes: 'a change of password begins a session with an id and tokens of its own',
      tests: [replaced.newSession, replaced.copiedRefresh],
    },
    {
      at: 'V7.3.1',
      demand: 'L2',
      says: 'A session that is not used ends',
      passes: 'after the idle limit nothing of the session is good, although its cookies are still there',
      tests: [idleAndHard.idle, idleAndHard.accessToken],
    },
    {
      at: 'V7.3.2',
      demand: 'L2',
      says: 'A session ends after a time that is fixed, however much it is used',
      passes: 'a session that is used all the time ends at the hard limit',
      tests: [idleAndHard.hard],
    },
    {
      at: 'V7.4.1',
      demand: 'L1',
      says: 'A session that was ended cannot be used any more, whatever kind of token is kept of it',
      passes: 'after signing out, cookies and tokens that were kept are worthless at once',
      tests: [signOut.atOnce, logoutWins.noGrace, signOut.bearer],
    },
    {
      at: 'V7.4.2',
      demand: 'L1',
      says: 'All sessions of an account end when it is disabled or deleted',
      passes: 'after disabling on the command line, and after deletion, every session is worthless at once',
      tests: [commandLine.disabled, account.deleted],
    },
    {
      at: 'V7.4.3',
      demand: 'L2',
      says: 'All other sessions can be ended when a factor was changed',
      passes:
        'a new password ends them unasked; the browser that changed it goes on, and copies of its old cookies change and refresh nothing',
      tests: [newPassword.otherSessions, replaced.copiedAccess, replaced.copiedRefresh],
    },
    {
      at: 'V7.4.4',
      demand: 'L2',
      says: 'Every page for signed-in people lets them sign out',
      passes: 'each view of the pages has a button for it, and it ends the session',
      tests: [inTheBrowser.signOut],
    },
    {
      at: 'V7.4.5',
      demand: 'L2',
      says: 'Administrators can end the sessions of one person, or of all',
      passes:
        'an administrator, or the command line, ends all sessions of a person, and the service knows at once',
      tests: [admin.endSessions, commandLine.endSessions],
    },
    {
      at: 'V7.5.1',
      demand: 'L2',
      says: 'What signing in depends on is changed only after authenticating again',
      passes: 'an hour after signing in, the password and the address change only against the password',
      tests: [proof.later, proof.right, account.nameAlone, changeOfAddress.proof],
    },
    {
      at: 'V7.5.2 (see and end)',
      demand: 'L2',
      says: 'People see their sessions and can end any of them',
      passes: 'the list shows every session, and one or all others can be ended',
      tests: [sessionList.listed, sessionList.endOne, sessionList.endOthers],
    },
    {
      at: 'V7.5.3',
      demand: 'L3',
      says: 'Highly sensitive actions take a further proof',
      passes:
        'an hour after signing in, deleting the account takes the password, and a wrong one counts as a guess',
      tests: [proof.later, proof.right, proof.counted],
    },
    {
      at: 'V7.6.1',
      demand: 'L2',
      says: 'Lifetimes of sessions here and at other parties behave as documented',
      notApplicable: NO_FEDERATION,
    },
    {
      at: 'V7.6.2',
      demand: 'L2',
      says: 'A session begins only by something that a person did',
      passes: 'no route that is only read sets a cookie for a caller who is not signed in',
      tests: [untrusted.reading],
    },
  ],
}
